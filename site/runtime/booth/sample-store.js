// A booth's samples in this browser's database (IndexedDB), each as a record of its own, so that
// keeping one costs the same whatever is there.

import { PageError } from '../fetch.js';

/**
 * @typedef {import('./collection.js').Collection} Collection
 * @typedef {import('./collection.js').Sample} Sample
 * @typedef {Omit<Sample, 'id'> & {key: string}} Back a sample of an earlier visit
 *
 * @typedef {object} Stored
 * @property {string} key that sorts by when it came
 * @property {string} name of its class: a page may list its classes in another order one day
 * @property {string} base the digest of what made the features
 * @property {Float32Array} features
 * @property {Blob} picture
 * @property {number} sum the CRC-32 of the picture
 */

const RECORDS = 'samples';

export class SampleStore {
  /** @type {Map<number, string>} under which key a sample is kept */
  #keys = new Map();
  /** @type {IDBDatabase | null} */
  #database = null;
  #count = 0;
  #self = Array.from(crypto.getRandomValues(new Uint32Array(2)), (each) =>
    each.toString(36),
  ).join();

  /**
   * @param {string} name of the page
   * @param {{labels: string[], base: string}} origin
   *   labels: the classes, in their order; base: the digest of what the features are computed with
   */
  constructor(name, { labels, base }) {
    this.name = `prebake-samples-${name}`;
    this.labels = labels;
    this.base = base;
  }

  /**
   * What was kept at earlier visits, in the order in which it came. Samples of classes that the page
   * no longer has are left where they are.
   * @param {(picture: Blob) => Promise<Float32Array>} compute the features of a picture, where
   *   another base made those that are kept
   * @param {{signal: AbortSignal, onProgress: (done: number, total: number) => void}} watching
   * @returns {Promise<Back[]>}
   * @throws {DOMException} if the browser keeps nothing
   */
  async open(compute, { signal, onProgress }) {
    this.#database ??= await this.#opened();
    /** @type {Stored[]} */
    const all = await done(this.#records('readonly').getAll());
    const own = all.filter(({ name }) => this.labels.includes(name));
    const old = own.filter(({ base }) => base !== this.base);
    const lost = new Set();
    for (const [i, stored] of old.entries()) {
      signal.throwIfAborted();
      onProgress(i, old.length);
      if (!(await this.#renew(stored, compute))) lost.add(stored);
    }
    return own
      .filter((stored) => !lost.has(stored))
      .map(({ key, name, features, picture, sum }) => {
        return { key, label: this.labels.indexOf(name), features, picture, sum };
      });
  }

  async #opened() {
    const opening = indexedDB.open(this.name, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(RECORDS, { keyPath: 'key' });
    };
    const database = await done(opening);
    // A page of a later version, in another tab, must not wait for this one.
    database.onversionchange = () => database.close();
    return database;
  }

  /**
   * @param {Stored} stored
   * @param {(picture: Blob) => Promise<Float32Array>} compute
   * @returns {Promise<boolean>} false if its picture can no longer be read; then it is let go of
   */
  async #renew(stored, compute) {
    try {
      Object.assign(stored, { features: await compute(stored.picture), base: this.base });
      await this.#write((records) => records.put(stored));
      return true;
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      await this.#write((records) => records.delete(stored.key));
      return false;
    }
  }

  /**
   * Keeps what is added to a collection from now on, and lets go of what is removed.
   * @param {Collection} collection
   * @param {(Sample & {key: string})[]} there what is in it and kept already
   * @param {(error: unknown) => void} onError once, if the browser keeps no more
   */
  follow(collection, there, onError) {
    for (const { id, key } of there) this.#keys.set(id, key);
    let failed = false;
    /** @type {(work: (sample: Sample) => Promise<void>) => (event: Event) => void} */
    const listener = (work) => (event) => {
      work(/** @type {CustomEvent<Sample>} */ (event).detail).catch((error) => {
        if (!failed) onError(error);
        failed = true;
      });
    };
    const put = listener((sample) => this.#put(sample));
    const forget = listener((sample) => this.#delete(sample));
    collection.addEventListener('add', put);
    collection.addEventListener('remove', forget);
  }

  /** Lets go of everything, what other tabs and other versions of the page kept too. */
  async clear() {
    if (this.#database) await this.#write((records) => records.clear());
  }

  /** @param {Sample} sample */
  async #put({ id, label, features, picture, sum }) {
    // One that is put back keeps its place.
    const key = this.#keys.get(id) ?? this.#nextKey();
    this.#keys.set(id, key);
    const stored = { key, name: this.labels[label], base: this.base, features, picture, sum };
    await this.#write((records) => records.put(stored));
  }

  /** @param {Sample} sample */
  async #delete({ id }) {
    const key = this.#keys.get(id);
    if (key) await this.#write((records) => records.delete(key));
  }

  /** Later than all before, and unlike those of another tab. */
  #nextKey() {
    const now = String(Date.now()).padStart(15, '0');
    return `${now}-${String(this.#count++).padStart(7, '0')}-${this.#self}`;
  }

  /**
   * Changes something, and waits until it is on the disk: whether there is room for it shows only
   * then.
   * @param {(records: IDBObjectStore) => void} change
   * @returns {Promise<void>}
   */
  #write(change) {
    const records = this.#records('readwrite');
    change(records);
    return new Promise((resolve, reject) => {
      records.transaction.oncomplete = () => resolve();
      records.transaction.onabort = () => reject(records.transaction.error);
    });
  }

  /** @param {IDBTransactionMode} mode */
  #records(mode) {
    const database = /** @type {IDBDatabase} */ (this.#database);
    return database.transaction(RECORDS, mode).objectStore(RECORDS);
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
