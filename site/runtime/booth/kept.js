// A booth's network in this browser's database, and network and samples as one ZIP file.

import { percent } from '../dom.js';
import { PageError } from '../fetch.js';
import * as tf from '../tf.js';
import { TailKeeper } from '../transfer/origin.js';
import { readArchive, writeArchive } from './archive.js';

/**
 * @typedef {import('./collection.js').Sample} Sample
 * @typedef {import('../transfer/pair.js').Pair} Pair
 * @typedef {{label: number, name: string, blob: Blob}} Picture
 */

const [TOPOLOGY, WEIGHTS] = ['network/model.json', 'network/weights.bin'];
const IMAGE = /\.(png|jpe?g|webp|bmp|gif)$/i;

export class Kept {
  #keeper;

  /**
   * @param {Pair} pair
   * @param {string} name of the page
   */
  constructor(pair, name) {
    this.name = name;
    this.origin = { labels: pair.classes, base: pair.digest };
    this.#keeper = new TailKeeper(`booth-${name}`, pair.shape, this.origin);
  }

  /**
   * @param {tf.LayersModel} model
   * @param {{accuracy?: number, images?: number}} note
   */
  save(model, note) {
    return this.#keeper.save(model, note);
  }

  load() {
    return this.#keeper.load();
  }

  forget() {
    return this.#keeper.forget();
  }

  /** What is kept, as a sentence; empty if nothing is. */
  async describe() {
    if (!(await this.#keeper.kept())) return '';
    const kept = await this.#keeper.load();
    if (!kept) return '';
    const { saved, accuracy, images } = kept.note;
    kept.model.dispose();
    const date = new Date(saved).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
    const score = accuracy === undefined ? '' : `, ${percent(accuracy, 0)} of the held-out right`;
    return `A network is kept in this browser: ${date}, ${images ?? 0} samples${score}.`;
  }

  /**
   * Saves everything as one file.
   * @param {Sample[]} samples
   * @param {string[]} classes
   * @param {tf.LayersModel | null} model
   */
  async download(samples, classes, model) {
    const entries = await Promise.all(
      samples.map(async ({ id, label, picture }) => ({
        name: `${classes[label]}/${String(id).padStart(5, '0')}.png`,
        bytes: new Uint8Array(await picture.arrayBuffer()),
      })),
    );
    if (model) entries.push(...(await this.#network(model)));
    const url = URL.createObjectURL(writeArchive(entries));
    const link = document.createElement('a');
    Object.assign(link, { href: url, download: `${this.name}.zip` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  /** @param {tf.LayersModel} model */
  async #network(model) {
    model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), ...this.origin });
    /** @type {any} */
    let made;
    const handler = async (/** @type {any} */ artifacts) => {
      made = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    };
    await model.save(tf.io.withSaveHandler(/** @type {any} */ (handler)));
    const { weightData, ...rest } = made;
    const text = new TextEncoder().encode(JSON.stringify(rest));
    return [
      { name: TOPOLOGY, bytes: text },
      { name: WEIGHTS, bytes: new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)) },
    ];
  }

  /**
   * Reads what {@link download} saved, or a ZIP of folders of pictures.
   * @param {File} file
   * @param {string[]} classes
   * @returns {Promise<{pictures: Picture[], problems: string[],
   *   model: {model: tf.LayersModel, note: import('../keep.js').Note} | null}>}
   * @throws {PageError} if it is no archive, or nothing in it is of use
   */
  async upload(file, classes) {
    const entries = await readArchive(file);
    const { pictures, problems } = picturesOf(entries, classes);
    const model = await this.#read(entries, problems);
    if (pictures.length === 0 && !model) {
      const why = problems.length ? ` ${problems.join(' ')}` : '';
      throw new PageError(
        `${file.name} holds neither pictures in folders called ${classes.join(', ')} nor a ` +
          `network.${why}`,
      );
    }
    return { pictures, problems, model };
  }

  /**
   * @param {import('./archive.js').Entry[]} entries
   * @param {string[]} problems
   */
  async #read(entries, problems) {
    const topology = entries.find(({ name }) => name === TOPOLOGY);
    const weights = entries.find(({ name }) => name === WEIGHTS);
    if (!topology || !weights) return null;
    try {
      return await this.#keeper.upload([
        new File([/** @type {BlobPart} */ (documentOf(topology.bytes))], 'model.json'),
        new File([/** @type {BlobPart} */ (weights.bytes)], 'weights.bin'),
      ]);
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      problems.push(error.message);
      return null;
    }
  }
}

/**
 * @param {import('./archive.js').Entry[]} entries
 * @param {string[]} classes
 */
function picturesOf(entries, classes) {
  /** @type {Picture[]} */
  const pictures = [];
  const others = new Set();
  for (const { name, bytes } of entries) {
    if (name.startsWith('network/') || !IMAGE.test(name)) continue;
    const folder = name.split('/').at(-2) ?? '';
    const label = classes.findIndex((each) => each.toLowerCase() === folder.toLowerCase());
    if (label < 0) others.add(folder);
    else pictures.push({ label, name, blob: new Blob([/** @type {BlobPart} */ (bytes)]) });
  }
  const problems = Array.from(others, (folder) =>
    folder
      ? `The folder "${folder}" is called as no class, and its pictures are left out.`
      : 'Pictures in no folder are left out.',
  );
  return { pictures, problems };
}

/**
 * The artifacts as the two files that TensorFlow.js reads.
 * @param {Uint8Array} topology
 */
function documentOf(topology) {
  let artifacts;
  try {
    artifacts = JSON.parse(new TextDecoder().decode(topology));
  } catch (cause) {
    throw new PageError('The network in the ZIP file cannot be read.', { cause });
  }
  const { weightSpecs, ...rest } = artifacts;
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  return new TextEncoder().encode(JSON.stringify({ ...rest, weightsManifest }));
}
