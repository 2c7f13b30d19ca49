// Lines with fewer points.

/**
 * @typedef {import('./strokes.js').Point} Point
 */

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
