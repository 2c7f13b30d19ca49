// Drawings as a model should see them, with lines of one width, whatever the brush.
import { greyOf, trace } from './strokes.js';

/**
 * @typedef {import('./strokes.js').Stroke} Stroke
 * @typedef {{left: number, top: number, right: number, bottom: number, side: number}} StrokeBox
 *   side: the longer one
 */

/**
 * The box around the middle of all lines.
 * @param {Stroke[]} strokes
 * @returns {StrokeBox | null} null if there is no point
 */
export function strokeBox(strokes) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { points } of strokes) {
    for (const { x, y } of points) {
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x);
      bottom = Math.max(bottom, y);
    }
  }
  if (left > right) return null;
  return { left, top, right, bottom, side: Math.max(right - left, bottom - top) };
}

/**
 * Draws lines of one width, whatever brush they were drawn with, so that a model is shown what it
 * was trained on: the longer side of the drawing fills the picture.
 * @param {Stroke[]} strokes
 * @param {{side: number, width: number}} form side of the picture, px; width of a line, as a part
 *   of the drawing's longer side
 * @returns {import('./preprocess.js').Image | null} grey, 0 paper to 255 ink; null if nothing has
 *   an extent
 */
export function inkOf(strokes, { side, width }) {
  const box = strokeBox(strokes);
  if (!box || box.side === 0) return null;
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no 2D canvas');
  context.fillStyle = '#000';
  context.fillRect(0, 0, side, side);
  const scale = side / (box.side * (1 + width));
  context.strokeStyle = '#fff';
  context.lineWidth = width * box.side * scale;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  const x0 = side / 2 - ((box.left + box.right) / 2) * scale;
  const y0 = side / 2 - ((box.top + box.bottom) / 2) * scale;
  for (const { points } of strokes) {
    context.beginPath();
    trace(context, points, (p) => [x0 + p.x * scale, y0 + p.y * scale]);
    context.stroke();
  }
  return { width: side, height: side, channels: 1, data: greyOf(context, side) };
}
