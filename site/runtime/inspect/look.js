// One photograph at its full size, and where the model looked.
import { byId, percent } from '../dom.js';
import { drawHeat } from './heat-map.js';

/** @typedef {{result: import('./results-table.js').Result, verdict: string}} Judged */

export class Look {
  /** @type {Judged[]} */
  #all = [];
  #at = 0;
  #positive = '';
  #dialog = /** @type {HTMLDialogElement} */ (byId('look'));
  #heat = /** @type {HTMLInputElement} */ (byId('heat'));

  constructor() {
    byId('before').addEventListener('click', () => this.#go(-1));
    byId('after').addEventListener('click', () => this.#go(1));
    byId('close').addEventListener('click', () => this.#dialog.close());
    this.#heat.addEventListener('change', () => this.#draw());
    this.#dialog.addEventListener('keydown', ({ key }) => {
      if (key === 'ArrowLeft') this.#go(-1);
      if (key === 'ArrowRight') this.#go(1);
    });
  }

  /**
   * @param {Judged[]} all in the order in which one goes through them
   * @param {import('./results-table.js').Result} result the one to begin with
   * @param {string} positive the class whose probability is shown
   */
  open(all, result, positive) {
    this.#all = all;
    this.#positive = positive;
    this.#at = Math.max(
      0,
      all.findIndex((each) => each.result === result),
    );
    this.#draw();
    this.#dialog.showModal();
  }

  /** @param {number} step */
  #go(step) {
    this.#at = (this.#at + step + this.#all.length) % this.#all.length;
    this.#draw();
  }

  #draw() {
    const { result, verdict } = this.#all[this.#at];
    const { seen, heat } = result.detail;
    byId('look-name').textContent = result.name;
    const canvas = /** @type {HTMLCanvasElement} */ (byId('look-canvas'));
    drawHeat(canvas, seen, this.#heat.checked ? heat : null);
    canvas.setAttribute('aria-label', `${result.name}, as the model sees it`);
    const known = result.truth === undefined ? '' : ` It is known to be ${result.truth}.`;
    const probability = `The probability of ${this.#positive} is ${percent(result.probability)}.`;
    byId('look-text').textContent = `Verdict: ${verdict}. ${probability}${known}`;
  }
}
