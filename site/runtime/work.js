// One piece of work at a time on a page: with progress, a stop, and its errors as sentences.
import { byId } from './dom.js';
import { PageError } from './fetch.js';
import { clearProblem, showProblem } from './problem.js';

/**
 * The elements `bar`, `bar-value` (a progress element), `bar-text` and `stop` of a page.
 */
export class Work {
  /** @type {AbortController | null} */
  #busy = null;

  /** @param {(busy: boolean) => void} onChange what else to show while something is under way */
  constructor(onChange) {
    this.onChange = onChange;
    byId('stop').addEventListener('click', () => this.stop());
  }

  get busy() {
    return this.#busy !== null;
  }

  /** Ends what is under way, as soon as it looks. */
  stop() {
    this.#busy?.abort();
  }

  /**
   * Does something unless something else is under way.
   * @param {(signal: AbortSignal) => Promise<void>} task
   */
  async run(task) {
    if (this.#busy) return;
    const controller = new AbortController();
    const asked = document.activeElement;
    this.#busy = controller;
    clearProblem();
    byId('message').dataset.kind = '';
    this.#show(true);
    try {
      await task(controller.signal);
    } catch (error) {
      if (controller.signal.aborted) say('Stopped.');
      else showProblem(error, () => this.run(task));
    } finally {
      this.#busy = null;
      this.#show(false);
      returnFocus(asked);
    }
  }

  /**
   * @param {number} done
   * @param {number} total
   * @param {string} text
   */
  progress(done, total, text) {
    const bar = /** @type {HTMLProgressElement} */ (byId('bar-value'));
    bar.max = total || 1;
    bar.value = done;
    byId('bar-text').textContent = text;
  }

  /** @param {boolean} busy */
  #show(busy) {
    const stop = byId('stop');
    const focused = document.activeElement === stop;
    byId('bar').hidden = !busy;
    stop.hidden = !busy;
    if (busy) this.progress(0, 1, 'Getting ready');
    this.onChange(busy);
    // A button that goes takes the focus with it.
    if (!busy && focused) byId('message').focus();
  }
}

/**
 * A button that is disabled or hidden lets go of the focus; whoever uses the keyboard goes on where
 * they were, or at what was said.
 * @param {Element | null} asked what had the focus before
 */
function returnFocus(asked) {
  if (!(asked instanceof HTMLElement) || asked === document.body) return;
  for (const element of [asked, byId('message')]) {
    if (document.activeElement !== document.body) return;
    element.focus({ preventScroll: true });
  }
}

/** Takes an error away that no longer holds. */
export function clearError() {
  const { dataset } = byId('message');
  if (dataset.kind !== 'error') return;
  clearProblem();
  dataset.kind = '';
}

/**
 * What kept a part of some work from being done, where the rest of it stands all the same.
 * @param {Promise<unknown>} part
 * @returns {Promise<string>} a sentence; empty if nothing did
 */
export async function sentenceOf(part) {
  try {
    await part;
    return '';
  } catch (error) {
    if (error instanceof PageError) return error.message;
    throw error;
  }
}

/**
 * Says how it went, where errors are said too.
 * @param {string} text
 * @param {'' | 'done' | 'error'} [kind]
 */
export function say(text, kind = '') {
  const message = byId('message');
  message.textContent = text;
  message.dataset.kind = kind;
  byId('retry').hidden = true;
}
