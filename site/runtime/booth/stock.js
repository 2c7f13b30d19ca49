// The pictures that came with the page: the first split to learn from, the last one to ask about.
import { Dataset } from '../dataset.js';
import { PageError } from '../fetch.js';

export class Stock {
  /** @type {Dataset | null} */
  #dataset = null;
  #asked = 0;

  /**
   * @param {string} url of the manifest
   * @param {string[]} classes in the order of the page
   */
  constructor(url, classes) {
    this.url = url;
    this.classes = classes;
  }

  /**
   * @param {AbortSignal} signal
   * @throws {PageError} if they are of other classes
   */
  async toLearn(signal) {
    return this.#loaded(0, signal);
  }

  /**
   * One after the other, and again from the first.
   * @param {AbortSignal} signal
   */
  async toAsk(signal) {
    const found = await this.#loaded(-1, signal);
    return { ...found, number: this.#asked++ % found.dataset.size(found.split) };
  }

  /**
   * @param {number} which of the splits
   * @param {AbortSignal} signal
   */
  async #loaded(which, signal) {
    const dataset = this.#dataset ?? (await Dataset.open(this.url, { signal }));
    if (String(dataset.classes) !== String(this.classes)) {
      throw new PageError('The built-in pictures are of other classes: build the site again.');
    }
    this.#dataset = dataset;
    const split = /** @type {string} */ (Object.keys(dataset.manifest.splits).at(which));
    await dataset.load({ [split]: dataset.size(split) }, { signal });
    return { dataset, split };
  }
}
