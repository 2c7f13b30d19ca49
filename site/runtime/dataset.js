// A packed dataset in the page: fetches only the sheets that are needed, keeps the samples as
// bytes, and turns a batch at a time into tensors.
import { fetchManifest } from './fetch.js';
import { random, shuffled } from './random.js';
import { loadSheet } from './sheet.js';
import * as tf from './tf.js';

/**
 * @typedef {import('./sheet.js').SheetEntry} SheetEntry
 * @typedef {import('./sheet.js').Tile} Tile
 *
 * @typedef {object} Split
 * @property {number} samples
 * @property {number[]} counts by class
 * @property {SheetEntry[]} sheets
 *
 * @typedef {object} Manifest see docs/formats.md
 * @property {string} format
 * @property {string} name
 * @property {Tile} tile
 * @property {string[]} classes
 * @property {'uint8' | 'uint16'} label_type
 * @property {Record<string, Split>} splits
 * @property {string[]} [groups]
 * @property {string} digest
 *
 * @typedef {{xs: tf.Tensor4D, labels: tf.Tensor2D}} Batch
 *   xs: float32 [n, height, width, channels] in 0..1; labels: float32 [n, classes], one-hot
 */

const FORMAT = 'prebake-dataset/1';
const AT_ONCE = 4; // requests under way

/**
 * Events: `progress`, a CustomEvent whose detail is {bytes, total} of the load under way.
 */
export class Dataset extends EventTarget {
  #base;
  /** @type {Map<string, Array<Uint8Array | undefined>>} */
  #sheets = new Map();
  /** @type {Map<string, Uint8Array | Uint16Array>} */
  #labels = new Map();
  /** @type {Map<string, {seed: number, order: Uint32Array, at: number, round: number}>} */
  #decks = new Map();

  /**
   * @param {Manifest} manifest
   * @param {string} url the manifest's address; the sheets lie beside it
   */
  constructor(manifest, url) {
    super();
    this.manifest = manifest;
    this.#base = url.slice(0, url.lastIndexOf('/') + 1);
    const { height, width, channels } = manifest.tile;
    this.sampleBytes = height * width * channels;
    for (const [name, split] of Object.entries(manifest.splits)) {
      this.#sheets.set(name, new Array(split.sheets.length).fill(undefined));
      this.#labels.set(name, readLabels(split, manifest.label_type));
    }
  }

  /**
   * Reads a manifest; no image is fetched yet.
   * @param {string} url
   * @param {{signal?: AbortSignal}} [options]
   * @throws {PageError}
   */
  static async open(url, options = {}) {
    return new Dataset(await fetchManifest(url, 'dataset', FORMAT, options), url);
  }

  /** @returns {string[]} the class names, in the order of the labels */
  get classes() {
    return this.manifest.classes;
  }

  /** @returns {Tile} */
  get tile() {
    return this.manifest.tile;
  }

  /**
   * How many samples a split has.
   * @param {string} split
   */
  size(split) {
    return this.#split(split).samples;
  }

  /**
   * How many samples of a split, from the first, are in memory.
   * @param {string} split
   */
  loaded(split) {
    let samples = 0;
    for (const [i, sheet] of this.#tiles(split).entries()) {
      if (!sheet) break;
      samples += this.#split(split).sheets[i].samples;
    }
    return samples;
  }

  /** Bytes that the loaded samples hold in memory. */
  get heldBytes() {
    let bytes = 0;
    for (const sheets of this.#sheets.values()) {
      for (const sheet of sheets) bytes += sheet?.length ?? 0;
    }
    return bytes;
  }

  /**
   * Bytes that {@link load} would fetch.
   * @param {Record<string, number>} counts
   */
  bytesToLoad(counts) {
    return this.#missing(counts).reduce((sum, { entry }) => sum + entry.bytes, 0);
  }

