// The network of the codelab, as both pages that train it in the browser build it.
import * as tf from '../runtime/tf.js';
import { adam } from '../runtime/training.js';

/** Under which name it is kept in this browser, and what a kept one must look like. */
export const KEPT = 'prebake-mnist';
export const FORM = { inputShape: [28, 28, 1], classes: 10 };

// #region model
/** @param {number} seed */
export function createModel(seed) {
  const start = (/** @type {number} */ n) =>
    tf.initializers.varianceScaling({ seed: seed * 10 + n });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [28, 28, 1],
        kernelSize: 5,
        filters: 8,
        strides: 1,
        activation: 'relu',
        kernelInitializer: start(1),
      }),
      tf.layers.maxPooling2d({ poolSize: 2, strides: 2 }),
      tf.layers.conv2d({
        kernelSize: 5,
        filters: 16,
        strides: 1,
        activation: 'relu',
        kernelInitializer: start(2),
      }),
      tf.layers.maxPooling2d({ poolSize: 2, strides: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: start(3) }),
    ],
  });
}
// #endregion

// #region compile
/**
 * @param {tf.LayersModel} model
 * @param {number} rate
 */
export function compile(model, rate) {
  model.compile({
    optimizer: adam(rate),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
}
// #endregion
