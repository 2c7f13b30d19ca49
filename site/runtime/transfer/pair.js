// A model in two parts: a base that is computed once for each image, on whatever is fastest here,
// and a tail that is trained on what the base made of them, on whatever can train it.
import { pickBackend, useBackend } from '../backends.js';
import { PageError } from '../fetch.js';
import { loadGolden } from '../golden.js';
import { loadModel } from '../model.js';
import { shuffled } from '../random.js';
import * as tf from '../tf.js';

/**
 * @typedef {import('../backends.js').BackendName} BackendName
 * @typedef {import('../model.js').CompiledModel} CompiledModel
 * @typedef {import('../preprocess.js').Image} Image
 */

const AT_ONCE = 8; // images given to the base together
const PREDICTED = 128; // features given to a tail together

export class Pair {
  /** What is under way: the two parts may be computed on different backends, and tfjs has one at a
   * time.
   * @type {Promise<unknown>} */
  #turn = Promise.resolve();
  /** @type {BackendName} */
  #fast = 'cpu';
  /** @type {BackendName} */
  #able = 'cpu';

  /**
   * @param {CompiledModel} base from images to features
   * @param {CompiledModel} tail from features to answers, as it ships
   */
  constructor(base, tail) {
    this.base = base;
    this.tail = tail;
    this.shipped = tail.net.getWeights().map((/** @type {tf.Tensor} */ w) => w.dataSync().slice());
  }

  /**
   * Fetches both parts.
   * @param {{base: string, tail: string}} urls of their manifests
   * @param {{signal?: AbortSignal, onProgress?: (bytes: number, total: number) => void}} [options]
   * @throws {PageError}
   */
  static async open(urls, { signal, onProgress } = {}) {
    const seen = { base: [0, 0], tail: [0, 0] };
    const report = (/** @type {'base' | 'tail'} */ part) => {
      return (/** @type {number} */ bytes, /** @type {number} */ total) => {
        seen[part] = [bytes, total];
        onProgress?.(seen.base[0] + seen.tail[0], seen.base[1] + seen.tail[1]);
      };
    };
    const base = await loadModel(urls.base, { signal, onProgress: report('base') });
    try {
      const tail = await loadModel(urls.tail, { signal, onProgress: report('tail') });
      return new Pair(base, tail);
    } catch (error) {
      base.dispose();
      throw error;
    }
  }

  /** The names of the classes, in the order of the answers. */
  get classes() {
    return this.tail.classes;
  }

  /** The shape of what the base makes of one image. */
  get shape() {
    return this.tail.manifest.inputs[0].shape.slice(1).map(Number);
  }

  /** What a saved tail must have been trained upon. */
  get digest() {
    return this.base.manifest.digest;
  }

