// The files of a trained model as a visitor gives them: read and compared as a whole before anything
// is made of them. TensorFlow.js's own reader never answers where model.json is no JSON.
import { PageError } from './fetch.js';
import * as tf from './tf.js';

/** Bytes of all files together: more is no model that a page has trained. */
export const LARGEST = 256 * 2 ** 20;
const BYTES = { float32: 4, int32: 4, bool: 1 };

/**
 * @typedef {{name: string, shape: number[], dtype: keyof typeof BYTES}} Spec
 * @typedef {{modelTopology: object, weightSpecs: Spec[], weightData: ArrayBuffer,
 *   userDefinedMetadata?: unknown}} Artifacts
 */

/**
 * The model in the files, once it has answered.
 * @template {{model: tf.LayersModel}} T
 * @param {File[]} files model.json and its weights
 * @param {string} name of the files that the page saves, for a message
 * @param {number[]} shape of one input
 * @param {(from: tf.io.IOHandler) => Promise<T>} take builds the model
 * @returns {Promise<T>}
 * @throws {PageError} as `readModelFiles` and `take`; if it does not answer with numbers. Then the
 *   model is freed
 */
export async function takeModelFiles(files, name, shape, take) {
  const artifacts = await readModelFiles(files, name);
  let found;
  try {
    found = await take({ load: async () => /** @type {any} */ (artifacts) });
    await demandAnswers(found.model, shape);
    return found;
  } catch (cause) {
    found?.model.dispose();
    throw cause instanceof PageError ? cause : notAModel(cause);
  }
}

/**
 * @param {File[]} files model.json and its weights
 * @param {string} name of the files that the page saves, for a message
 * @returns {Promise<Artifacts>}
 * @throws {PageError} if they are not a model whose weights are all there, and numbers
 */
export async function readModelFiles(files, name) {
  const described = files.find((file) => file.name.endsWith('.json'));
  const weights = files.filter((file) => file.name.endsWith('.bin'));
  if (!described || weights.length === 0) {
    throw new PageError(
      `Choose both files of the model together: ${name}.json and ${name}.weights.bin.`,
    );
  }
  const total = [described, ...weights].reduce((sum, { size }) => sum + size, 0);
  if (total > LARGEST) {
    throw new PageError(
      `These files have ${Math.round(total / 2 ** 20)} MB, at most 256 are read.`,
    );
  }
  const document = parsed(await described.text());
  const specs = specsOf(document);
  const parts = await Promise.all(
    inOrder(weights, document).map((/** @type {File} */ file) => file.arrayBuffer()),
  );
  const weightData = joined(parts);
  const wanted = specs.reduce((sum, spec) => sum + bytesOf(spec), 0);
  if (wanted !== weightData.byteLength) {
    throw new PageError(
      `The weights have ${weightData.byteLength.toLocaleString('en')} bytes, but ` +
        `${described.name} describes ${wanted.toLocaleString('en')}: the file was cut off, or ` +
        'belongs to another model.',
    );
  }
  demandNumbers(specs, weightData);
  const { modelTopology, userDefinedMetadata } = document;
  return { modelTopology, weightSpecs: specs, weightData, userDefinedMetadata };
}

/**
 * Asks a network once, about nothing: what it answers are numbers.
 * @param {tf.LayersModel} model
 * @param {number[]} shape of one input
 * @throws {PageError} if they are not
 */
async function demandAnswers(model, shape) {
  const answers = tf.tidy(() => {
    const made = model.predict(tf.zeros([1, ...shape]));
    return /** @type {tf.Tensor} */ (Array.isArray(made) ? made[0] : made);
  });
  const values = await answers.data();
  answers.dispose();
  if (values.every(Number.isFinite)) return;
  throw new PageError('That model answers with NaN or infinity: nothing was taken.');
}

/** @param {string} text */
function parsed(text) {
  let document;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw notAModel(cause);
  }
  if (typeof document?.modelTopology !== 'object' || !Array.isArray(document.weightsManifest)) {
    throw notAModel();
  }
  return document;
}

/** @param {unknown} [cause] */
function notAModel(cause) {
  return new PageError('These files are not a model that TensorFlow.js can read.', { cause });
}

/**
 * @param {any} document
 * @returns {Spec[]}
 */
function specsOf({ weightsManifest }) {
  const specs = weightsManifest.flatMap((/** @type {any} */ group) => group?.weights ?? []);
  for (const spec of specs) {
    const sizes = Array.isArray(spec?.shape) && spec.shape.every(isSize);
    if (
      typeof spec?.name !== 'string' ||
      !sizes ||
      !Object.hasOwn(BYTES, spec.dtype) ||
      spec.quantization
    ) {
      throw notAModel();
    }
  }
  return specs;
}

/** @param {unknown} size */
function isSize(size) {
  return Number.isSafeInteger(size) && /** @type {number} */ (size) >= 0;
}

/** @param {Spec} spec */
function bytesOf({ shape, dtype }) {
  return shape.reduce((product, size) => product * size, BYTES[dtype]);
}

/**
 * The files of weights as the document names them; as they were given where it names others.
 * @param {File[]} weights
 * @param {any} document
 */
function inOrder(weights, { weightsManifest }) {
  const paths = weightsManifest.flatMap((/** @type {any} */ group) => group?.paths ?? []);
  const named = paths.map((/** @type {unknown} */ path) =>
    weights.find(({ name }) => name === String(path).split('/').pop()),
  );
  return named.length === weights.length && named.every(Boolean) ? named : weights;
}

/** @param {ArrayBuffer[]} parts */
function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return bytes.buffer;
}

/**
 * @param {Spec[]} specs
 * @param {ArrayBuffer} data
 */
function demandNumbers(specs, data) {
  let at = 0;
  for (const spec of specs) {
    const length = bytesOf(spec);
    const values = spec.dtype === 'float32' ? new Float32Array(data.slice(at, at + length)) : [];
    if (!values.every(Number.isFinite)) {
      throw new PageError(`The weights "${spec.name}" hold NaN or infinity: nothing was taken.`);
    }
    at += length;
  }
}
