// The tfjs-vis visor. This module and all of tfjs-vis are loaded when the visor is first
// opened: `await import('../runtime/vis/visor.js')`.
import * as tfvis from '@tensorflow/tfjs-vis';
import { percent } from '../dom.js';

/** @typedef {import('../training.js').Run} Run */

const INPUT = { name: 'Examples', tab: 'Input Data' };
const SUMMARY = { name: 'Model summary', tab: 'Model' };
const TRAINING = { name: 'Training', tab: 'Model', styles: { height: '640px' } };
const PER_CLASS = { name: 'Accuracy by class', tab: 'Evaluation' };
const CONFUSION = { name: 'Confusion matrix', tab: 'Evaluation' };

export class Visor {
  #drawing = Promise.resolve();
  #waiting = false;

  open() {
    tfvis.visor().open();
  }

  /**
   * Shows a tab.
   * @param {'Input Data' | 'Model' | 'Evaluation'} tab
   */
  tab(tab) {
    if (tfvis.visor().isOpen()) tfvis.visor().setActiveTab(tab);
  }

  /** @param {HTMLCanvasElement[]} canvases copies of which are shown */
  examples(canvases) {
    const { drawArea } = tfvis.visor().surface(INPUT);
    drawArea.replaceChildren(...canvases.map(copy));
  }

  /** @param {import('../tf.js').LayersModel} model */
  async model(model) {
    await tfvis.show.modelSummary(SUMMARY, /** @type {any} */ (model));
  }

  /**
   * The curves of a run. While one drawing is under way, only the newest state waits.
   * @param {Run} run
   */
  training(run) {
    if (this.#waiting) return this.#drawing;
    this.#waiting = true;
    this.#drawing = this.#drawing.then(async () => {
      this.#waiting = false;
      if (run.epochs.length === 0) return;
      const names = ['loss', 'val_loss', 'acc', 'val_acc'];
      const history = /** @type {any} */ (run.epochs);
      await tfvis.show.history(TRAINING, history, names, { xLabel: 'Epoch' });
    });
    return this.#drawing;
  }

  /**
   * @param {import('../evaluation.js').Evaluation} evaluation
   * @param {string[]} classes
   */
  async evaluation({ perClass, confusion }, classes) {
    const accuracy = perClass.map((each) => ({ accuracy: each.accuracy, count: each.samples }));
    await tfvis.show.perClassAccuracy(PER_CLASS, accuracy, classes);
    const { drawArea } = tfvis.visor().surface(CONFUSION);
    await tfvis.render.confusionMatrix(drawArea, { values: confusion, tickLabels: classes });
    drawArea.setAttribute('aria-label', `Accuracy ${perClass.map((c) => percent(c.accuracy))}`);
  }
}

/** @param {HTMLCanvasElement} canvas */
function copy(canvas) {
  const made = document.createElement('canvas');
  made.width = canvas.width;
  made.height = canvas.height;
  made.className = 'tile';
  made.getContext('2d')?.drawImage(canvas, 0, 0);
  return made;
}
