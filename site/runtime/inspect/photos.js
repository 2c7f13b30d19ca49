// Files of images as pixels, however they were made; what cannot be read is said by name.
import { PageError } from '../fetch.js';
import { imageSize } from './image-size.js';

/**
 * @typedef {import('../preprocess.js').Image} Image
 * @typedef {{name: string, image: Image, thumbnail: string}} Photo thumbnail: a URL of an object,
 *   which whoever shows it gives back
 */

export const MOST_PIXELS = 40_000_000;
const THUMBNAIL = 96; // px of the longer side

/**
 * The pixels of an image file, upright, as RGBA without colour management, as Python reads them.
 * @param {File | Blob} file
 * @param {string} name
 * @returns {Promise<Photo>}
 * @throws {PageError} if it is no image that this browser reads, or too large
 */
export async function readPhoto(file, name) {
  const bitmap = await openPhoto(file, name);
  try {
    const { width, height } = bitmap;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new PageError(`${name} needs more memory than this browser gives.`);
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const image = { width, height, channels: 4, data: new Uint8Array(data.buffer) };
    return { name, image, thumbnail: await thumbnailOf(bitmap) };
  } finally {
    bitmap.close();
  }
}

/**
 * An image file, upright and without colour management, for whoever draws it and closes it.
 * @param {File | Blob} file
 * @param {string} name
 * @throws {PageError} if it is no image that this browser reads, or too large
 */
export async function openPhoto(file, name) {
  demandSize(name, imageSize(new Uint8Array(await file.arrayBuffer())));
  const bitmap = await decode(file, name);
  try {
    demandSize(name, bitmap);
    return bitmap;
  } catch (error) {
    bitmap.close();
    throw error;
  }
}

/**
 * @param {File | Blob} file
 * @param {string} name
 */
async function decode(file, name) {
  try {
    return await createImageBitmap(file, {
      imageOrientation: 'from-image',
      premultiplyAlpha: 'none',
      colorSpaceConversion: 'none',
    });
  } catch (cause) {
    const kind = file.type && !file.type.startsWith('image/') ? ` (${file.type})` : '';
    throw new PageError(`${name} is no image that this browser can read${kind}.`, { cause });
  }
}

/**
 * @param {string} name
 * @param {{width: number, height: number} | null} size
 */
function demandSize(name, size) {
  if (!size || size.width * size.height <= MOST_PIXELS) return;
  const found = Math.round((size.width * size.height) / 1e6);
  const most = MOST_PIXELS / 1e6;
  throw new PageError(
    `${name} has ${found} megapixels (${size.width} x ${size.height}); at most ${most} are read.`,
  );
}

/** @param {ImageBitmap} bitmap */
async function thumbnailOf(bitmap) {
  const scale = Math.min(1, THUMBNAIL / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context) {
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
  }
  return URL.createObjectURL(await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 }));
}
