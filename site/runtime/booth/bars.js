// How likely each class is found: one bar for each, in its place, so that one can follow it.
import { element, percent } from '../dom.js';
import { argMax } from '../numbers.js';

export class Bars {
  #rows;

  /**
   * @param {HTMLElement} list
   * @param {string[]} classes
   */
  constructor(list, classes) {
    this.list = list;
    this.#rows = classes.map((name) => {
      const fill = element('span', { class: 'bar-fill' });
      const value = element('span', { class: 'bar-value' });
      const track = element('span', { class: 'bar-track', 'aria-hidden': 'true' }, fill);
      const row = element('li', {}, element('span', { class: 'bar-name' }, name), track, value);
      return { row, fill, value };
    });
    list.replaceChildren(...this.#rows.map(({ row }) => row));
  }

  /** @param {ArrayLike<number>} shares 0..1, in the order of the classes */
  show(shares) {
    this.list.hidden = false;
    const likeliest = argMax(shares);
    for (const [i, { row, fill, value }] of this.#rows.entries()) {
      fill.style.inlineSize = `${Math.max(1, shares[i] * 100)}%`;
      value.textContent = percent(shares[i], 0);
      row.classList.toggle('likeliest', i === likeliest);
    }
  }

  clear() {
    this.list.hidden = true;
  }
}
