// The loss of a tail whose answers are logits.
import * as tf from '../tf.js';

/**
 * Cross-entropy of logits, as Keras computes it behind a softmax. TensorFlow.js takes it of the
 * shares, which are cut off near 0 and 1: from there on there is no gradient, and a network that
 * is sure and wrong after a long step stays so. It is called as the metric of the same name.
 * @param {tf.Tensor} labels one-hot [n, classes]
 * @param {tf.Tensor} logits [n, classes]
 * @returns {tf.Tensor} [n]
 */
export function categoricalCrossentropy(labels, logits) {
  return tf.tidy(() => tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1)));
}
// Logs name a metric as its function is called, and a bundle shortens names.
Object.defineProperty(categoricalCrossentropy, 'name', { value: 'categoricalCrossentropy' });
