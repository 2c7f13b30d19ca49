// Choosing what computes: WebGL where the device has it, else plain JavaScript.
import { PageError } from './fetch.js';
import * as tf from './tf.js';

/**
 * Makes a backend ready and says which it is. `setBackend` answers false where it fails and
 * does not throw, so what counts is `getBackend` afterwards.
 * @returns {Promise<'webgl' | 'cpu'>}
 * @throws {PageError} if none works
 */
export async function startBackend() {
  if (await use('webgl')) return 'webgl';
  await import('@tensorflow/tfjs-backend-cpu');
  if (await use('cpu')) return 'cpu';
  throw new PageError('This browser can run neither WebGL nor the JavaScript backend.');
}

/** @param {string} name */
async function use(name) {
  try {
    return (await tf.setBackend(name)) && tf.getBackend() === name;
  } catch {
    return false;
  }
}
