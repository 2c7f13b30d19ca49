// Several trained models of a page in this browser's database, with when they were trained and how
// good they are. Both stand in a model's name, so that listing them reads no weights.
import { PageError } from '../fetch.js';
import * as tf from '../tf.js';
import { TailKeeper } from './origin.js';

/**
 * @typedef {object} Kept
 * @property {string} id
 * @property {string} saved ISO 8601 date and time
 * @property {number | null} accuracy 0..1; null if it was not tested
 * @property {number} images it was trained on
 */

const MARK = '|';

export class Shelf {
  /**
   * @param {string} name of the page; without '|'
   * @param {number[]} inputShape of every model on it
   * @param {import('./origin.js').Origin} origin of them
   */
  constructor(name, inputShape, origin) {
    this.name = name;
    this.inputShape = inputShape;
    this.origin = origin;
  }

  /**
   * Keeps a model beside those before.
   * @param {tf.LayersModel} model
   * @param {{accuracy: number | null, images: number, saved?: string}} note saved: now, unless it
   *   is one that was kept before
   * @returns {Promise<string>} its id
   * @throws {PageError} if the browser keeps nothing
   */
  async save(model, { accuracy, images, saved = new Date().toISOString() }) {
    const score = accuracy === null ? '' : accuracy.toFixed(4);
    const id = [this.name, saved, score, images].join(MARK);
    await this.#keeper(id).save(model, { images, accuracy: accuracy ?? undefined });
    return id;
  }

  /**
   * All that are kept, newest first; none where the browser keeps nothing.
   * @returns {Promise<Kept[]>}
   */
  async list() {
    const prefix = `indexeddb://${this.name}${MARK}`;
    const urls = await tf.io.listModels().then(Object.keys, () => []);
    return urls
      .filter((url) => url.startsWith(prefix))
      .map((url) => {
        const id = url.slice('indexeddb://'.length);
        const [, saved, score, images] = id.split(MARK);
        return { id, saved, accuracy: score ? Number(score) : null, images: Number(images) };
      })
      .sort((a, b) => b.saved.localeCompare(a.saved));
  }

  /**
   * @param {string} id
   * @throws {PageError} if it is gone, or no longer fits the page; then it is taken off
   */
  async load(id) {
    const kept = await this.#keeper(id).load();
    if (!kept) throw new PageError('That model is no longer kept in this browser.');
    return kept;
  }

  /** @param {string} id */
  async remove(id) {
    await this.#keeper(id).forget();
  }

  /**
   * Saves a model as two files.
   * @param {tf.LayersModel} model
   */
  async download(model) {
    await this.#keeper(this.name).download(model);
  }

  /**
   * Reads what {@link download} saved.
   * @param {FileList | File[]} files
   * @throws {PageError} if they are no model of this page
   */
  upload(files) {
    return this.#keeper(this.name).upload(files);
  }

  /** @param {string} id */
  #keeper(id) {
    return new TailKeeper(id, this.inputShape, this.origin);
  }
}
