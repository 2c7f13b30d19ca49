// Drawings as lines, drawn as they were drawn.

/**
 * @typedef {{x: number, y: number, pressure?: number}} Point
 *   in units of the board; pressure is 0..1 and only a pen's
 * @typedef {{brush: number, points: Point[]}} Stroke brush: diameter in the same units
 */

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
export function trace(context, points, place) {
  const [first, ...rest] = points;
  context.moveTo(...place(first));
  context.lineTo(...place(first)); // to where it starts: so a dot is drawn too
  for (const point of rest) context.lineTo(...place(point));
}

/**
 * The grey values of a picture in black and white.
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {number} side px
 * @returns {Uint8Array}
 */
export function greyOf(context, side) {
  const rgba = context.getImageData(0, 0, side, side).data;
  return Uint8Array.from({ length: side * side }, (_, i) => rgba[4 * i]);
}
