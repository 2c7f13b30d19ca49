// What a model gets right and wrong on one and the same sample.
import { argMax, range, topK } from './numbers.js';
import * as tf from './tf.js';

/**
 * @typedef {object} Evaluation
 * @property {number} samples
 * @property {number} accuracy 0..1
 * @property {number[][]} confusion [true class][predicted class], counts
 * @property {{right: number, samples: number, accuracy: number}[]} perClass
 * @property {{number: number, label: number, guess: number, probability: number}[]} wrong
 *   surest first
 */

/**
 * Predicts the first samples of a split and counts.
 * @param {tf.LayersModel} model
 * @param {import('./dataset.js').Dataset} dataset
 * @param {string} split
 * @param {number} samples loaded ones
 * @param {{batchSize?: number, signal?: AbortSignal, onProgress?: (done: number) => void}} [options]
 * @returns {Promise<Evaluation>}
 */
export async function evaluate(model, dataset, split, samples, options = {}) {
  const { batchSize = 250, signal, onProgress } = options;
  const classes = dataset.classes.length;
  const confusion = Array.from({ length: classes }, () => new Array(classes).fill(0));
  const wrong = [];
  for (let from = 0; from < samples; from += batchSize) {
    signal?.throwIfAborted();
    const numbers = range(from, Math.min(samples, from + batchSize));
    const probabilities = await predict(model, dataset, split, numbers);
    for (const [i, number] of numbers.entries()) {
      const row = probabilities.subarray(i * classes, (i + 1) * classes);
      const guess = argMax(row);
      const label = dataset.label(split, number);
      confusion[label][guess]++;
      if (guess !== label) wrong.push({ number, label, guess, probability: row[guess] });
    }
    onProgress?.(from + numbers.length);
  }
  wrong.sort((a, b) => b.probability - a.probability);
  return {
    samples,
    accuracy: 1 - wrong.length / samples,
    confusion,
    ...perClass(confusion),
    wrong,
  };
}

/** @param {number[][]} confusion */
function perClass(confusion) {
  return {
    perClass: confusion.map((row, label) => {
      const samples = row.reduce((sum, count) => sum + count, 0);
      return { right: row[label], samples, accuracy: samples ? row[label] / samples : 0 };
    }),
  };
}

/**
 * @param {tf.LayersModel} model
 * @param {import('./dataset.js').Dataset} dataset
 * @param {string} split
 * @param {number[]} numbers
 * @returns {Promise<Float32Array>} [n * classes] probabilities
 */
async function predict(model, dataset, split, numbers) {
  const outputs = tf.tidy(() => {
    const { xs } = dataset.batch(split, numbers);
    return /** @type {tf.Tensor} */ (model.predict(xs, { batchSize: numbers.length }));
  });
  try {
    return /** @type {Float32Array} */ (await outputs.data());
  } finally {
    outputs.dispose();
  }
}

export { argMax, range, topK };
