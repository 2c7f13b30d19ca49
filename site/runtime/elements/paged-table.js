// <paged-table>: a long table, some rows at a time.
//
// Attributes: `label`, what it lists; `rows`, how many at a time (10). Method: show(content), which
// stays on the page in view if that is still there.
import { element, fillTable } from '../dom.js';

/**
 * @typedef {object} Content
 * @property {string} caption
 * @property {string[]} head
 * @property {number} count of rows
 * @property {(row: number) => (string | number | Node)[]} cells of a row; called for those in view
 * @property {(string | number)[]} [sums] a last row that is always in view
 */

export class PagedTable extends HTMLElement {
  #table = element('table');
  #where = element('span', { role: 'status' });
  #before = element('button', { type: 'button' }, 'Previous');
  #after = element('button', { type: 'button' }, 'Next');
  #first = 0;
  /** @type {Content | null} */
  #content = null;

  connectedCallback() {
    if (this.#table.isConnected) return;
    const label = this.getAttribute('label') ?? 'Rows';
    const scroll = { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label };
    this.#before.addEventListener('click', () => this.#turn(-1));
    this.#after.addEventListener('click', () => this.#turn(1));
    this.#before.setAttribute('aria-label', `Previous rows of ${label}`);
    this.#after.setAttribute('aria-label', `Next rows of ${label}`);
    this.append(
      element('div', scroll, this.#table),
      element('div', { class: 'actions' }, this.#before, this.#after, this.#where),
    );
  }

  get #each() {
    return Number(this.getAttribute('rows') ?? 10);
  }

  /** @param {Content} content */
  show(content) {
    this.#content = content;
    if (this.#first >= content.count) this.#first = 0;
    this.#draw();
  }

  /** @param {number} step */
  #turn(step) {
    const first = this.#first + step * this.#each;
    if (first < 0 || first >= (this.#content?.count ?? 0)) return;
    this.#first = first;
    this.#draw();
  }

  #draw() {
    const { caption, head, count, cells, sums } = /** @type {Content} */ (this.#content);
    const last = Math.min(count, this.#first + this.#each);
    const rows = Array.from({ length: last - this.#first }, (_, i) => cells(this.#first + i));
    fillTable(this.#table, { caption, head, rows });
    if (sums) {
      const texts = sums.map((each) =>
        typeof each === 'number' ? each.toLocaleString('en') : each,
      );
      const [name, ...others] = texts;
      const row = element('tr', { class: 'sum' }, element('th', { scope: 'row' }, name));
      row.append(...others.map((text) => element('td', {}, text)));
      this.#table.tBodies[0].append(row);
    }
    this.#where.textContent = count ? `${this.#first + 1} to ${last} of ${count}` : 'none';
    // Not `disabled`, which would drop the focus of whoever turns pages by keyboard.
    this.#before.setAttribute('aria-disabled', String(this.#first === 0));
    this.#after.setAttribute('aria-disabled', String(last >= count));
    this.dataset.first = String(this.#first);
  }
}

customElements.define('paged-table', PagedTable);
