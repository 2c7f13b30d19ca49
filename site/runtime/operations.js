// What each operation of a preprocessing does to one image: float64 in the same order as in
// prebake/data/operations.py. What an operation means is written in prebake/declare/operations.py.
import { areaParts, bilinearParts, crop, inkBox, pad, resample } from './resize.js';

/**
 * @typedef {object} Values an image under way, changed in place
 * @property {number} width px
 * @property {number} height px
 * @property {number} channels 1 or 3
 * @property {Float64Array} data
 *
 * @typedef {object} Known what is known of an image before it is there; null is unknown
 * @property {number | null} width px
 * @property {number | null} height px
 * @property {number} channels 1 or 3
 *
 * @typedef {{name: string} & Record<string, any>} Operation as the build wrote it
 *
 * @typedef {object} Kind
 * @property {string[]} keys of its values
 * @property {(image: Values, operation: Operation) => Values} run
 * @property {(known: Known, operation: Operation) => Known} after
 */

/** Grey values closer than this are the same; sums in another order differ by far less. */
const ROUNDING = 1e-6;

/** @type {Record<string, typeof areaParts>} */
export const METHODS = { area: areaParts, bilinear: bilinearParts };
export const FITS = ['stretch', 'contain', 'cover'];

/** @type {Record<string, Kind>} */
export const KINDS = {
  crop_to_ink: {
    keys: ['threshold', 'margin', 'paper'],
    run: cropToInk,
    after: (known) => ({ ...known, width: null, height: null }),
  },
  pad_to_square: { keys: ['value', 'margin'], run: padToSquare, after: afterPadding },
  resize: {
    keys: ['height', 'width', 'method', 'fit', 'value'],
    run: resize,
    after: (known, { width, height }) => ({ ...known, width, height }),
  },
  grey: { keys: [], run: grey, after: (known) => ({ ...known, channels: 1 }) },
  rgb: { keys: [], run: rgb, after: (known) => ({ ...known, channels: 3 }) },
  invert: arithmetic([], (x) => 255 - x),
  scale: arithmetic(['factor'], (x, factor) => x * factor),
  offset: arithmetic(['value'], (x, value) => x + value),
  normalise: arithmetic(['mean', 'deviation'], (x, mean, deviation) => (x - mean) / deviation),
};

/**
 * The values to work on; RGBA is laid over the background.
 * @param {{width: number, height: number, channels: number, data: ArrayLike<number>}} image bytes
 * @param {number} background
 * @returns {Values}
 */
export function opaque({ width, height, channels, data }, background) {
  if (channels !== 4) return { width, height, channels, data: Float64Array.from(data) };
  const values = new Float64Array(width * height * 3);
  for (let i = 0, j = 0; i < data.length; i += 4) {
    const alpha = data[i + 3];
    const behind = background * (255 - alpha);
    for (let c = 0; c < 3; c++) values[j++] = (data[i + c] * alpha + behind) / 255;
  }
  return { width, height, channels: 3, data: values };
}

/**
 * @param {Values} image
 * @returns {Values}
 */
function grey(image) {
  if (image.channels === 1) return image;
  const rgb = image.data;
  const data = new Float64Array(image.width * image.height);
  for (let i = 0, j = 0; i < data.length; i++, j += 3) {
    // Whole weights, so that white is exactly 255 and equal to white paper.
    data[i] = (299 * rgb[j] + 587 * rgb[j + 1] + 114 * rgb[j + 2]) / 1000;
  }
  return { ...image, channels: 1, data };
}

/**
 * @param {Values} image
 * @returns {Values}
 */
function rgb(image) {
  if (image.channels === 3) return image;
  const data = new Float64Array(image.data.length * 3);
  for (let i = 0; i < data.length; i++) data[i] = image.data[Math.floor(i / 3)];
  return { ...image, channels: 3, data };
}

/**
 * @param {Values} image
 * @param {Operation} operation
 */
function cropToInk(image, { threshold, paper, margin }) {
  const isInk = (/** @type {number} */ x) => Math.abs(x - paper) > threshold + ROUNDING;
  const box = inkBox(grey(image), isInk);
  if (!box) return image;
  const left = Math.max(0, box.left - margin);
  const top = Math.max(0, box.top - margin);
  const right = Math.min(image.width, box.left + box.width + margin);
  const bottom = Math.min(image.height, box.top + box.height + margin);
  return crop(image, { left, top, width: right - left, height: bottom - top });
}

/**
 * @param {Values} image
 * @param {Operation} operation
 */
function padToSquare(image, operation) {
  const side = squareSide(image.height, image.width, operation);
  return pad(image, side, side, operation.value);
}

/**
 * @param {Known} known
 * @param {Operation} operation
 */
function afterPadding(known, operation) {
  if (known.height === null || known.width === null) return known;
  const side = squareSide(known.height, known.width, operation);
  return { ...known, height: side, width: side };
}

/**
 * @param {number} height
 * @param {number} width
 * @param {Operation} operation
 */
function squareSide(height, width, { margin }) {
  const side = Math.max(height, width);
  return side + 2 * Math.floor(margin * side + 0.5);
}

/**
 * @param {Values} image
 * @param {Operation} operation
 */
function resize(image, operation) {
  const { height, width } = fitted(operation, image.height, image.width);
  const rows = middle(operation, image.height, height, operation.height);
  const columns = middle(operation, image.width, width, operation.width);
  const small = resample(image, columns, rows);
  return pad(small, operation.width, operation.height, operation.value);
}

/**
 * Height and width of the whole image once resized, before it is filled or cropped.
 * @param {Operation} operation
 * @param {number} h
 * @param {number} w
 */
function fitted({ height, width, fit }, h, w) {
  if (fit === 'stretch') return { height, width };
  const flat = h * width <= w * height;
  if (flat === (fit === 'contain')) {
    return { height: Math.max(1, Math.floor((2 * h * width + w) / (2 * w))), width };
  }
  return { height, width: Math.max(1, Math.floor((2 * w * height + h) / (2 * h))) };
}

/**
 * The new pixels in the middle; all if they are fewer than wanted.
 * @param {Operation} operation
 * @param {number} length old pixels
 * @param {number} count new pixels, as many as the whole length becomes
 * @param {number} wanted
 */
function middle({ method }, length, count, wanted) {
  const visible = Math.min(count, wanted);
  return METHODS[method](length, count, Math.floor((count - visible) / 2), visible);
}

/**
 * An operation on each value by itself.
 * @param {string[]} keys of its numbers, or lists of a number for each channel
 * @param {(x: number, first: number, second: number) => number} change
 * @returns {Kind}
 */
function arithmetic(keys, change) {
  /** @type {Kind['run']} */
  const run = (image, operation) => {
    const { channels, data } = image;
    const [first = [], second = []] = keys.map((key) => perChannel(operation[key], channels));
    for (let i = 0; i < data.length; i++) {
      const c = i % channels;
      data[i] = change(data[i], first[c], second[c]);
    }
    return image;
  };
  return { keys, run, after: (known) => known };
}

/**
 * @param {number | number[]} value
 * @param {number} channels
 */
function perChannel(value, channels) {
  return Array.isArray(value) ? value : new Array(channels).fill(value);
}
