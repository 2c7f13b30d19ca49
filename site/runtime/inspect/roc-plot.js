// <roc-plot>: the receiver operating characteristic, with the point of the threshold in use.
//
// Method: show(points, current). It says what it shows in its label.
import { percent } from '../dom.js';

const NS = 'http://www.w3.org/2000/svg';
const SIDE = 240; // units
const PAD = { left: 46, bottom: 30, top: 8, right: 8 };

/**
 * @typedef {import('./verdicts.js').RocPoint} RocPoint
 */

export class RocPlot extends HTMLElement {
  /**
   * @param {RocPoint[]} points from none called positive to all
   * @param {{recall: number, fallout: number}} current
   * @param {number} area under the curve
   */
  show(points, current, area) {
    const width = SIDE - PAD.left - PAD.right;
    const height = SIDE - PAD.top - PAD.bottom;
    const x = (/** @type {number} */ fallout) => PAD.left + fallout * width;
    const y = (/** @type {number} */ recall) => PAD.top + (1 - recall) * height;
    const corners = points.map(
      (point) => `${x(point.fallout).toFixed(1)},${y(point.recall).toFixed(1)}`,
    );
    const root = svg('svg', { viewBox: `0 0 ${SIDE} ${SIDE}`, role: 'img' });
    root.setAttribute(
      'aria-label',
      `Curve of recall against false alarms, area ${area.toFixed(3)}. At the threshold, ` +
        `${percent(current.recall)} are found with ${percent(current.fallout)} false alarms.`,
    );
    root.append(
      svg('path', { class: 'frame', d: `M${x(0)} ${y(1)}V${y(0)}H${x(1)}` }),
      svg('path', { class: 'chance', d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}` }),
      svg('polyline', { class: 'curve', points: corners.join(' ') }),
      svg('circle', { class: 'now', cx: x(current.fallout), cy: y(current.recall), r: 6 }),
      text('False alarms', { x: x(0.5), y: SIDE - 4, 'text-anchor': 'middle' }),
      text('0', { x: x(0), y: SIDE - 16, 'text-anchor': 'middle' }),
      text('1', { x: x(1), y: SIDE - 16, 'text-anchor': 'end' }),
      text('Found', { x: PAD.left - 8, y: y(0.5), 'text-anchor': 'end', class: 'up' }),
      text('1', { x: PAD.left - 8, y: y(1) + 8, 'text-anchor': 'end' }),
    );
    this.replaceChildren(root);
  }
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
function svg(name, attributes) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/**
 * @param {string} words
 * @param {Record<string, string | number>} attributes
 */
function text(words, attributes) {
  const made = svg('text', attributes);
  made.textContent = words;
  return made;
}

customElements.define('roc-plot', RocPlot);
