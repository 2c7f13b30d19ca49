// Loss and accuracy of a training, as it goes: of each batch, and of what is held back.
import { byId } from '../dom.js';
import { runningMean } from '../elements/line-chart.js';

/**
 * @typedef {import('../elements/line-chart.js').LineChart} LineChart
 * @typedef {import('../training.js').Run} Run
 */

const SMOOTH = 5; // batches

/**
 * Draws into the elements `loss` and `accuracy` of a page.
 * @param {Pick<Run, 'batches' | 'epochs'>} run
 * @param {number} epochs of the whole training
 */
export function showCurves({ batches, epochs: done }, epochs) {
  for (const [id, key, held] of /** @type {const} */ ([
    ['loss', 'loss', 'val_loss'],
    ['accuracy', 'acc', 'val_acc'],
  ])) {
    const learned = batches
      .map((point) => ({ x: point.epoch, y: point[key] }))
      .filter(({ y }) => Number.isFinite(y));
    // Where nothing is held back there is nothing to draw of it.
    const watched = done.flatMap(({ epoch, [held]: y }) =>
      y === undefined || !Number.isFinite(y) ? [] : { x: epoch, y },
    );
    const series = [
      { name: 'train', points: runningMean(learned, SMOOTH) },
      { name: 'held', points: watched, dots: true },
    ];
    /** @type {LineChart} */ (byId(id)).show(series, epochs);
  }
}
