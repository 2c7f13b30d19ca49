// The images that the page learns from and is tested on: those that came with it, or the visitor's.

import { element } from '../runtime/dom.js';
import { PageError } from '../runtime/fetch.js';
import { groupsOf } from '../runtime/groups.js';
import { readPhoto } from '../runtime/inspect/photos.js';
import { readLabels } from '../runtime/labels.js';
import { drawTile } from '../runtime/tiles.js';

/**
 * @typedef {import('../runtime/dataset.js').Dataset} Dataset
 * @typedef {import('../runtime/drop.js').Given} Given
 * @typedef {import('../runtime/preprocess.js').Image} Image
 *
 * @typedef {object} Cell
 * @property {string} name
 * @property {number} label
 * @property {string} slide empty if it is not known
 * @property {() => Promise<{image: Image, picture: () => HTMLElement}>} read
 * @property {(() => HTMLElement) | null} picture a small one, as soon as it was read
 * @property {Float32Array | null} features as soon as they were computed
 *
 * @typedef {object} Collection
 * @property {string} title
 * @property {Cell[]} pool to learn from
 * @property {number} all how many there are to learn from, fetched or not
 * @property {Cell[]} held out for the test
 * @property {string[]} problems sentences on what was left out
 * @property {boolean} [own] whether they are the visitor's
 */

/** Patient and slide at the beginning of a name; those of healthy patients tell the patient alone.
 * As in datasets/malaria.py. */
const SLIDE = /^(C\d+(?:[A-Z](?=P\d|_|thin))?(?:P\d+)?)(?=[_.]|thin)/i;
/** Of files that are no images there is nothing to be said. */
const IMAGE = /\.(png|jpe?g|webp|bmp|gif|tiff?)$/i;

/**
 * Whether the images for the test are known to be of other slides than those to learn from.
 * @param {Pick<Collection, 'pool' | 'held'>} collection
 */
export function apart({ pool, held }) {
  const slides = new Set(pool.map(({ slide }) => slide));
  return !slides.has('') && held.every(({ slide }) => slide && !slides.has(slide));
}

/**
 * @param {Dataset} dataset of which some samples are loaded
 * @param {string} title of it
 * @returns {Collection}
 */
export function builtIn(dataset, title) {
  const of = (/** @type {string} */ split) => {
    const slides = groupsOf(dataset, split);
    return Array.from({ length: dataset.loaded(split) }, (_, i) =>
      cellOf(dataset, split, i, slides?.[i] ?? ''),
    );
  };
  const names = Object.keys(dataset.manifest.splits);
  return {
    title,
    pool: of(names[0]),
    all: dataset.size(names[0]),
    held: of(names.at(-1) ?? names[0]),
    problems: [],
  };
}

/**
 * @param {Dataset} dataset
 * @param {string} split
 * @param {number} number
 * @param {string} slide
 * @returns {Cell}
 */
function cellOf(dataset, split, number, slide) {
  const image = { ...dataset.tile, data: dataset.pixels(split, number) };
  const picture = () => drawTile(image.data, dataset.tile);
  return {
    name: `${split} ${number + 1}`,
    label: dataset.label(split, number),
    slide,
    read: async () => ({ image, picture }),
    picture,
    features: null,
  };
}

/**
 * The visitor's own images: of a CSV that names them, or in folders called as the classes are.
 * @param {Given[]} files
 * @param {string[]} classes
 * @returns {Promise<{cells: Cell[], problems: string[]}>}
 * @throws {PageError} if there is nothing to learn from
 */
export async function ownCells(files, classes) {
  const tables = files.filter(({ path }) => /\.csv$/i.test(path));
  if (tables.length > 1) {
    throw new PageError(`Choose one CSV file; there are ${tables.length}.`);
  }
  const images = files.filter(({ path }) => IMAGE.test(path));
  const { cells, problems } = tables.length
    ? listed(readLabels(await tables[0].file.text(), classes), images, tables[0].path)
    : inFolders(images, classes);
  demandEach(cells, classes, problems);
  return { cells, problems };
}

