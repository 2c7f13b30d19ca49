// Pictures as samples: of the camera, of files, of a dataset. Their features are computed as they come.
import { PageError } from '../fetch.js';
import { openPhoto } from '../inspect/photos.js';
import { drawTile } from '../tiles.js';

/**
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
   */
  shoot(label) {
    return this.#add(label, this.lens.frame(), this.lens.picture());
  }
  // #endregion

  /**
   * Picture files; what cannot be read is left out.
   * @param {Picture[]} pictures
   * @param {Watching} watching
   * @returns {Promise<string[]>} a sentence for each that was left out
   */
  async files(pictures, { signal, onProgress }) {
    const refused = [];
    this.collection.begin();
    for (const [done, { label, name, blob }] of pictures.entries()) {
      signal.throwIfAborted();
      onProgress(done, pictures.length);
      try {
        await this.#add(label, await this.#still(blob, name), this.lens.picture());
      } catch (error) {
        if (!(error instanceof PageError)) throw error;
        refused.push(error.message);
      }
    }
    return refused;
  }

  /**
   * The first samples of each class in a split of a dataset that is loaded.
   * @param {import('../dataset.js').Dataset} dataset
   * @param {string} split
   * @param {number} each how many of a class
   * @param {Watching} watching
   * @returns {Promise<number>} how many were there
   */
  async tiles(dataset, split, each, { signal, onProgress }) {
    const taken = new Array(dataset.classes.length).fill(0);
    const numbers = Array.from({ length: dataset.size(split) }, (_, i) => i).filter(
      (i) => taken[dataset.label(split, i)]++ < each,
    );
    this.collection.begin();
    for (const [done, number] of numbers.entries()) {
      signal.throwIfAborted();
      onProgress(done, numbers.length);
      const data = dataset.pixels(split, number);
      const picture = blobOf(drawTile(data, dataset.tile));
      await this.#add(dataset.label(split, number), { ...dataset.tile, data }, picture);
    }
    return numbers.length;
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
   */
  async #add(label, image, picture) {
    const [[features], kept] = await Promise.all([this.pair.features([image]), picture]);
    this.collection.add({ label, features, picture: kept });
  }
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
function blobOf(canvas) {
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/png'),
  );
}
