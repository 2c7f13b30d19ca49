// Choosing what computes a model on this device: by measuring, once, and remembering.
import * as tf from '@tensorflow/tfjs-core';
import { PageError } from './fetch.js';

/**
 * @typedef {'webgl' | 'wasm' | 'cpu' | 'webgpu'} BackendName
 * @typedef {{backend: BackendName, milliseconds: number}} Measured
 */

const RUNS = 5;
const ENOUGH = 1500; // ms that a candidate may take after its warm-up
const KEY = 'prebake-backend:';
const WISH = 'prebake-chosen:';

/** Each loads what it needs when it is asked for. */
const LOADERS = {
  webgl: () => import('@tensorflow/tfjs-backend-webgl'),
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  wasm: () => import('./wasm.js'),
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
};

/**
 * Makes a backend compute from now on.
 * @param {BackendName} name
 * @returns {Promise<boolean>} false if this device cannot
 */
export async function useBackend(name) {
  try {
    await LOADERS[name]();
    // setBackend answers false where it fails and does not throw; what counts is getBackend.
    return (await tf.setBackend(name)) && tf.getBackend() === name;
  } catch {
    return false;
  }
}

/**
 * The time of one prediction, after a warm-up that compiles shaders and moves weights.
 * @param {import('./model.js').CompiledModel} model
 * @param {import('./golden.js').GoldenSamples} golden
 * @returns {Promise<number>} ms, the median of up to five runs
 */
export async function measure(model, golden) {
  const batch = golden.batch(model, 0, 1);
  try {
    await model.run(batch);
    const times = [];
    const started = performance.now();
    while (times.length < RUNS && performance.now() - started < ENOUGH) {
      const before = performance.now();
      await model.run(batch);
      times.push(performance.now() - before);
    }
    times.sort((a, b) => a - b);
    return times[Math.floor(times.length / 2)];
  } finally {
    batch.dispose();
  }
}

/**
 * Picks the fastest of the backends that a model may use: what the visitor chose, what was
 * measured here before, or what a measurement with the model's first golden sample finds.
 * @param {import('./model.js').CompiledModel} model
 * @param {import('./golden.js').GoldenSamples} golden
 * @param {{wish?: string | null, onTry?: (name: BackendName) => void}} [options]
 *   wish: the visitor's choice
 * @returns {Promise<{backend: BackendName, measured: Measured[]}>} in use and warm
 * @throws {PageError} if none works
 */
export async function pickBackend(model, golden, { wish, onTry } = {}) {
  const candidates = /** @type {BackendName[]} */ (model.manifest.backends);
  const key = KEY + model.manifest.digest;
  for (const name of new Set([wish, recall(key)])) {
    const known = candidates.find((candidate) => candidate === name);
    const measured = known ? await measureAll(model, golden, [known], onTry) : [];
    if (measured.length) return { backend: measured[0].backend, measured };
  }
  // A first visit, a driver that changed, a backend that is gone.
  const measured = await measureAll(model, golden, candidates, onTry);
  const [best] = measured;
  if (!best) throw new PageError('This browser can run none of the backends of this model.');
  await useBackend(best.backend);
  remember(key, best.backend);
  return { backend: best.backend, measured };
}

/**
 * @param {import('./model.js').CompiledModel} model
 * @param {import('./golden.js').GoldenSamples} golden
 * @param {BackendName[]} candidates
 * @param {((name: BackendName) => void) | undefined} onTry
 * @returns {Promise<Measured[]>} fastest first
 */
async function measureAll(model, golden, candidates, onTry) {
  /** @type {Measured[]} */
  const measured = [];
  for (const backend of candidates) {
    onTry?.(backend);
    if (!(await useBackend(backend))) continue;
    try {
      measured.push({ backend, milliseconds: await measure(model, golden) });
    } catch {
      // A context that was lost, a kernel that this driver cannot compile: not this one.
    }
  }
  return measured.sort((a, b) => a.milliseconds - b.milliseconds);
}

/**
 * The backend that the visitor chose for a model, here and at an earlier visit.
 * @param {import('./model.js').CompiledModel} model
 * @returns {string | null} null for the fastest
 */
export const recallWish = (model) => recall(WISH + model.manifest.digest);

/**
 * Keeps the visitor's choice for later visits.
 * @param {import('./model.js').CompiledModel} model
 * @param {string} wish empty for the fastest, which is measured anew then
 */
export function keepWish(model, wish) {
  const { digest } = model.manifest;
  if (wish) {
    remember(WISH + digest, wish);
    return;
  }
  forget(WISH + digest);
  forget(KEY + digest);
}

/** @param {string} key */
function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be switched off
  }
}

/** @param {string} key */
function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // then there was nothing to forget
  }
}

/**
 * @param {string} key
 * @param {string} value
 */
function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // then it is measured again next time
  }
}
