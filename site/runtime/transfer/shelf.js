// Several trained models of a page in this browser's database, with when they were trained and how
// good they are. Both stand in a model's name, so that listing them reads no weights.
import { PageError } from '../fetch.js';
import { Keeper } from '../keep.js';
import * as tf from '../tf.js';

/**
 * @typedef {object} Kept
 * @property {string} id
 * @property {string} saved ISO 8601 date and time
 * @property {number | null} accuracy 0..1; null if it was not tested
 * @property {number} images it was trained on
 *
 * @typedef {{labels: string[], base: string}} Origin
 *   labels: the classes it answers with, in their order; base: the digest of what it goes on from
 * @typedef {import('../keep.js').Expected & Origin} Expected
 */

const MARK = '|';

export class Shelf {
  /**
   * @param {string} name of the page; without '|'
   * @param {Expected} expected of every model on it
   */
  constructor(name, expected) {
    this.name = name;
    this.expected = expected;
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
    const note = { saved, images, accuracy: accuracy ?? undefined, ...this.#origin };
    await this.#keeper(id).save(model, note);
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
    model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), ...this.#origin });
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

  /** @returns {Origin} */
  get #origin() {
    const { labels, base } = this.expected;
    return { labels, base };
  }

  /** @param {string} id */
  #keeper(id) {
    return new TailKeeper(id, this.expected);
  }
}

/** A tail is of use upon its own base alone, and for its own classes. */
class TailKeeper extends Keeper {
  /**
   * @param {string} name
   * @param {Expected} expected
   */
  constructor(name, expected) {
    super(name, expected);
    this.origin = expected;
  }

  /**
   * @override
   * @param {import('../keep.js').Note & Partial<Origin>} note
   */
  demandOrigin({ labels, base }) {
    const { origin } = this;
    if (String(labels ?? []) !== String(origin.labels)) {
      const found = labels?.length ? labels.join(', ') : 'no names that it tells';
      throw new PageError(
        `That model answers with other classes: ${found}; this page needs ${origin.labels.join(', ')}.`,
      );
    }
    if (base !== origin.base) {
      throw new PageError(
        'That model was trained upon another base than the one of this page, and would answer ' +
          'at random. Train it again here.',
      );
    }
  }
}
