// Every way for samples to come in: a button or a key that is held, single shots, files, drops.
import { byId } from '../dom.js';
import { chosen, dropped } from '../drop.js';
import { PageError } from '../fetch.js';
import { showProblem } from '../problem.js';

const EACH = 120; // ms from one picture of a recording to the next, at least

/**
 * @typedef {import('./collection.js').Change} Change
 *
 * @typedef {object} Taker
 * @property {() => boolean} ready whether the camera has a picture
 * @property {() => Change} begin of a recording, which one undo takes back
 * @property {(label: number, recording: Change) => Promise<unknown>} shoot one picture of the camera
 * @property {(label: number, files: File[]) => unknown} files
 */

export class Recorder {
  /** What is recorded now; another recording takes its place at once.
   * @type {{label: number} | null} */
  #recording = null;

  /**
   * @param {Taker} taker
   * @param {number} classes
   */
  constructor(taker, classes) {
    this.taker = taker;
    this.classes = classes;
    for (const button of buttons('.hold')) this.#holds(button, Number(button.dataset.class));
    for (const button of buttons('.single')) {
      button.addEventListener('click', () => this.#once(Number(button.dataset.class)));
    }
    for (const item of document.querySelectorAll('#classes > li')) {
      this.#files(/** @type {HTMLElement} */ (item));
    }
    this.#keys();
    // What is held when the page goes out of sight is let go unseen.
    addEventListener('blur', () => this.stop());
    document.addEventListener('visibilitychange', () => document.hidden && this.stop());
  }

  /** @param {number} label */
  async #record(label) {
    if (this.#recording || !this.taker.ready()) return;
    const recording = { label };
    this.#recording = recording;
    const change = this.taker.begin();
    mark(label, true);
    try {
      while (this.#recording === recording && this.taker.ready()) {
        const began = performance.now();
        await this.taker.shoot(label, change);
        const left = EACH - (performance.now() - began);
        await new Promise((done) => setTimeout(done, Math.max(0, left)));
      }
    } catch (error) {
      showProblem(error);
    } finally {
      if (this.#recording === recording) this.#recording = null;
      if (this.#recording?.label !== label) mark(label, false);
    }
  }

  stop() {
    this.#recording = null;
  }

  /** @param {number} label */
  async #once(label) {
    if (this.#recording || !this.taker.ready()) return;
    await this.taker.shoot(label, this.taker.begin()).catch(showProblem);
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {number} label
   */
  #holds(button, label) {
    button.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      this.#record(label);
    });
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      button.addEventListener(end, () => this.stop());
    }
    button.addEventListener('contextmenu', (event) => event.preventDefault()); // a long touch
    button.addEventListener('keydown', (event) => {
      if (event.repeat || (event.key !== ' ' && event.key !== 'Enter')) return;
      event.preventDefault();
      this.#record(label);
    });
    button.addEventListener('keyup', () => this.stop());
    button.addEventListener('blur', () => this.stop()); // a key that is let go of elsewhere
  }

  #keys() {
    document.addEventListener('keydown', (event) => {
      const label = digitOf(event) - 1;
      const typing = /** @type {HTMLElement} */ (event.target).closest?.('input, select, textarea');
      if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (label >= 0 && label < this.classes) this.#record(label);
    });
    document.addEventListener('keyup', (event) => {
      if (digitOf(event) - 1 === this.#recording?.label) this.stop();
    });
  }

  /** @param {HTMLElement} item of a class */
  #files(item) {
    const label = Number(item.dataset.class);
    const field = /** @type {HTMLInputElement} */ (item.querySelector('input[type="file"]'));
    item.querySelector('.files')?.addEventListener('click', () => field.click());
    field.addEventListener('change', () => {
      const files = chosen(field.files).map(({ file }) => file);
      field.value = '';
      if (files.length) this.taker.files(label, files);
    });
    for (const kind of ['dragenter', 'dragover']) {
      item.addEventListener(kind, (event) => {
        event.preventDefault();
        item.dataset.over = 'true';
      });
    }
    item.addEventListener('dragleave', () => delete item.dataset.over);
    item.addEventListener('drop', async (event) => {
      event.preventDefault();
      delete item.dataset.over;
      try {
        const found = await dropped(/** @type {DragEvent} */ (event).dataTransfer);
        if (found.length === 0) throw new PageError('What was dropped holds no files.');
        this.taker.files(
          label,
          found.map(({ file }) => file),
        );
      } catch (error) {
        showProblem(error);
      }
    });
  }
}

/**
 * The digit of a key; on some keyboards the keys of digits give other letters without Shift.
 * @param {KeyboardEvent} event
 * @returns {number} 1 to 9, or 0 for any other key
 */
function digitOf({ key, code }) {
  const digit = /^[1-9]$/.test(key) ? key : /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  return Number(digit ?? 0);
}

/** @param {string} selector @returns {NodeListOf<HTMLButtonElement>} */
const buttons = (selector) => byId('classes').querySelectorAll(selector);

/**
 * @param {number} label
 * @param {boolean} recording
 */
function mark(label, recording) {
  const item = document.querySelector(`#classes > [data-class="${label}"]`);
  /** @type {HTMLElement} */ (item).dataset.recording = String(recording);
}
