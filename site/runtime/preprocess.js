// Carries out a declared preprocessing in a browser or in Node, as prebake/data/preprocess.py
// does for training; the results differ at most by the last digits of float32.
import { PageError } from './fetch.js';
import { FITS, KINDS, METHODS, opaque } from './operations.js';

/**
 * @typedef {import('./operations.js').Operation} Operation
 * @typedef {import('./operations.js').Known} Known
 *
 * @typedef {object} Image
 * @property {number} width px
 * @property {number} height px
 * @property {number} channels 1 grey, 3 RGB, 4 RGBA
 * @property {Uint8Array | Uint8ClampedArray} data height * width * channels bytes, row by row
 *
 * @typedef {object} Declaration
 * @property {'hwc' | 'chw'} layout
 * @property {number} background
 * @property {Operation[]} operations
 */

const LAYOUTS = ['hwc', 'chw'];

/**
 * Makes a declared preprocessing ready to use.
 * @param {unknown} json what `Preprocess.to_json()` gave
 * @returns {Preprocess}
 * @throws {PageError} if it holds what this version of the runtime does not know
 */
export function compile(json) {
  return new Preprocess(checked(json));
}

/** What {@link compile} gives. */
export class Preprocess {
  #declaration;

  /** @param {Declaration} declaration */
  constructor(declaration) {
    this.#declaration = declaration;
  }

  /**
   * One image as a model takes it, in the declared layout.
   * @param {Image} image
   * @returns {Float32Array}
   * @throws {PageError} if it is empty, or is not what the operations are for
   */
  apply(image) {
    return this.#run(image, 'The image').data;
  }

  /**
   * Many images, one behind the other.
   * @param {Image[]} images
   * @returns {{data: Float32Array, shape: number[]}} shape: images first, then of each of them
   * @throws {PageError} as `apply` does, or if the results differ in shape; it names the image
   */
  applyAll(images) {
    if (images.length === 0) throw new PageError('There are no images to preprocess.');
    const first = this.#run(images[0], 'Image 0');
    const size = first.data.length;
    const data = new Float32Array(images.length * size);
    data.set(first.data);
    for (let i = 1; i < images.length; i++) {
      const next = this.#run(images[i], `Image ${i}`);
      if (String(next.shape) !== String(first.shape)) {
        const shapes = `[${next.shape.join(', ')}], but image 0 becomes [${first.shape.join(', ')}]`;
        throw new PageError(`Image ${i} becomes ${shapes}. Give images of one size.`);
      }
      data.set(next.data, i * size);
    }
    return { data, shape: [images.length, ...first.shape] };
  }

  /**
   * The shape of one image of the result, in the declared layout.
   * @param {{width: number, height: number, channels: number}} image what will be given
   * @returns {number[]}
   * @throws {PageError} if it depends on the picture, or an operation is for other channels
   */
  outputShape({ width, height, channels }) {
    const known = this.#after({ width, height, channels: channels === 4 ? 3 : channels });
    if (known.width === null || known.height === null) {
      throw new PageError('The size of the result depends on the picture: use applyAll().');
    }
    return this.#inLayout(known.height, known.width, known.channels);
  }

  /**
   * @param {Image} image
   * @param {string} name how to begin an error
   */
  #run(image, name) {
    checkImage(image, name);
    let values = opaque(image, this.#declaration.background);
    this.#after(values, name);
    for (const operation of this.#declaration.operations) {
      values = KINDS[operation.name].run(values, operation);
    }
    const shape = this.#inLayout(values.height, values.width, values.channels);
    const chw = this.#declaration.layout === 'chw';
    return { shape, data: chw ? channelsFirst(values) : Float32Array.from(values.data) };
  }

  /**
   * @param {Known} known
   * @param {string} [name]
   */
  #after({ width, height, channels }, name = 'The image') {
    /** @type {Known} */
    let known = { width, height, channels };
    for (const operation of this.#declaration.operations) {
      checkChannels(operation, known.channels, name);
      known = KINDS[operation.name].after(known, operation);
    }
    return known;
  }

  /**
   * @param {number} height
   * @param {number} width
   * @param {number} channels
   */
  #inLayout(height, width, channels) {
    const chw = this.#declaration.layout === 'chw';
    return chw ? [channels, height, width] : [height, width, channels];
  }
}

/**
 * @param {any} json
 * @returns {Declaration}
 */
function checked(json) {
  if (!LAYOUTS.includes(json?.layout)) throw anotherVersion(`the layout "${json?.layout}"`);
  if (typeof json.background !== 'number' || !Array.isArray(json.operations)) {
    throw anotherVersion('an unknown form of preprocessing');
  }
  for (const operation of json.operations) checkOperation(operation);
  return json;
}

/** @param {any} operation */
function checkOperation(operation) {
  const { name, ...values } = operation ?? {};
  if (!Object.hasOwn(KINDS, name)) throw anotherVersion(`the operation "${name}"`);
  const keys = Object.keys(values);
  const same = keys.length === KINDS[name].keys.length;
  if (!same || !KINDS[name].keys.every((key) => Object.hasOwn(values, key))) {
    throw anotherVersion(`the operation "${name}" with the values "${keys.join(', ')}"`);
  }
  if (name !== 'resize') return;
  if (!Object.hasOwn(METHODS, values.method)) throw anotherVersion(`the method "${values.method}"`);
  if (!FITS.includes(values.fit)) throw anotherVersion(`the fit "${values.fit}"`);
}

/** @param {string} what */
function anotherVersion(what) {
  return new PageError(
    `The preprocessing of the images was built by another version: it needs ${what}. Reload the ` +
      'page, or tell whoever publishes it to build it again.',
  );
}

/**
 * @param {Image} image
 * @param {string} name
 */
function checkImage({ width, height, channels, data }, name) {
  if (![1, 3, 4].includes(channels)) {
    throw new PageError(
      `${name} has ${channels} channels, expected 1 (grey), 3 (RGB) or 4 (RGBA). Convert it first.`,
    );
  }
  if (!(width >= 1 && height >= 1)) {
    throw new PageError(`${name} is empty: ${width} x ${height} px. Choose another.`);
  }
  const bytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  if (!bytes || data.length !== width * height * channels) {
    const found = bytes ? `${data.length} bytes` : 'no bytes';
    throw new PageError(
      `${name} has ${found}, expected ${width} x ${height} x ${channels} pixel values of a byte ` +
        'each. Give them as a canvas does.',
    );
  }
}

/**
 * @param {Operation} operation
 * @param {number} channels
 * @param {string} name
 */
function checkChannels(operation, channels, name) {
  for (const value of Object.values(operation)) {
    if (Array.isArray(value) && value.length !== channels) {
      throw new PageError(
        `${name} has ${channels} channels where "${operation.name}" expects ${value.length}. ` +
          'Convert it first.',
      );
    }
  }
}

/** @param {import('./operations.js').Values} image */
function channelsFirst({ width, height, channels, data }) {
  const size = width * height;
  const result = new Float32Array(data.length);
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < channels; c++) result[c * size + i] = data[i * channels + c];
  }
  return result;
}
