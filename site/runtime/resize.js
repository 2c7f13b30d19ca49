// Cutting, padding and resizing images of any number of channels. Sums are float64.

/**
 * @typedef {object} Raster
 * @property {number} width px
 * @property {number} height px
 * @property {number} channels
 * @property {ArrayLike<number>} data height * width * channels values, row by row
 *
 * @typedef {object} Box
 * @property {number} left px
 * @property {number} top px
 * @property {number} width px
 * @property {number} height px
 *
 * @typedef {object} Part of a line of pixels: those that make up one new pixel
 * @property {number} start the first of them
 * @property {number[]} shares of them and those behind; they add up to 1
 */

/**
 * The smallest rectangle that holds all ink of an image of one channel.
 * @param {{width: number, height: number, data: ArrayLike<number>}} image
 * @param {(value: number) => boolean} [isInk]
 * @returns {Box | null} null if there is no ink
 */
export function inkBox({ width, height, data }, isInk = (value) => value !== 0) {
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!isInk(data[y * width + x])) continue;
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
 * @param {Raster} image
 * @param {Box} box inside the image
 */
export function crop({ width, channels, data }, box) {
  const line = box.width * channels;
  const part = new Float64Array(box.height * line);
  for (let y = 0; y < box.height; y++) {
    const from = ((box.top + y) * width + box.left) * channels;
    for (let i = 0; i < line; i++) part[y * line + i] = data[from + i];
  }
  return { width: box.width, height: box.height, channels, data: part };
}

/**
 * Centres an image on a larger one; an odd pixel is added right or down.
 * @param {Raster} image
 * @param {number} width of the result, px
 * @param {number} height of the result, px
 * @param {number} value of the new pixels
 */
export function pad(image, width, height, value) {
  const { channels } = image;
  const top = Math.floor((height - image.height) / 2);
  const left = Math.floor((width - image.width) / 2);
  const data = new Float64Array(width * height * channels).fill(value);
  const line = image.width * channels;
  for (let y = 0; y < image.height; y++) {
    const to = ((top + y) * width + left) * channels;
    for (let i = 0; i < line; i++) data[to + i] = image.data[y * line + i];
  }
  return { width, height, channels, data };
}

/**
 * Each new pixel is the mean of the area it covers, parts of pixels included.
 * Shares are quotients of whole numbers, so that they are the same in every language.
 * @param {number} length old pixels
 * @param {number} count new pixels, as many as the whole length becomes
 * @param {number} [first] new pixel that is wanted
 * @param {number} [wanted] how many new pixels
 * @returns {Part[]}
 */
export function areaParts(length, count, first = 0, wanted = count) {
  return Array.from({ length: wanted }, (_, i) => {
    // In units of which an old pixel has `count` and a new one `length`.
    const from = (first + i) * length;
    const to = from + length;
    const start = Math.floor(from / count);
    const shares = [];
    for (let old = start; old * count < to; old++) {
      const overlap = Math.min(to, (old + 1) * count) - Math.max(from, old * count);
      shares.push(overlap / length);
    }
    return { start, shares };
  });
}

/**
 * Each new pixel lies between the two old ones whose centres are nearest; edges are repeated.
 * As TensorFlow's resizeBilinear with half-pixel centres.
 * @param {number} length old pixels
 * @param {number} count new pixels, as many as the whole length becomes
 * @param {number} [first] new pixel that is wanted
 * @param {number} [wanted] how many new pixels
 * @returns {Part[]}
 */
export function bilinearParts(length, count, first = 0, wanted = count) {
  const unit = 2 * count;
  const end = (length - 1) * unit;
  return Array.from({ length: wanted }, (_, i) => {
    const centre = (2 * (first + i) + 1) * length - count;
    const position = Math.min(Math.max(centre, 0), end);
    const start = Math.floor(position / unit);
    const share = (position % unit) / unit;
    return { start, shares: share === 0 ? [1] : [1 - share, share] };
  });
}

/**
 * @param {Raster} image
 * @param {Part[]} columns one for each column of the result
 * @param {Part[]} rows one for each row of the result
 */
export function resample(image, columns, rows) {
  const { channels } = image;
  const low = resampleRows(image.data, image.width * channels, rows);
  const data = resampleColumns(low, image.width, channels, columns);
  return { width: columns.length, height: rows.length, channels, data };
}

/**
 * @param {ArrayLike<number>} data
 * @param {number} line values in a row
 * @param {Part[]} rows
 */
function resampleRows(data, line, rows) {
  const result = new Float64Array(rows.length * line);
  for (const [y, { start, shares }] of rows.entries()) {
    for (const [j, share] of shares.entries()) {
      const from = (start + j) * line;
      for (let i = 0; i < line; i++) result[y * line + i] += data[from + i] * share;
    }
  }
  return result;
}

/**
 * @param {Float64Array} data
 * @param {number} width old, px
 * @param {number} channels
 * @param {Part[]} columns
 */
function resampleColumns(data, width, channels, columns) {
  const height = data.length / (width * channels);
  const result = new Float64Array(height * columns.length * channels);
  for (const [x, { start, shares }] of columns.entries()) {
    for (let y = 0; y < height; y++) {
      const from = (y * width + start) * channels;
      const to = (y * columns.length + x) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = 0; j < shares.length; j++) sum += data[from + j * channels + c] * shares[j];
        result[to + c] = sum;
      }
    }
  }
  return result;
}
