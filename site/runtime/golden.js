// Golden samples: raw inputs, and what Python answered for them, preprocessing included.
import * as tf from '@tensorflow/tfjs-core';
import { PageError } from './fetch.js';
import { fetchChecked } from './model.js';
import { argMax } from './numbers.js';

/**
 * @typedef {import('./model.js').CompiledModel} CompiledModel
 * @typedef {import('./preprocess.js').Image} Image
 *
 * @typedef {object} Golden
 * @property {string} model the digest of the weights and topology they were made with
 * @property {number} bound the largest absolute error that passes
 * @property {{shape: number[], dtype: 'uint8' | 'float32', offset: number}[]} samples
 * @property {{shape: number[], offset: number}} outputs of all samples, float32
 * @property {string[]} names the likeliest class of each sample; empty without classes
 * @property {number[]} margins how far the likeliest class is ahead of the second
 *
 * @typedef {object} Parity
 * @property {number} max_abs_error
 * @property {number | null} top1_agreement 0..1; null without classes
 * @property {number} samples
 * @property {string[]} changed what came out as another class, as sentences
 */

/**
 * Fetches the golden samples of a model.
 * @param {CompiledModel} model
 * @param {{signal?: AbortSignal}} [options]
 */
export async function loadGolden(model, options = {}) {
  const { golden, files } = model.manifest;
  const bytes = await fetchChecked(model.base, { ...golden, path: golden.file }, options);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  /** @type {Golden} */
  const described = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const fingerprint = files.map((file) => file.crc32.toString(16)).join('-');
  if (described.model !== fingerprint) {
    throw new PageError('The golden samples belong to another model: build the site again.');
  }
  return new GoldenSamples(described, bytes.slice(4 + length));
}

export class GoldenSamples {
  /**
   * @param {Golden} described
   * @param {Uint8Array} data
   */
  constructor(described, data) {
    this.described = described;
    this.data = data;
  }

  get size() {
    return this.described.samples.length;
  }

  /**
   * A batch as the model takes it; the caller disposes it.
   * @param {CompiledModel} model
   * @param {number} [from]
   * @param {number} [to] exclusive
   */
  batch(model, from = 0, to = this.size) {
    const chosen = this.described.samples.slice(from, to);
    if (model.preprocess) return model.tensor(chosen.map((each) => this.#image(each)));
    const rows = chosen.map((each) => this.#floats(each.offset, each.shape));
    const data = Float32Array.from(rows.flatMap((row) => [...row]));
    return tf.tensor(data, [chosen.length, ...chosen[0].shape]);
  }

  /** What Python answered, all rows end to end. */
  expected() {
    const { offset, shape } = this.described.outputs;
    return this.#floats(offset, shape);
  }

  /**
   * Runs the model on all samples and compares.
   * @param {CompiledModel} model
   * @returns {Promise<Parity>}
   */
  async compare(model) {
    const batch = this.batch(model);
    try {
      return this.judge(model, await model.run(batch));
    } finally {
      batch.dispose();
    }
  }

  /**
   * @param {CompiledModel} model
   * @param {Float32Array} answers
   * @returns {Parity}
   */
  judge(model, answers) {
    const expected = this.expected();
    let worst = answers.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
    for (let i = 0; i < expected.length; i++) {
      const error = Math.abs(answers[i] - expected[i]);
      worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
    }
    const { names } = this.described;
    const shares = model.probabilities(answers, this.size);
    const changed = names.flatMap((name, i) => {
      const found = model.classes[argMax(shares[i])];
      return found === name ? [] : [`sample ${i}: ${found} in place of ${name}`];
    });
    const agreeing = names.length ? (names.length - changed.length) / names.length : null;
    return { max_abs_error: worst, top1_agreement: agreeing, samples: this.size, changed };
  }

  /** @param {Golden['samples'][number]} sample @returns {Image} */
  #image({ shape, offset }) {
    const [height, width, channels] = shape;
    const data = this.data.subarray(offset, offset + height * width * channels);
    return { width, height, channels, data };
  }

  /**
   * @param {number} offset
   * @param {number[]} shape
   */
  #floats(offset, shape) {
    const length = shape.reduce((product, n) => product * n, 1);
    return new Float32Array(this.data.slice(offset, offset + 4 * length).buffer);
  }
}
