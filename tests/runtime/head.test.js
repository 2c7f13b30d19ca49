import assert from 'node:assert/strict';
import { test } from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import { createHead } from '../../site/runtime/booth/head.js';
import * as tf from '../../site/runtime/tf.js';

await tf.setBackend('cpu');
const GIVEN = { shape: [3, 3, 8], classes: 5, units: 7, flatten: false, seed: 4 };

/** The answers to one picture's features, and what the network holds. */
function made(changes = {}) {
  const net = createHead({ ...GIVEN, ...changes });
  const answers = tf.tidy(() => [...net.predict(tf.ones([1, ...GIVEN.shape])).dataSync()]);
  const parameters = net.countParams();
  net.dispose();
  return { answers, parameters };
}

test('pooled features are a mean of each channel, flattened ones all of them', () => {
  assert.equal(made().parameters, 8 * 7 + 7 + 7 * 5 + 5);
  assert.equal(made({ flatten: true }).parameters, 72 * 7 + 7 + 7 * 5 + 5);
});

test('units and classes are those that were chosen', () => {
  const { answers, parameters } = made({ units: 2, classes: 3 });
  assert.equal(answers.length, 3);
  assert.equal(parameters, 8 * 2 + 2 + 2 * 3 + 3);
});

test('the same seed begins with the same weights, another one with others', () => {
  assert.deepEqual(made().answers, made().answers);
  assert.notDeepEqual(made().answers, made({ seed: 5 }).answers);
});

test('answers are logits, and nothing is left behind', () => {
  const before = tf.memory().numTensors;
  const { answers } = made();
  assert.ok(Math.abs(answers.reduce((sum, each) => sum + each, 0) - 1) > 1e-3);
  assert.equal(tf.memory().numTensors, before);
});
