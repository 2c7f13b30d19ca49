// Training with progress, time left and a stop, without leaving a tensor behind.
import * as tf from './tf.js';

/**
 * @typedef {object} Point the state of a run after a batch or an epoch
 * @property {number} epoch epochs done, with a fraction between them
 * @property {number} loss
 * @property {number} acc 0..1
 * @property {number} [val_loss] at the end of an epoch
 * @property {number} [val_acc] at the end of an epoch
 *
 * @typedef {object} Run
 * @property {Point[]} batches one for each batch
 * @property {Point[]} epochs one for each finished epoch
 * @property {boolean} stopped whether it was stopped before its end
 * @property {number} seconds
 * @property {number} imagesPerSecond
 *
 * @typedef {{size: number, iterator: () => Promise<{next: () => Promise<any>}>}} Batches
 *   size: how many; iterator: a pass through all of them, whose values are {xs, ys}
 */

/**
 * Adam with the epsilon of Keras. On WebGL TensorFlow.js raises its default to 1e-4, which
 * trains differently from every other backend; naming it keeps them alike.
 * @param {number} learningRate
 */
export function adam(learningRate) {
  return tf.train.adam(learningRate, 0.9, 0.999, 1e-7);
}

/**
 * Trains a compiled model.
 * @param {tf.LayersModel} model
 * @param {Batches} data
 * @param {object} options
 * @param {Batches} [options.validation]
 * @param {number} options.epochs
 * @param {AbortSignal} [options.signal] stops after the batch under way
 * @param {(point: Point, run: Run, secondsLeft: number) => void} [options.onBatch]
 * @param {(point: Point, run: Run) => void} [options.onEpoch]
 * @returns {Promise<Run>}
 */
export async function train(model, data, { validation, epochs, signal, onBatch, onEpoch }) {
  const started = performance.now();
  /** @type {Run} */
  const run = { batches: [], epochs: [], stopped: false, seconds: 0, imagesPerSecond: 0 };
  let images = 0;
  let epochNow = 0;
  const elapsed = () => (performance.now() - started) / 1000;

  // fitDataset's own types ask for tfjs-data, of which it uses only `iterator`.
  await model.fitDataset(/** @type {any} */ (data), {
    epochs,
    validationData: /** @type {any} */ (validation),
    yieldEvery: 'batch',
    callbacks: {
      onEpochBegin: async (epoch) => {
        epochNow = epoch;
      },
      onBatchEnd: async (batch, logs) => {
        const done = epochNow + (batch + 1) / data.size;
        const point = { epoch: done, loss: logs?.loss ?? NaN, acc: logs?.acc ?? NaN };
        run.batches.push(point);
        images += /** @type {any} */ (logs)?.size ?? 0;
        run.seconds = elapsed();
        run.imagesPerSecond = images / run.seconds;
        if (!Number.isFinite(point.loss) || signal?.aborted) {
          model.stopTraining = true;
          run.stopped = true;
        }
        onBatch?.(point, run, (run.seconds / done) * (epochs - done));
      },
      onEpochEnd: async (epoch, logs) => {
        run.seconds = elapsed();
        if (run.stopped) return; // in the middle of it, and without a validation
        const point = /** @type {Point} */ ({ ...logs, epoch: epoch + 1 });
        run.epochs.push(point);
        onEpoch?.(point, run);
      },
    },
  });
  return run;
}

/**
 * Frees a model with its optimizer, whose tensors `model.dispose()` leaves.
 * @param {tf.LayersModel | null} model
 */
export function disposeModel(model) {
  if (!model) return;
  const optimizer = /** @type {tf.Optimizer | undefined} */ (model.optimizer);
  model.dispose();
  optimizer?.dispose();
}
