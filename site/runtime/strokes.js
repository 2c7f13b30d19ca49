// Drawings as lines: their box, their picture in a form of its own, and fewer points.

/**
 * @typedef {{x: number, y: number, pressure?: number}} Point
 *   in units of the board; pressure is 0..1 and only a pen's
 * @typedef {{brush: number, points: Point[]}} Stroke brush: diameter in the same units
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
  const rgba = context.getImageData(0, 0, side, side).data;
  const data = new Uint8Array(side * side);
  for (let i = 0; i < data.length; i++) data[i] = rgba[4 * i];
  return { width: side, height: side, channels: 1, data };
}

/**
 * Draws lines as they were drawn, with their brush and a pen's pressure.
 * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
 * @param {Stroke[]} strokes
 * @param {number} scale px in a unit
 * @param {string} colour
 */
export function drawStrokes(context, strokes, scale, colour) {
  context.strokeStyle = colour;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const { brush, points } of strokes) {
    if (points.some((point) => point.pressure !== undefined)) {
      drawPressed(context, brush * scale, points, scale);
      continue;
    }
    context.lineWidth = brush * scale;
    context.beginPath();
    trace(context, points, (p) => [p.x * scale, p.y * scale]);
    context.stroke();
  }
}

/**
 * Piece by piece, as a path has one width.
 * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
 * @param {number} width at half the pressure, px
 * @param {Point[]} points
 * @param {number} scale px in a unit
 */
function drawPressed(context, width, points, scale) {
  points.forEach((point, i) => {
    context.lineWidth = width * (0.4 + 1.2 * (point.pressure ?? 0.5));
    context.beginPath();
    trace(context, points.slice(Math.max(0, i - 1), i + 1), (p) => [p.x * scale, p.y * scale]);
    context.stroke();
  });
}

/**
 * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
 * @param {Point[]} points
 * @param {(point: Point) => [number, number]} place
 */
function trace(context, points, place) {
  const [first, ...rest] = points;
  context.moveTo(...place(first));
  context.lineTo(...place(first)); // to where it starts: so a dot is drawn too
  for (const point of rest) context.lineTo(...place(point));
}

/**
 * The fewest of a line's points that stay within a distance of it (Douglas and Peucker, 1973).
 * @param {Point[]} points
 * @param {number} distance in units
 * @returns {Point[]} the first and the last are always among them
 */
export function simplified(points, distance) {
  const kept = new Uint8Array(points.length);
  kept[0] = 1;
  kept[points.length - 1] = 1;
  const waiting = [[0, points.length - 1]];
  for (let span = waiting.pop(); span; span = waiting.pop()) {
    const [from, to] = span;
    let [farthest, most] = [0, distance];
    for (let i = from + 1; i < to; i++) {
      const away = fromSegment(points[i], points[from], points[to]);
      if (away > most) [farthest, most] = [i, away];
    }
    if (!farthest) continue;
    kept[farthest] = 1;
    waiting.push([from, farthest], [farthest, to]);
  }
  return points.filter((_, i) => kept[i]);
}

/**
 * How far a point lies from the line between two others.
 * @param {Point} point
 * @param {Point} from
 * @param {Point} to
 */
function fromSegment(point, from, to) {
  const [x, y] = [to.x - from.x, to.y - from.y];
  const length = x * x + y * y;
  const along = length ? ((point.x - from.x) * x + (point.y - from.y) * y) / length : 0;
  const part = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - from.x - part * x, point.y - from.y - part * y);
}
