// From a drawing to what MNIST's digits went through: the ink is scaled to fit 20 x 20 pixels
// with its proportions kept, and laid into 28 x 28 with its centre of mass in the middle
// (LeCun et al., "Gradient-based learning applied to document recognition", 1998, III.A).
import { areaParts, crop, inkBox, resample } from './resize.js';

export { inkBox };

const SIDE = 28;
const BOX = 20;

/**
 * @typedef {object} Ink
 * @property {number} width px
 * @property {number} height px
 * @property {Uint8Array | Uint8ClampedArray} data 0 paper to 255 ink, row by row
 */

/**
 * @param {Ink} ink
 * @returns {Uint8Array | null} 28 * 28 bytes; null if there is no ink
 */
export function toDigit(ink) {
  const box = inkBox(ink);
  if (!box) return null;
  const scale = BOX / Math.max(box.width, box.height);
  const width = Math.max(1, Math.round(box.width * scale));
  const height = Math.max(1, Math.round(box.height * scale));
  const small = resizeByArea(ink, box, width, height);
  return centred(small, width, height);
}

/**
 * Shrinks or enlarges a part of an image; each new pixel is the mean of the area it covers.
 * @param {Ink} ink
 * @param {import('./resize.js').Box} box
 * @param {number} width of the result, px
 * @param {number} height of the result, px
 * @returns {Float32Array} width * height means, 0..255
 */
export function resizeByArea(ink, box, width, height) {
  const part = crop({ ...ink, channels: 1 }, box);
  const small = resample(part, areaParts(box.width, width), areaParts(box.height, height));
  return Float32Array.from(small.data);
}

/**
 * @param {Float32Array} small
 * @param {number} width
 * @param {number} height
 */
function centred(small, width, height) {
  let mass = 0;
  let sumX = 0;
  let sumY = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = small[y * width + x];
      mass += value;
      sumX += value * (x + 0.5);
      sumY += value * (y + 0.5);
    }
  }
  const left = clamp(Math.round(SIDE / 2 - sumX / mass), 0, SIDE - width);
  const top = clamp(Math.round(SIDE / 2 - sumY / mass), 0, SIDE - height);
  const digit = new Uint8Array(SIDE * SIDE);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      digit[(top + y) * SIDE + left + x] = Math.round(small[y * width + x]);
    }
  }
  return digit;
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
