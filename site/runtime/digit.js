// From a drawing to what MNIST's digits went through: the ink is scaled to fit 20 x 20 pixels
// with its proportions kept, and laid into 28 x 28 with its centre of mass in the middle
// (LeCun et al., "Gradient-based learning applied to document recognition", 1998, III.A).

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
 * The smallest rectangle that holds all ink.
 * @param {Ink} ink
 */
export function inkBox({ width, height, data }) {
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] === 0) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  }
  if (right < 0) return null;
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/**
 * Shrinks or enlarges a part of an image; each new pixel is the mean of the area it covers.
 * @param {Ink} ink
 * @param {{left: number, top: number, width: number, height: number}} box
 * @param {number} width of the result, px
 * @param {number} height of the result, px
 * @returns {Float32Array} width * height means, 0..255
 */
export function resizeByArea(ink, box, width, height) {
  const columns = coverage(box.left, box.width, width);
  const rows = coverage(box.top, box.height, height);
  const result = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const [j, share] of rows[y]) {
        for (const [i, part] of columns[x]) sum += ink.data[j * ink.width + i] * share * part;
      }
      result[y * width + x] = sum;
    }
  }
  return result;
}

/**
 * For each of `count` equal parts of a stretch the pixels it covers, with their shares.
 * @param {number} start px
 * @param {number} length px
 * @param {number} count
 * @returns {[number, number][][]}
 */
function coverage(start, length, count) {
  const step = length / count;
  return Array.from({ length: count }, (_, part) => {
    const from = part * step;
    const to = from + step;
    /** @type {[number, number][]} */
    const shares = [];
    for (let pixel = Math.floor(from); pixel < Math.min(length, Math.ceil(to)); pixel++) {
      const overlap = Math.min(to, pixel + 1) - Math.max(from, pixel);
      if (overlap > 1e-9) shares.push([start + pixel, overlap / step]);
    }
    return shares;
  });
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
