// A decoder for the sheets: opaque 8-bit PNG, grey or RGB, not interlaced. It gives the exact
// bytes in every browser and in Node, where a canvas may be missing, or altered on purpose
// against fingerprinting. Format: W3C PNG Specification, third edition.

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const CHANNELS = new Map([
  [0, 1],
  [2, 3],
]);

/**
 * @typedef {object} Pixels
 * @property {number} width px
 * @property {number} height px
 * @property {number} channels 1 or 3
 * @property {Uint8Array} data height * width * channels bytes, row by row
 */

/**
 * @param {Uint8Array} file
 * @returns {Promise<Pixels>}
 * @throws {Error} if it is no PNG, is damaged, or is of a kind that sheets do not use
 */
export async function decodePng(file) {
  if (SIGNATURE.some((byte, i) => file[i] !== byte)) throw new Error('not a PNG file');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const bodies = [];
  let header = null;
  for (let at = 8; at + 12 <= file.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (at + 12 + length > file.length) break;
    if (kind === 'IHDR') header = readHeader(view, at + 8);
    if (kind === 'IDAT') bodies.push(file.slice(at + 8, at + 8 + length));
    if (kind === 'IEND') {
      if (!header || bodies.length === 0) break;
      return unfilter(await inflate(bodies), header);
    }
    at += 12 + length;
  }
  throw new Error('the PNG file is cut off');
}

/**
 * @param {DataView} view
 * @param {number} at
 */
function readHeader(view, at) {
  const channels = CHANNELS.get(view.getUint8(at + 9));
  const interlaced = view.getUint8(at + 12) !== 0;
  if (view.getUint8(at + 8) !== 8 || channels === undefined || interlaced) {
    throw new Error('the PNG file is not 8-bit grey or RGB');
  }
  return { width: view.getUint32(at), height: view.getUint32(at + 4), channels };
}

/** @param {Uint8Array<ArrayBuffer>[]} parts */
async function inflate(parts) {
  const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param {Uint8Array} rows filtered scan lines
 * @param {{width: number, height: number, channels: number}} header
 * @returns {Pixels}
 */
function unfilter(rows, { width, height, channels }) {
  const line = width * channels;
  if (rows.length < height * (line + 1)) throw new Error('the PNG file is cut off');
  const data = new Uint8Array(height * line);
  for (let y = 0; y < height; y++) {
    const from = y * (line + 1) + 1;
    reverse(rows[from - 1], rows.subarray(from, from + line), data, y * line, line, channels);
  }
  return { width, height, channels, data };
}

/**
 * Undoes one row's filter (section 9.2 of the specification).
 * @param {number} filter
 * @param {Uint8Array} row
 * @param {Uint8Array} data
 * @param {number} start where the row goes in data
 * @param {number} line bytes in a row
 * @param {number} step bytes in a pixel
 */
function reverse(filter, row, data, start, line, step) {
  if (filter > 4) throw new Error('the PNG file is damaged');
  if (filter === 0) {
    data.set(row, start);
    return;
  }
  const above = start >= line;
  for (let i = 0; i < line; i++) {
    const a = i >= step ? data[start + i - step] : 0;
    const b = above ? data[start + i - line] : 0;
    let guess = 0;
    if (filter === 1) guess = a;
    else if (filter === 2) guess = b;
    else if (filter === 3) guess = (a + b) >> 1;
    else guess = paeth(a, b, above && i >= step ? data[start + i - line - step] : 0);
    data[start + i] = row[i] + guess;
  }
}

/**
 * @param {number} a
 * @param {number} b
 * @param {number} c
 */
function paeth(a, b, c) {
  const da = Math.abs(b - c);
  const db = Math.abs(a - c);
  const dc = Math.abs(a + b - c - c);
  if (da <= db && da <= dc) return a;
  return db <= dc ? b : c;
}
