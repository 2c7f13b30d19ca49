// <prediction-bars>: the likeliest classes as bars, and politely as words.
//
// Attribute: `label`. Methods: show(entries), clear(text).
import { element, percent } from '../dom.js';

export class PredictionBars extends HTMLElement {
  #list = element('ol', { class: 'bars' });
  #words = element('p', { class: 'visually-hidden', role: 'status' });
  #empty = element('p', { class: 'hint' });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;

  connectedCallback() {
    this.#list.setAttribute('aria-label', this.getAttribute('label') ?? 'Prediction');
    if (!this.#list.isConnected) this.append(this.#empty, this.#list, this.#words);
    this.clear(this.getAttribute('empty') ?? '');
  }

  /** @param {{name: string, probability: number}[]} entries likeliest first */
  show(entries) {
    this.#empty.hidden = true;
    this.#list.hidden = false;
    this.#list.replaceChildren(...entries.map(bar));
    // A drawing changes many times a second; a screen reader should hear only where it rests.
    clearTimeout(this.#later);
    this.#later = setTimeout(() => {
      const words = entries.map(({ name, probability }) => `${name}, ${percent(probability, 0)}`);
      this.#words.textContent = words.join('; ');
    }, 600);
  }

  /** @param {string} text to show in place of the bars */
  clear(text) {
    clearTimeout(this.#later);
    this.#empty.textContent = text;
    this.#empty.hidden = false;
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#words.textContent = '';
  }
}

/** @param {{name: string, probability: number}} entry */
function bar({ name, probability }) {
  const fill = element('span', { class: 'bar-fill' });
  fill.style.inlineSize = `${Math.max(1, probability * 100)}%`;
  return element(
    'li',
    {},
    element('span', { class: 'bar-name' }, name),
    element('span', { class: 'bar-track', 'aria-hidden': 'true' }, fill),
    element('span', { class: 'bar-value' }, percent(probability, 0)),
  );
}

customElements.define('prediction-bars', PredictionBars);
