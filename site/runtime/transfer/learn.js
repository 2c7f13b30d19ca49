// Training layers on what a base made of images.
import { PageError } from '../fetch.js';
import { random } from '../random.js';
import { adam, disposeModel, train } from '../training.js';
import { categoricalCrossentropy } from './loss.js';

/**
 * @typedef {import('../tf.js').LayersModel} LayersModel
 * @typedef {import('../training.js').Run} Run
 * @typedef {import('./pair.js').Pair} Pair
 * @typedef {{features: Float32Array, label: number}} Known features of an image, and its class
 * @typedef {{epochs: number, batch: number, rate: number, seed: number}} Settings
 */

// #region train
/**
 * Trains a network on features, watched on those that are held back, if there are any.
 * @param {Pair} pair
 * @param {() => Promise<LayersModel>} make the network before it has learned anything
 * @param {{learn: Known[], held: Known[]}} samples
 * @param {Settings} settings
 * @param {{signal: AbortSignal, onBatch: (point: any, run: Run, left: number) => void,
 *   onEpoch?: (point: any, run: Run) => void}} watching
 * @returns {Promise<{net: LayersModel, run: Run}>} the caller disposes the network
 * @throws {PageError} if the loss leaves the numbers
 */
export function trainTail(pair, make, { learn, held }, { epochs, batch, rate, seed }, watching) {
  return pair.training(async () => {
    const net = await make();
    try {
      net.compile({
        optimizer: adam(rate),
        loss: categoricalCrossentropy,
        metrics: ['accuracy', categoricalCrossentropy],
      });
      const data = pair.batches(learn, { batchSize: batch, next: random(seed) });
      const validation = held.length ? pair.batches(held, { batchSize: 64 }) : undefined;
      const run = await train(net, data, { validation, epochs, ...watching });
      demandNumbers(run);
      return { net, run };
    } catch (error) {
      disposeModel(net);
      throw error;
    }
  });
}
// #endregion

/** @param {Run} run */
function demandNumbers({ batches }) {
  if (!Number.isFinite(batches.at(-1)?.loss)) {
    throw new PageError('The loss is no longer a number: choose a smaller learning rate.');
  }
}
