// Pictures as samples: of the camera, of files, of a dataset. Their features are computed as they come.
import { crc32 } from '../crc32.js';
import { PageError } from '../fetch.js';
import { groupsOf } from '../groups.js';
import { openPhoto } from '../inspect/photos.js';
import { drawTile } from '../tiles.js';

/**
 * @typedef {import('./collection.js').Change} Change
 * @typedef {import('../preprocess.js').Image} Image
 * @typedef {{label: number, name: string, blob: Blob}} Picture
 * @typedef {{signal: AbortSignal, onProgress: (done: number, total: number) => void}} Watching
 */

export class Taker {
  /**
   * @param {import('../transfer/pair.js').Pair} pair
   * @param {import('./lens.js').Lens} lens
   * @param {import('./collection.js').Collection} collection
   */
  constructor(pair, lens, collection) {
    this.pair = pair;
    this.lens = lens;
    this.collection = collection;
  }

  // #region shoot
  /**
   * What the camera sees now.
   * @param {number} label
   * @param {Change} recording
   */
  shoot(label, recording) {
    return this.#add(label, this.lens.frame(), this.lens.picture(), recording);
  }
  // #endregion

  /**
   * Picture files; what cannot be read is left out, and what is there already.
   * @param {Picture[]} pictures
   * @param {Watching} watching
   * @returns {Promise<{added: number, problems: string[]}>} problems: sentences on what was left out
   */
  async files(pictures, { signal, onProgress }) {
    const problems = [];
    let [added, again] = [0, 0];
    const recording = this.collection.begin();
    for (const [done, { label, name, blob }] of pictures.entries()) {
      signal.throwIfAborted();
      onProgress(done, pictures.length);
      try {
        const image = await this.#still(blob, name);
        if (await this.#add(label, image, this.lens.picture(), recording, true)) added++;
        else again++;
      } catch (error) {
        if (!(error instanceof PageError)) throw error;
        problems.push(error.message);
      }
    }
    if (again) problems.push(`${again} ${again === 1 ? 'was' : 'were'} there already.`);
    return { added, problems };
  }

  /**
   * The first samples of each class in a split of a dataset that is loaded, one group of them after
   * the other: so those that are held back for the test, the last ones, are of other hands.
   * @param {import('../dataset.js').Dataset} dataset
   * @param {string} split
   * @param {number} each how many of a class
   * @param {Watching} watching
   * @returns {Promise<number>} how many were added; those that are there already are not
   */
  async tiles(dataset, split, each, { signal, onProgress }) {
    const taken = new Array(dataset.classes.length).fill(0);
    const groups = groupsOf(dataset, split) ?? [];
    const numbers = Array.from({ length: dataset.size(split) }, (_, i) => i)
      .filter((i) => taken[dataset.label(split, i)]++ < each)
      .sort((a, b) => (groups[a] ?? '').localeCompare(groups[b] ?? '') || a - b);
    const recording = this.collection.begin();
    let added = 0;
    for (const [done, number] of numbers.entries()) {
      signal.throwIfAborted();
      onProgress(done, numbers.length);
      const data = dataset.pixels(split, number);
      const [label, image] = [dataset.label(split, number), { ...dataset.tile, data }];
      const picture = blobOf(drawTile(data, dataset.tile));
      if (await this.#add(label, image, picture, recording, true)) added++;
    }
    return added;
  }

  /**
   * The features of pictures that were taken at an earlier visit.
   * @param {Blob} picture
   */
  async features(picture) {
    const [features] = await this.pair.features([await this.#still(picture, 'A kept picture')]);
    return features;
  }

  /**
   * @param {Blob} blob
   * @param {string} name
   */
  async #still(blob, name) {
    const bitmap = await openPhoto(blob, name);
    try {
      return this.lens.still(bitmap);
    } finally {
      bitmap.close();
    }
  }

  /**
   * @param {number} label
   * @param {Image} image
   * @param {Promise<Blob>} picture
   * @param {Change} recording
   * @param {boolean} [once] not if the same picture is there already
   * @returns {Promise<boolean>} whether it was added
   */
  async #add(label, image, picture, recording, once = false) {
    const kept = await picture;
    const sum = crc32(new Uint8Array(await kept.arrayBuffer()));
    if (once && this.collection.has(label, sum)) return false;
    const [features] = await this.pair.features([image]);
    this.collection.add({ label, features, picture: kept, sum }, recording);
    return true;
  }
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
function blobOf(canvas) {
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/png'),
  );
}
