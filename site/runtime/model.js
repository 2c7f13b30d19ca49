// A compiled model in the page: fetched with progress in bytes, checked, and given images as
// its manifest says. No constant of a model stands in a page.
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from './backends.js';
import { crc32 } from './crc32.js';
import { fetchManifest, fetchSound, PageError } from './fetch.js';
import { compile } from './preprocess.js';

/**
 * @typedef {import('./preprocess.js').Image} Image
 *
 * @typedef {object} Decision see docs/formats.md
 * @property {string} positive the class that one looks for
 * @property {number} index of it
 * @property {number} threshold
 * @property {number} wanted_recall
 * @property {{split: string, positive: string, probabilities: number[]}} held_out
 *
 * @typedef {object} FileEntry
 * @property {string} path
 * @property {number} bytes
 * @property {number} crc32
 *
 * @typedef {object} ModelManifest see docs/formats.md
 * @property {string} format
 * @property {string} name
 * @property {'layers' | 'graph'} model_format
 * @property {FileEntry[]} files model.json first, then the shards in order
 * @property {{name: string, shape: (number | null)[], dtype: string}[]} inputs
 * @property {{name: string, shape: (number | null)[]}[]} outputs
 * @property {'softmax' | 'sigmoid' | 'logits' | 'values'} answer what the outputs are
 * @property {string[]} classes
 * @property {Decision} [decision] for two classes: from which probability on
 * @property {any} preprocess null for samples that are no images
 * @property {{file: string, bytes: number, crc32: number}} golden
 * @property {string[]} backends
 * @property {string[]} [trains_on] of a tail that a page trains: backends that can, best first
 * @property {string} digest
 * @property {boolean} draft
 */

const FORMAT = 'prebake-model/1';

/**
 * Fetches a model.
 * @param {string} url of its manifest.json
 * @param {{signal?: AbortSignal, onProgress?: (bytes: number, total: number) => void}} [options]
 * @returns {Promise<CompiledModel>}
 * @throws {PageError}
 */
export async function loadModel(url, { signal, onProgress } = {}) {
  /** @type {ModelManifest} */
  const manifest = await fetchManifest(url, 'model', FORMAT, { signal });
  const base = url.slice(0, url.lastIndexOf('/') + 1);
  const total = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  let bytes = 0;
  const onBytes = (/** @type {number} */ count) => {
    bytes += count;
    onProgress?.(Math.min(bytes, total), total);
  };
  onBytes(0);
  const [format, [topology, ...shards]] = await Promise.all([
    manifest.model_format === 'graph' ? import('./graph-format.js') : import('./layers-format.js'),
    Promise.all(manifest.files.map((file) => fetchChecked(base, file, { signal, onBytes }))),
  ]);
  // Weights become tensors, which need some backend; the right one is picked later, by measuring.
  for (const name of tf.getBackend() ? [] : manifest.backends) {
    if (await useBackend(/** @type {import('./backends.js').BackendName} */ (name))) break;
  }
  const handler = { load: async () => artifacts(topology, shards) };
  try {
    const net = await format.load(/** @type {any} */ (handler));
    return new CompiledModel(manifest, base, net);
  } catch (cause) {
    throw new PageError(
      `The model ${manifest.name} cannot be put together: build the site again.`,
      {
        cause,
      },
    );
  }
}

/**
 * One file of a model, compared with its checksum: a cache that kept an old shard, or a host
 * that cut one off, must not become a model that answers nonsense.
 * @param {string} base
 * @param {FileEntry} file
 * @param {{signal?: AbortSignal, onBytes?: (count: number) => void}} options
 */
export async function fetchChecked(base, file, options) {
  const compare = (/** @type {Uint8Array} */ bytes) => {
    if (bytes.length !== file.bytes || crc32(bytes) !== file.crc32) {
      throw new PageError(`${file.path} arrived damaged or belongs to another version. Reload.`, {
        retry: true,
      });
    }
    return bytes;
  };
  return fetchSound(base + file.path, compare, options);
}

/**
 * What tfjs builds a model from.
 * @param {Uint8Array} topology of model.json
 * @param {Uint8Array[]} shards
 */