  /**
   * Brings the first samples of some splits into memory. Any first part holds every class in
   * proportion. What is there already is not fetched again; after an error or an abort, what
   * had arrived is kept.
   * @param {Record<string, number>} counts by split
   * @param {{signal?: AbortSignal}} [options]
   * @throws {PageError}
   */
  async load(counts, { signal } = {}) {
    const missing = this.#missing(counts);
    const total = missing.reduce((sum, { entry }) => sum + entry.bytes, 0);
    let bytes = 0;
    const report = (/** @type {number} */ count) => {
      bytes += count;
      this.dispatchEvent(new CustomEvent('progress', { detail: { bytes, total } }));
    };
    report(0);
    const work = async () => {
      for (let next = missing.shift(); next; next = missing.shift()) {
        const { split, number, entry } = next;
        const url = this.#base + entry.file;
        const tiles = await loadSheet(url, entry, this.tile, { signal, onBytes: report });
        this.#tiles(split)[number] = tiles;
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    } finally {
      missing.length = 0; // after an error the other workers take nothing more
    }
  }

  /**
   * The bytes of a loaded sample.
   * @param {string} split
   * @param {number} number
   * @returns {Uint8Array} a view; do not write to it
   */
  pixels(split, number) {
    // Every sheet but a split's last holds as many samples as its first.
    const each = this.#split(split).sheets[0]?.samples ?? 1;
    const sheet = this.#tiles(split)[Math.floor(number / each)];
    const at = (number % each) * this.sampleBytes;
    if (!sheet || at >= sheet.length) {
      throw new RangeError(`sample ${number} of ${split} is not loaded`);
    }
    return sheet.subarray(at, at + this.sampleBytes);
  }

  /**
   * The class of a sample.
   * @param {string} split
   * @param {number} number
   */
  label(split, number) {
    const labels = this.#labels.get(split);
    if (!labels || number >= labels.length) throw new RangeError(`no sample ${number} in ${split}`);
    return labels[number];
  }

  /**
   * Samples as tensors; the caller disposes them.
   * @param {string} split
   * @param {ArrayLike<number>} numbers
   * @returns {Batch}
   */
  batch(split, numbers) {
    const { height, width, channels } = this.tile;
    const classes = this.classes.length;
    const pixels = new Float32Array(numbers.length * this.sampleBytes);
    const oneHot = new Float32Array(numbers.length * classes);
    for (let i = 0; i < numbers.length; i++) {
      const bytes = this.pixels(split, numbers[i]);
      const at = i * this.sampleBytes;
      for (let j = 0; j < bytes.length; j++) pixels[at + j] = bytes[j] / 255;
      oneHot[i * classes + this.label(split, numbers[i])] = 1;
    }
    return {
      xs: tf.tensor4d(pixels, [numbers.length, height, width, channels]),
      labels: tf.tensor2d(oneHot, [numbers.length, classes]),
    };
  }

  /**
   * The next n loaded training samples of an endless shuffle; the caller disposes them.
   * @param {number} n
   */
  nextTrainBatch(n) {
    return this.batch('train', this.#deal('train', n));
  }

  /**
   * The next n loaded test samples of an endless shuffle; the caller disposes them.
   * @param {number} n
   */
  nextTestBatch(n) {
    return this.batch('test', this.#deal('test', n));
  }

  /**
   * Starts the endless shuffles again from a seed.
   * @param {number} seed
   */
  reseed(seed) {
    this.#decks.clear();
    this.#seed = seed;
  }
  #seed = 0;

  /**
   * Samples in batches, once through for each iterator, for `model.fitDataset`. Every pass is
   * shuffled anew from the seed; without a seed the order is that of the numbers.
   * @param {string} split
   * @param {{from?: number, to: number, batchSize: number, seed?: number}} options
   */
  batches(split, { from = 0, to, batchSize, seed }) {
    const next = seed === undefined ? null : random(seed);
    const size = Math.ceil((to - from) / batchSize);
    const iterator = async () => {
      const order = next
        ? shuffled(from, to, next)
        : Uint32Array.from({ length: to - from }, (_, i) => from + i);
      let at = 0;
      return {
        next: async () => {
          if (at >= order.length) return { done: true, value: null };
          const { xs, labels } = this.batch(split, order.subarray(at, at + batchSize));
          at += batchSize;
          return { done: false, value: { xs, ys: labels } };
        },
      };
    };
    return { size, iterator };
  }

  /** @param {string} name */
  #split(name) {
    const split = this.manifest.splits[name];
    if (!split) throw new RangeError(`${this.manifest.name} has no split ${name}`);
    return split;
  }

  /** @param {string} name */
  #tiles(name) {
    this.#split(name);
    return /** @type {Array<Uint8Array | undefined>} */ (this.#sheets.get(name));
  }

  /**
   * The sheets that hold the first samples and are not in memory.
   * @param {Record<string, number>} counts
   */
  #missing(counts) {
    const missing = [];
    for (const [split, count] of Object.entries(counts)) {
      const sheets = this.#split(split).sheets;
      for (let number = 0, first = 0; number < sheets.length && first < count; number++) {
        const entry = sheets[number];
        if (!this.#tiles(split)[number]) missing.push({ split, number, entry });
        first += entry.samples;
      }
    }
    return missing;
  }

  /**
   * @param {string} split
   * @param {number} n
   */
  #deal(split, n) {
    const loaded = this.loaded(split);
    if (loaded === 0) throw new RangeError(`no sample of ${split} is loaded`);
    let deck = this.#decks.get(split);
    const numbers = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      if (!deck || deck.at >= deck.order.length || deck.order.length !== loaded) {
        const round = (deck?.round ?? -1) + 1;
        const order = shuffled(0, loaded, random(this.#seed * 7919 + round));
        deck = { seed: this.#seed, order, at: 0, round };
        this.#decks.set(split, deck);
      }
      numbers[i] = deck.order[deck.at++];
    }
    return numbers;
  }
}

/**
 * @param {Split} split
 * @param {'uint8' | 'uint16'} type
 */
function readLabels(split, type) {
  const wide = type === 'uint16';
  const labels = wide ? new Uint16Array(split.samples) : new Uint8Array(split.samples);
  let at = 0;
  for (const sheet of split.sheets) {
    const bytes = Uint8Array.from(atob(sheet.labels), (c) => c.charCodeAt(0));
    for (let i = 0; i < sheet.samples; i++) {
      labels[at++] = wide ? bytes[2 * i] | (bytes[2 * i + 1] << 8) : bytes[i];
    }
  }
  return labels;
}
