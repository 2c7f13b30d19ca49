// <line-chart>: lines that grow while a model trains, drawn as SVG in the page's own style.
//
// Attributes: `label`, what it shows; `format="percent"` for shares; `alone` if there is one
// series, which has the accent then. Method: show(series, end).

const NS = 'http://www.w3.org/2000/svg';
const WIDTH = 360;
const HEIGHT = 136;
const PAD = { left: 40, right: 86, top: 10, bottom: 24 };
const LINE = 13; // from one label to the next
const EMPTY_TOP = 2.5; // the upper end of the scale while there is nothing to show

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {{x: number, y: number}[]} points
 * @property {boolean} [dots] mark each point
 */

export class LineChart extends HTMLElement {
  #svg = document.createElementNS(NS, 'svg');

  connectedCallback() {
    this.#svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    this.#svg.setAttribute('role', 'img');
    this.#svg.setAttribute('aria-label', `${this.getAttribute('label')}: nothing yet`);
    const title = document.createElement('p');
    title.className = 'chart-title';
    title.textContent = this.getAttribute('label');
    if (!this.#svg.isConnected) this.append(title, this.#svg);
    this.show([], 10);
  }

  /**
   * Draws the series anew.
   * @param {Series[]} series
   * @param {number} end the largest x
   */
  show(series, end) {
    const values = series.flatMap(({ points }) => points.map(({ y }) => y)).filter(Number.isFinite);
    const share = this.getAttribute('format') === 'percent';
    const top = share ? 1 : values.length ? niceCeiling(Math.max(...values)) : EMPTY_TOP;
    const x = (/** @type {number} */ v) => PAD.left + (v / end) * (WIDTH - PAD.left - PAD.right);
    const y = (/** @type {number} */ v) =>
      HEIGHT - PAD.bottom - (Math.min(v, top) / top) * (HEIGHT - PAD.top - PAD.bottom);
    const spell = (/** @type {number} */ v) =>
      share ? `${Math.round(v * 100)} %` : String(Number(v.toFixed(2)));

    const parts = [0, 0.5, 1].flatMap((part) => [
      svg('line', { class: 'grid', x1: x(0), x2: x(end), y1: y(top * part), y2: y(top * part) }),
      svg(
        'text',
        { class: 'tick', x: PAD.left - 6, y: y(top * part) + 4, 'text-anchor': 'end' },
        spell(top * part),
      ),
    ]);
    for (const epoch of ticks(end)) {
      const at = { class: 'tick', x: x(epoch), y: HEIGHT - 8, 'text-anchor': 'middle' };
      parts.push(svg('text', at, String(epoch)));
    }
    const name = { class: 'tick', x: WIDTH - PAD.right + 16, y: HEIGHT - 8 };
    parts.push(svg('text', name, 'epoch'));
    parts.push(...this.#lines(series, x, y, spell));
    this.#svg.replaceChildren(...parts);
    const last = series.map(({ name, points }) => `${name} ${spell(points.at(-1)?.y ?? 0)}`);
    const text = values.length ? last.join(', ') : 'nothing yet';
    this.#svg.setAttribute('aria-label', `${this.getAttribute('label')}: ${text}`);
  }

  /**
   * @param {Series[]} series
   * @param {(v: number) => number} x
   * @param {(v: number) => number} y
   * @param {(v: number) => string} spell
   */
  #lines(series, x, y, spell) {
    const shown = series.map((each, i) => ({ ...each, i })).filter(({ points }) => points.length);
    const ends = shown.map(({ points }) => points[points.length - 1].y);
    const labels = apart(ends.map(y), PAD.top - 2, HEIGHT - PAD.bottom - 6);
    return shown.flatMap(({ name, points, dots, i }, n) => {
      const corners = points.map((p) => `${x(p.x).toFixed(1)},${y(p.y).toFixed(1)}`).join(' ');
      const parts = [svg('polyline', { class: `line line-${i}`, points: corners })];
      for (const p of dots ? points : []) {
        parts.push(svg('circle', { class: `dot line-${i}`, cx: x(p.x), cy: y(p.y), r: 3 }));
      }
      const at = { class: `series line-${i}`, x: WIDTH - PAD.right + 6, y: labels[n] + 4 };
      parts.push(svg('text', at, `${name} ${spell(ends[n])}`));
      return parts;
    });
  }
}

customElements.define('line-chart', LineChart);

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
function svg(name, attributes, text = '') {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/**
 * The next of 0.1, 0.15, 0.2, 0.25, 0.5, 1, 1.5 … that is not smaller.
 * @param {number} value
 */
export function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-6)));
  const step = [1, 1.5, 2, 2.5, 5, 10].find((each) => each * power >= value) ?? 10;
  return step * power;
}

/**
 * At most six whole numbers from 0 to the end.
 * @param {number} end
 */
export function ticks(end) {
  const step = Math.max(1, Math.ceil(end / 5));
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
}

/**
 * Each point with the mean of itself and those before it, at most `length` of them: a single
 * batch says little.
 * @param {{x: number, y: number}[]} points
 * @param {number} length
 */
export function runningMean(points, length) {
  let sum = 0;
  return points.map(({ x, y }, i) => {
    sum += y - (i >= length ? points[i - length].y : 0);
    return { x, y: sum / Math.min(i + 1, length) };
  });
}

/**
 * Moves labels apart so that none overlaps another or leaves the chart.
 * @param {number[]} places px from the top
 * @param {number} highest
 * @param {number} lowest
 */
export function apart(places, highest, lowest) {
  const upwards = places.map((_, i) => i).sort((i, j) => places[j] - places[i]);
  const moved = [...places];
  let limit = lowest;
  for (const i of upwards) {
    moved[i] = Math.min(moved[i], limit);
    limit = moved[i] - LINE;
  }
  limit = highest;
  for (const i of upwards.reverse()) {
    moved[i] = Math.max(moved[i], limit);
    limit = moved[i] + LINE;
  }
  return moved;
}