  get backends() {
    return { base: this.#fast, tail: this.#able };
  }

  /**
   * Picks a backend for each part: the fastest for the base, by measuring, and for the tail the
   * first that can train it and works here.
   * @param {{wish?: string | null, onTry?: (name: BackendName) => void}} [options]
   * @returns {Promise<import('../backends.js').Measured[]>} of the base, fastest first
   */
  async pick(options = {}) {
    const golden = await loadGolden(this.base);
    return this.#next(async () => {
      this.#able = await this.#trainer();
      const { backend, measured } = await pickBackend(this.base, golden, options);
      this.#fast = backend;
      return measured;
    });
  }

  async #trainer() {
    const known = /** @type {BackendName[]} */ (this.tail.manifest.trains_on ?? ['cpu']);
    for (const name of known) if (await useBackend(name)) return name;
    throw new PageError('This browser has none of the backends that can train this model.');
  }

  /**
   * What the base makes of images, a few at a time.
   * @param {Image[]} images
   * @param {{signal?: AbortSignal, onProgress?: (done: number) => void}} [options]
   * @returns {Promise<Float32Array[]>} one for each image, of {@link shape}
   */
  async features(images, { signal, onProgress } = {}) {
    /** @type {Float32Array[]} */
    const made = [];
    while (made.length < images.length) {
      signal?.throwIfAborted();
      made.push(...(await this.#some(images.slice(made.length, made.length + AT_ONCE))));
      onProgress?.(made.length);
    }
    return made;
  }

  /** @param {Image[]} images */
  #some(images) {
    return this.#on(this.#fast, async () => {
      const batch = this.base.tensor(images);
      try {
        return rows(await this.base.run(batch), images.length);
      } finally {
        batch.dispose();
      }
    });
  }

  /**
   * The probability of each class, from what the base made of some images.
   * @param {tf.LayersModel} net a tail
   * @param {Float32Array[]} features
   * @returns {Promise<Float32Array[]>} 0..1, in the order of the classes
   */
  async predict(net, features) {
    /** @type {Float32Array[]} */
    const shares = [];
    for (let at = 0; at < features.length; at += PREDICTED) {
      shares.push(...(await this.#shares(net, features.slice(at, at + PREDICTED))));
    }
    return shares;
  }

  /**
   * @param {tf.LayersModel} net
   * @param {Float32Array[]} features at least one
   */
  #shares(net, features) {
    return this.#on(this.#fast, async () => {
      const answers = tf.tidy(() => /** @type {tf.Tensor} */ (net.predict(this.#batch(features))));
      try {
        const data = /** @type {Float32Array} */ (await answers.data());
        return this.tail.probabilities(data, features.length);
      } finally {
        answers.dispose();
      }
    });
  }

  /** A tail with the weights that ship; the caller disposes it. */
  async fresh() {
    const json = /** @type {any} */ (this.tail.net.toJSON(null, false));
    const net = await tf.models.modelFromJSON(json);
    const shapes = net.getWeights().map(({ shape }) => shape);
    const weights = this.shipped.map((/** @type {any} */ data, /** @type {number} */ i) =>
      tf.tensor(data, shapes[i]),
    );
    net.setWeights(weights);
    tf.dispose(weights);
    return net;
  }

  /**
   * Does something where the tail can be trained, and nothing else meanwhile.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  training(work) {
    return this.#on(this.#able, work);
  }

  /**
   * Features in batches, for `model.fitDataset`.
   * @param {{features: Float32Array, label: number}[]} samples
   * @param {{batchSize: number, next?: () => number}} options next: a generator of random numbers,
   *   by which every pass is shuffled anew
   */
  batches(samples, { batchSize, next }) {
    const size = Math.ceil(samples.length / batchSize);
    const iterator = async () => {
      const order = next
        ? Array.from(shuffled(0, samples.length, next), (i) => samples[i])
        : samples;
      let at = 0;
      return {
        next: async () => {
          if (at >= order.length) return { done: true, value: null };
          const some = order.slice(at, at + batchSize);
          at += batchSize;
          return { done: false, value: this.#labelled(some) };
        },
      };
    };
    return { size, iterator };
  }

  /** @param {{features: Float32Array, label: number}[]} samples */
  #labelled(samples) {
    const classes = this.classes.length;
    const ys = new Float32Array(samples.length * classes);
    samples.forEach(({ label }, i) => {
      ys[i * classes + label] = 1;
    });
    return {
      xs: this.#batch(samples.map(({ features }) => features)),
      ys: tf.tensor2d(ys, [samples.length, classes]),
    };
  }

  /** @param {Float32Array[]} features */
  #batch(features) {
    const data = new Float32Array(features.length * features[0].length);
    for (const [i, each] of features.entries()) data.set(each, i * each.length);
    return tf.tensor(data, [features.length, ...this.shape]);
  }

  /**
   * @template T
   * @param {BackendName} backend
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #on(backend, work) {
    return this.#next(async () => {
      if (!(await useBackend(backend)))
        throw new PageError(`The backend ${backend} is gone. Reload.`);
      return work();
    });
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #next(work) {
    const made = this.#turn.then(work);
    this.#turn = made.catch(() => {});
    return made;
  }
}

/**
 * @param {Float32Array} data
 * @param {number} count
 */
function rows(data, count) {
  const each = data.length / count;
  return Array.from({ length: count }, (_, i) => data.slice(i * each, (i + 1) * each));
}
