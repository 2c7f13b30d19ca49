// One sheet: fetched, decoded to exact bytes, verified, and cut into tiles.
import { crc32 } from './crc32.js';
import { fetchSound, PageError } from './fetch.js';
import { decodePng } from './png.js';

/**
 * @typedef {object} SheetEntry what the manifest says of a sheet
 * @property {string} file
 * @property {number} bytes
 * @property {number} width px
 * @property {number} height px
 * @property {number} samples
 * @property {number} crc32 of the decoded pixels
 * @property {string} labels base64 of uint8 or little-endian uint16
 * @property {string} [groups] likewise of little-endian uint16, where the dataset has groups
 * @property {string} [groups] base64 of little-endian uint16
 *
 * @typedef {object} Tile
 * @property {number} height px
 * @property {number} width px
 * @property {number} channels 1 or 3
 */

/**
 * The tiles of a sheet, one behind the other.
 * @param {string} url
 * @param {SheetEntry} entry
 * @param {Tile} tile
 * @param {{signal?: AbortSignal, onBytes?: (count: number) => void}} [options]
 * @returns {Promise<Uint8Array>} samples * height * width * channels bytes
 * @throws {PageError} if it cannot be fetched, or decodes to other pixels than were packed
 */
export async function loadSheet(url, entry, tile, options = {}) {
  const pixels = await fetchSound(url, (file) => read(file, entry, tile), options);
  return cutUp(pixels.data, pixels.width, tile, entry.samples);
}

/**
 * The pixels of a file.
 * @param {Uint8Array} file
 * @param {SheetEntry} entry
 * @param {Tile} tile
 * @throws {PageError} if they are not those that were packed
 */
async function read(file, entry, tile) {
  let pixels;
  try {
    const png = entry.file.endsWith('.png');
    pixels = png ? await decodePng(file) : await decodeOnCanvas(file, tile.channels);
  } catch (cause) {
    throw damaged(entry, cause);
  }
  if (crc32(pixels.data) !== entry.crc32) throw damaged(entry, new Error('the checksum differs'));
  return pixels;
}

/**
 * @param {SheetEntry} entry
 * @param {unknown} [cause]
 */
function damaged(entry, cause) {
  const hint = entry.file.endsWith('.png')
    ? 'Try again later, or tell whoever publishes this page.'
    : 'A browser that protects against fingerprinting may alter images: allow it to read them.';
  return new PageError(`The images in ${entry.file} are not as they were published. ${hint}`, {
    cause,
    retry: true,
  });
}

/**
 * Opaque 8-bit images pass through a bitmap unaltered when neither colour management nor
 * premultiplication is applied.
 * @param {Uint8Array} file
 * @param {number} channels
 */
async function decodeOnCanvas(file, channels) {
  const bitmap = await createImageBitmap(new Blob([file.slice()]), {
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no 2D canvas');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgba = context.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height * channels);
  for (let i = 0, j = 0; j < data.length; i += 4) {
    for (let c = 0; c < channels; c++) data[j++] = rgba[i + c];
  }
  return { width, height, channels, data };
}

/**
 * From an image of a grid of tiles to the tiles, left to right, then down.
 * @param {Uint8Array} image
 * @param {number} width of the image, px
 * @param {Tile} tile
 * @param {number} samples
 * @returns {Uint8Array}
 */
export function cutUp(image, width, tile, samples) {
  const columns = width / tile.width;
  const line = tile.width * tile.channels;
  const size = line * tile.height;
  const tiles = new Uint8Array(samples * size);
  for (let i = 0; i < samples; i++) {
    const top = Math.floor(i / columns) * tile.height;
    const left = (i % columns) * line;
    for (let y = 0; y < tile.height; y++) {
      const from = (top + y) * width * tile.channels + left;
      tiles.set(image.subarray(from, from + line), i * size + y * line);
    }
  }
  return tiles;
}