/**
 * @param {ReturnType<typeof readLabels>} table
 * @param {Given[]} images
 * @param {string} name of the table
 */
function listed({ rows, problems }, images, name) {
  /** @type {Map<string, File[]>} */
  const byEnd = new Map();
  for (const { file, path } of images) {
    for (const end of ends(path)) byEnd.set(end, [...(byEnd.get(end) ?? []), file]);
  }
  const found = [...problems];
  const taken = new Set();
  /** @type {Cell[]} */
  const cells = [];
  for (const { path, label, line } of rows) {
    // The longest end of the path that any image has: a table may begin at another folder.
    const files = ends(path)
      .flatMap((end) => [byEnd.get(end) ?? []])
      .find(({ length }) => length);
    const problem = !files
      ? 'is not among the images that were chosen'
      : files.length > 1
        ? `may be any of ${files.length} images; name its folder`
        : taken.has(files[0]) && 'stands there for the second time';
    if (problem) found.push(`${name}, line ${line}: ${path} ${problem}.`);
    else {
      const [file] = /** @type {File[]} */ (files);
      taken.add(file);
      cells.push(fromFile(file, path, label));
    }
  }
  return { cells, problems: found };
}

/**
 * Every end of a path: a table may begin at any folder.
 * @param {string} path
 */
function ends(path) {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(i).join('/'));
}

/**
 * @param {Given[]} images
 * @param {string[]} classes
 */
function inFolders(images, classes) {
  /** @type {Cell[]} */
  const cells = [];
  const others = new Map();
  for (const { file, path } of images) {
    const folders = path.split('/').slice(0, -1);
    const label = classes.findIndex((each) =>
      folders.some((folder) => folder.toLowerCase() === each.toLowerCase()),
    );
    const folder = folders.at(-1) ?? '';
    if (label >= 0) cells.push(fromFile(file, path, label));
    else others.set(folder, (others.get(folder) ?? 0) + 1);
  }
  const problems = Array.from(others, ([folder, count]) => {
    const where = folder ? `in the folder "${folder}"` : 'in no folder';
    return (
      `${count} ${count === 1 ? 'image is' : 'images are'} ${where}, which is no class; expected ` +
      `${classes.join(' or ')}.`
    );
  });
  return { cells, problems };
}

/**
 * @param {File} file
 * @param {string} path
 * @param {number} label
 * @returns {Cell}
 */
function fromFile(file, path, label) {
  const name = path.split('/').at(-1) ?? path;
  const read = photoOf(file);
  return { name, label, slide: slideOf(name), read, picture: null, features: null };
}

/**
 * @param {File} file
 * @returns {Cell['read']}
 */
export function photoOf(file) {
  let small = '';
  return async () => {
    const { image, thumbnail } = await readPhoto(file, file.name);
    if (small) URL.revokeObjectURL(thumbnail);
    else small = thumbnail;
    return { image, picture: () => element('img', { src: small, alt: '', class: 'cell' }) };
  };
}

/**
 * Patient and slide, from a name such as C33P1thinF_IMG_20150619_114756a_cell_179.png.
 * @param {string} name
 */
export function slideOf(name) {
  return SLIDE.exec(name)?.[1].toUpperCase() ?? '';
}

/**
 * @param {Cell[]} cells
 * @param {string[]} classes
 * @param {string[]} problems
 */
function demandEach(cells, classes, problems) {
  const why = problems.length ? ` ${problems[0]}` : '';
  if (cells.length === 0) {
    throw new PageError(
      `Among these files is no image of a known class.${why} Choose a folder with the folders ` +
        `${classes.join(' and ')}, or a CSV of "Class/name.png,Class" rows together with its images.`,
    );
  }
  const missing = classes.filter((_, label) => cells.every((cell) => cell.label !== label));
  if (missing.length) {
    throw new PageError(
      `There is no image of the class ${missing.join(', ')}, and one class alone teaches ` +
        `nothing.${why}`,
    );
  }
}
