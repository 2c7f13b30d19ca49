// What another threshold would do, on the held-out samples that ship with the model.
import { byId, element, fillTable, percent } from '../dom.js';
import './roc-plot.js';
import { areaUnder, confusionAt, judgedOf, marksOf, rocOf } from './verdicts.js';

/**
 * @typedef {import('../model.js').Decision} Decision
 * @typedef {import('./roc-plot.js').RocPlot} RocPlot
 */

export class ThresholdPanel {
  #slider = /** @type {HTMLInputElement} */ (byId('threshold'));
  #onChange;
  /** @type {Decision | null} */
  #decision = null;
  /** @type {string[]} */
  #classes = [];
  /** @type {import('./verdicts.js').Judged} */
  #judged = { positive: new Uint8Array(), probabilities: new Float64Array() };
  /** @type {import('./verdicts.js').RocPoint[]} */
  #roc = [];

  /** @param {(threshold: number) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#slider.addEventListener('input', () => this.#set(fromPlace(Number(this.#slider.value))));
    byId('declared').addEventListener('click', () => this.#back());
  }

  /**
   * @param {Decision} decision
   * @param {string[]} classes
   */
  show(decision, classes) {
    this.#decision = decision;
    this.#classes = classes;
    this.#judged = judgedOf(decision.held_out);
    this.#roc = rocOf(this.#judged);
    this.#slider.disabled = false;
    /** @type {HTMLButtonElement} */ (byId('declared')).disabled = false;
    this.#back();
  }

  #back() {
    const threshold = this.#decision?.threshold ?? 0.5;
    this.#slider.value = String(toPlace(threshold));
    this.#set(threshold);
  }

  /** @param {number} threshold */
  #set(threshold) {
    const shown = percent(threshold, threshold < 0.1 || threshold > 0.9 ? 2 : 1);
    byId('threshold-value').textContent = shown;
    this.#slider.setAttribute('aria-valuetext', shown);
    const confusion = confusionAt(this.#judged, threshold);
    const marks = marksOf(confusion);
    this.#table(confusion);
    this.#facts(marks);
    const plot = /** @type {RocPlot} */ (byId('roc'));
    plot.show(this.#roc, marks, areaUnder(this.#roc));
    this.#onChange(threshold);
  }

  /** @param {import('./verdicts.js').Confusion} confusion */
  #table({ hits, misses, alarms, passes }) {
    const index = this.#decision?.index ?? 1;
    const [negative, positive] = [this.#classes[1 - index], this.#classes[index]];
    fillTable(/** @type {HTMLTableElement} */ (byId('confusion')), {
      caption: `${this.#judged.positive.length} held-out samples at this threshold`,
      head: ['is', `called ${negative}`, `called ${positive}`],
      rows: [
        [negative, passes, alarms],
        [positive, misses, hits],
      ],
    });
  }

  /** @param {ReturnType<typeof marksOf>} marks */
  #facts({ recall, precision, accuracy, fallout }) {
    const facts = [
      ['Found (recall)', recall],
      ['Right when called (precision)', precision],
      ['False alarms', fallout],
      ['Right in all (accuracy)', accuracy],
      ['Area under the curve', areaUnder(this.#roc)],
    ];
    byId('marks').replaceChildren(
      ...facts.map(([name, value]) =>
        element(
          'div',
          {},
          element('dt', {}, String(name)),
          element('dd', {}, spell(Number(value))),
        ),
      ),
    );
  }
}

/** @param {number} value */
const spell = (value) => (Number.isNaN(value) ? 'none' : percent(value));

// Most happens near 0 and 1: the slider moves along the logit, from 0.1 % to 99.9 %.
const REACH = Math.log(999);

/** @param {number} place 0..1 */
function fromPlace(place) {
  if (place <= 0) return 0;
  if (place >= 1) return 1;
  return 1 / (1 + Math.exp(-(2 * place - 1) * REACH));
}

/** @param {number} threshold 0..1 */
function toPlace(threshold) {
  const limited = Math.min(0.999, Math.max(0.001, threshold));
  return (Math.log(limited / (1 - limited)) / REACH + 1) / 2;
}
