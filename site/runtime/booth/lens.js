// What a camera sees, as the visitor sees it in a mirror: its centre, a square, of a model's size.
import { Camera } from '../inspect/camera.js';

/** @typedef {import('../preprocess.js').Image} Image */

export class Lens {
  /**
   * @param {HTMLVideoElement} video
   * @param {number} side of a frame, px
   * @param {string} otherwise what to do without a camera, a sentence
   */
  constructor(video, side, otherwise) {
    this.camera = new Camera(video, { facing: 'user', otherwise });
    this.canvas = new OffscreenCanvas(side, side);
    this.context = this.canvas.getContext('2d', { willReadFrequently: true });
  }

  get running() {
    return this.camera.running;
  }

  /** Whether there is a picture. */
  get sees() {
    return this.running && this.camera.video.videoWidth > 0;
  }

  /**
   * The picture of now.
   * @returns {Image} RGBA
   */
  frame() {
    const { video } = this.camera;
    return squared(this, video, video.videoWidth, video.videoHeight, true);
  }

  /**
   * A picture file in the same size, not mirrored.
   * @param {ImageBitmap} bitmap
   * @returns {Image} RGBA
   */
  still(bitmap) {
    return squared(this, bitmap, bitmap.width, bitmap.height, false);
  }

  /** The last one as a file. */
  picture() {
    return this.canvas.convertToBlob({ type: 'image/png' });
  }
}

/**
 * @param {Lens} lens
 * @param {CanvasImageSource} source
 * @param {number} width
 * @param {number} height
 * @param {boolean} mirrored
 * @returns {Image}
 */
function squared({ canvas, context }, source, width, height, mirrored) {
  if (!context) throw new Error('no 2d context');
  const side = canvas.width;
  const cut = Math.min(width, height);
  context.imageSmoothingQuality = 'high';
  context.globalCompositeOperation = 'copy'; // where a picture is transparent, nothing shines through
  context.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? side : 0, 0);
  context.drawImage(source, (width - cut) / 2, (height - cut) / 2, cut, cut, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  return { width: side, height: side, channels: 4, data: new Uint8Array(data.buffer) };
}
