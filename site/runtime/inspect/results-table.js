// <results-table>: what was found in many photographs, one row each.
//
// Methods: add(result), refuse(name, why), clear(), judge(threshold, names). Property: `results`, in
// the order in which they came. Events: `open`, whose detail is the result to be looked at. Columns
// sort by a click on their heading; a list above filters.
import { element, percent } from '../dom.js';

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {string} thumbnail a URL of an object, given back with the row
 * @property {number} probability of the class that is looked for
 * @property {number} milliseconds of one answer
 * @property {string} [truth] the class, where it is known
 * @property {any} [detail] for whoever opens it
 */

/** @type {{key: string, text: string, of: (result: Row) => number | string}[]} */
const COLUMNS = [
  { key: 'name', text: 'Photograph', of: (row) => row.result.name.toLowerCase() },
  { key: 'probability', text: 'Probability', of: (row) => row.result.probability },
  { key: 'verdict', text: 'Verdict', of: (row) => (row.positive ? 1 : 0) },
  { key: 'time', text: 'Time', of: (row) => row.result.milliseconds },
];

/**
 * @typedef {object} Row
 * @property {Result} result
 * @property {boolean} positive
 * @property {number} order
 * @property {HTMLTableRowElement} element
 * @property {HTMLTableCellElement} verdict
 */

export class ResultsTable extends HTMLElement {
  /** @type {Row[]} */
  #rows = [];
  #threshold = 0.5;
  /** @type {[string, string]} what a photograph is called below the threshold, and from it on */
  #names = ['no', 'yes'];
  #sort = { key: '', down: false };
  #filter = 'all';
  #body = element('tbody');
  #head = element('tr');
  #select = element('select', { id: 'verdicts' });
  #count = element('p', { class: 'hint', role: 'status' });
  #refused = element('ul', { class: 'refused', 'aria-label': 'Files that were not read' });

  connectedCallback() {
    if (this.#body.isConnected) return;
    const table = element(
      'table',
      { class: 'results' },
      element('caption', { class: 'visually-hidden' }, this.getAttribute('label') ?? 'Results'),
      element('thead', {}, this.#head),
      this.#body,
    );
    const scroll = { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Results' };
    const label = element('label', { for: 'verdicts' }, 'Show');
    this.append(
      element('div', { class: 'actions' }, label, this.#select),
      this.#count,
      element('div', scroll, table),
      this.#refused,
    );
    for (const { key, text } of COLUMNS) this.#head.append(this.#heading(key, text));
    this.#select.addEventListener('change', () => {
      this.#filter = this.#select.value;
      this.#arrange();
    });
    this.#offer();
  }

  /** @returns {{result: Result, verdict: string}[]} */
  get results() {
    return this.#rows.map(({ result, positive }) => ({ result, verdict: this.#verdict(positive) }));
  }

  /** @param {Result} result */
  add(result) {
    const positive = result.probability >= this.#threshold;
    const verdict = element('td', { class: 'verdict' });
    const order = this.#rows.length;
    const row = { result, positive, order, element: this.#drawn(result, verdict), verdict };
    this.#rows.push(row);
    this.#pronounce(row);
    this.#arrange();
  }

  /**
   * A file that could not be judged.
   * @param {string} why names it
   */
  refuse(why) {
    this.#refused.append(element('li', {}, why));
  }

  clear() {
    for (const { result } of this.#rows) URL.revokeObjectURL(result.thumbnail);
    this.#rows = [];
    this.#refused.replaceChildren();
    this.#arrange();
  }

  /**
   * Every verdict by another threshold.
   * @param {number} threshold
   * @param {[string, string]} names of what is below it, and of what is not
   */
  judge(threshold, names) {
    this.#threshold = threshold;
    this.#names = names;
    for (const row of this.#rows) {
      row.positive = row.result.probability >= threshold;
      this.#pronounce(row);
    }
    this.#offer();
    this.#arrange();
  }

  /** @param {boolean} positive */
  #verdict(positive) {
    return this.#names[positive ? 1 : 0];
  }

  /**
   * @param {string} key
   * @param {string} text
   */
  #heading(key, text) {
    const button = element('button', { type: 'button', class: 'sort' }, text);
    button.addEventListener('click', () => {
      // First what is most of it: the surest defect, the slowest answer.
      const first = key !== 'name';
      this.#sort = { key, down: this.#sort.key === key ? !this.#sort.down : first };
      this.#arrange();
    });
    return element('th', { scope: 'col', 'data-key': key }, button);
  }

  #offer() {
    const [negative, positive] = this.#names;
    const options = [
      ['all', 'all'],
      ['1', positive],
      ['0', negative],
    ];
    this.#select.replaceChildren(
      ...options.map(([value, text]) => element('option', { value }, text)),
    );
    this.#select.value = this.#filter;
  }

  /**
   * @param {Result} result
   * @param {HTMLTableCellElement} verdict its cell
   */
  #drawn(result, verdict) {
    const { name, thumbnail, probability, milliseconds } = result;
    const image = element('img', { src: thumbnail, alt: '', width: 48, height: 48 });
    const open = element('button', { type: 'button', class: 'look' }, image, name);
    open.addEventListener('click', () =>
      this.dispatchEvent(new CustomEvent('open', { detail: result })),
    );
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, open),
      element('td', {}, percent(probability)),
      verdict,
      element('td', {}, `${milliseconds.toFixed(0)} ms`),
    );
  }

  /** @param {Row} row whose verdict is said */
  #pronounce({ result: { truth }, positive, element: shown, verdict }) {
    const name = this.#verdict(positive);
    const known =
      truth === undefined ? '' : truth === name ? ', which is right' : `, but is ${truth}`;
    shown.dataset.positive = String(positive);
    verdict.textContent = `${name}${known}`;
  }

  #arrange() {
    const { key, down } = this.#sort;
    const column = COLUMNS.find((each) => each.key === key);
    const shown = this.#rows.filter(
      ({ positive }) => this.#filter === 'all' || positive === (this.#filter === '1'),
    );
    shown.sort((a, b) => {
      const [x, y] = column ? [column.of(a), column.of(b)] : [0, 0];
      const order = x < y ? -1 : x > y ? 1 : 0;
      return (down ? -order : order) || a.order - b.order;
    });
    for (const heading of this.#head.children) {
      const own = /** @type {HTMLElement} */ (heading).dataset.key === key;
      if (own) heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else heading.removeAttribute('aria-sort');
    }
    place(
      this.#body,
      shown.map((row) => row.element),
    );
    const of = shown.length === this.#rows.length ? '' : ` of ${this.#rows.length}`;
    this.#count.textContent = this.#rows.length ? `${shown.length}${of} shown` : '';
  }
}

/**
 * Makes `wanted` the children of a parent. What is in its place already is not touched, so that it
 * keeps the focus.
 * @param {Element} parent
 * @param {Element[]} wanted
 */
function place(parent, wanted) {
  const kept = new Set(wanted);
  for (const child of Array.from(parent.children)) if (!kept.has(child)) child.remove();
  for (const [i, child] of wanted.entries()) {
    const there = parent.children[i] ?? null;
    if (there !== child) parent.insertBefore(child, there);
  }
}

customElements.define('results-table', ResultsTable);
