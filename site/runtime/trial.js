// Trying a network that a visitor brings before it takes the place of another.
import { PageError } from './fetch.js';
import * as tf from './tf.js';

/**
 * Asks a network once, about nothing: what it answers are numbers.
 * @param {tf.LayersModel} model
 * @param {number[]} shape of one input
 * @throws {PageError} if they are not; then the network is freed
 */
export async function demandAnswers(model, shape) {
  const answers = tf.tidy(() => {
    const made = model.predict(tf.zeros([1, ...shape]));
    return /** @type {tf.Tensor} */ (Array.isArray(made) ? made[0] : made);
  });
  const values = await answers.data();
  answers.dispose();
  if (values.every(Number.isFinite)) return;
  model.dispose();
  throw new PageError('That model answers with NaN or infinity: nothing was taken.');
}
