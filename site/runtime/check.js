// What `python build.py check` runs in the browser; no part of any page.
import * as tf from '@tensorflow/tfjs-core';
import { measure, useBackend } from './backends.js';
import { loadGolden } from './golden.js';
import { loadModel } from './model.js';

/**
 * Replays a model's golden samples on a backend.
 * @param {string} url of the manifest
 * @param {import('./backends.js').BackendName} backend
 */
async function check(url, backend) {
  try {
    if (!(await useBackend(backend))) return { backend: tf.getBackend() || 'none' };
    const model = await loadModel(url);
    const golden = await loadGolden(model);
    const parity = await golden.compare(model);
    const latency = await measure(model, golden);
    const held = tf.memory().numTensors;
    await golden.compare(model);
    const leaked = tf.memory().numTensors - held;
    if (leaked) return { error: `a prediction leaves ${leaked} tensor(s) behind` };
    const worst = Number.isFinite(parity.max_abs_error) ? parity.max_abs_error : null;
    return {
      backend: tf.getBackend(),
      parity: { ...parity, max_abs_error: worst },
      bound: golden.described.bound,
      latency_ms: latency,
    };
  } catch (error) {
    const { message, cause } = /** @type {Error} */ (error);
    return { error: cause ? `${message} (${/** @type {Error} */ (cause).message})` : message };
  }
}

Object.assign(globalThis, { prebakeCheck: check });
document.body.dataset.ready = 'true';