function artifacts(topology, shards) {
  const document = JSON.parse(new TextDecoder().decode(topology));
  const weightSpecs = document.weightsManifest.flatMap((/** @type {any} */ group) => group.weights);
  const weightData = new Uint8Array(shards.reduce((sum, shard) => sum + shard.length, 0));
  let at = 0;
  for (const shard of shards) {
    weightData.set(shard, at);
    at += shard.length;
  }
  const { modelTopology, format, signature, userDefinedMetadata, trainingConfig } = document;
  return {
    modelTopology,
    format,
    signature,
    userDefinedMetadata,
    trainingConfig,
    weightSpecs,
    weightData: weightData.buffer,
  };
}

/** A loaded model together with its manifest. */
export class CompiledModel {
  /**
   * @param {ModelManifest} manifest
   * @param {string} base the address of its folder
   * @param {any} net the tfjs model: a LayersModel or a GraphModel
   */
  constructor(manifest, base, net) {
    this.manifest = manifest;
    this.base = base;
    this.net = net;
    this.preprocess = manifest.preprocess ? compile(manifest.preprocess) : null;
  }

  /** The names of the classes, in the order of the outputs. */
  get classes() {
    return this.manifest.classes;
  }

  /**
   * What the model is given for some images; the caller disposes it.
   * @param {Image[]} images
   * @returns {tf.Tensor} float32 [n, …]
   */
  tensor(images) {
    if (!this.preprocess) throw new Error(`${this.manifest.name} does not take images`);
    const { data, shape } = this.preprocess.applyAll(images);
    return tf.tensor(data, shape);
  }

  /**
   * A graph that takes whole numbers takes nothing else.
   * @param {tf.Tensor} batch
   */
  #taken(batch) {
    const [input] = this.manifest.inputs ?? [];
    const whole = this.manifest.model_format === 'graph' && /^u?int/.test(input?.dtype ?? '');
    return whole && batch.dtype !== 'int32' ? tf.cast(batch, 'int32') : batch;
  }

  /**
   * The model's own answers.
   * @param {tf.Tensor} batch float32 [n, …]; the caller keeps it
   * @returns {Promise<Float32Array>} the first output, n rows end to end
   */
  async run(batch) {
    const outputs = tf.tidy(() => {
      const made = this.net.predict(this.#taken(batch));
      return Array.isArray(made) ? made[0] : made;
    });
    try {
      return /** @type {Float32Array} */ (await outputs.data());
    } finally {
      outputs.dispose();
    }
  }

  /**
   * All outputs, by their names in the manifest.
   * @param {tf.Tensor} batch float32 [n, …]; the caller keeps it
   * @returns {Promise<Record<string, {data: Float32Array, shape: number[]}>>}
   */
  async runAll(batch) {
    const outputs = tf.tidy(() => {
      const made = this.net.predict(this.#taken(batch));
      return /** @type {tf.Tensor[]} */ (Array.isArray(made) ? made : [made]);
    });
    try {
      const data = await Promise.all(outputs.map((each) => each.data()));
      const named = this.manifest.outputs.map(({ name }, i) => {
        return [name, { data: /** @type {Float32Array} */ (data[i]), shape: outputs[i].shape }];
      });
      return Object.fromEntries(named);
    } finally {
      tf.dispose(outputs);
    }
  }

  /**
   * The probability of each class, for each image.
   * @param {Image[]} images
   * @returns {Promise<Float32Array[]>} 0..1, in the order of `classes`
   */
  async predict(images) {
    const batch = this.tensor(images);
    try {
      return this.probabilities(await this.run(batch), images.length);
    } finally {
      batch.dispose();
    }
  }

  /**
   * Answers as probabilities, whatever the last activation is: the one place where logits
   * become shares.
   * @param {Float32Array} answers
   * @param {number} rows
   */
  probabilities(answers, rows) {
    const each = answers.length / rows;
    return Array.from({ length: rows }, (_, i) =>
      toShares(answers.subarray(i * each, (i + 1) * each), this.manifest.answer),
    );
  }

  dispose() {
    const { optimizer } = this.net;
    this.net.dispose();
    optimizer?.dispose?.();
  }
}

/**
 * @param {Float32Array} row
 * @param {ModelManifest['answer']} answer
 */
function toShares(row, answer) {
  if (answer === 'values') return row.slice();
  if (row.length === 1) {
    const one = answer === 'sigmoid' ? row[0] : 1 / (1 + Math.exp(-row[0]));
    return Float32Array.of(1 - one, one);
  }
  if (answer !== 'logits') return row.slice();
  const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(row, (v) => Math.exp(v - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return Float32Array.from(powers, (v) => v / sum);
}
