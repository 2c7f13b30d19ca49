import assert from 'node:assert/strict';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '../../site/runtime/tf.js';
import { adam, disposeModel, train } from '../../site/runtime/training.js';

await tf.setBackend('cpu');

/** Points on a line through the origin of two numbers: class 1 above it. */
function points(count) {
  const size = Math.ceil(count / 10);
  const iterator = async () => {
    let at = 0;
    return {
      next: async () => {
        if (at >= count) return { done: true, value: null };
        const x = Array.from({ length: 10 }, (_, i) => [Math.sin(at + i), Math.cos(3 * (at + i))]);
        at += 10;
        const ys = tf.tensor2d(x.map(([a, b]) => (a > b ? [0, 1] : [1, 0])));
        return { done: false, value: { xs: tf.tensor2d(x), ys } };
      },
    };
  };
  return { size, iterator };
}

function model(rate) {
  const kernelInitializer = tf.initializers.varianceScaling({ seed: 1 });
  const made = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [2], units: 2, activation: 'softmax', kernelInitializer }),
    ],
  });
  made.compile({ optimizer: adam(rate), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return made;
}

test('the loss falls, every point is told, and nothing is left', async () => {
  const before = tf.memory().numTensors;
  const made = model(0.1);
  const told = [];
  const run = await train(made, points(100), {
    validation: points(20),
    epochs: 4,
    onBatch: (point, _, left) => told.push([point.epoch, left]),
  });
  assert.equal(run.epochs.length, 4);
  assert.equal(run.batches.length, 40);
  assert.ok(run.epochs[3].loss < run.epochs[0].loss);
  assert.ok(run.epochs[3].val_acc > 0.8);
  assert.equal(run.stopped, false);
  assert.equal(told.at(-1)[0], 4);
  assert.equal(told.at(-1)[1], 0);
  assert.ok(run.imagesPerSecond > 0);
  disposeModel(made);
  assert.equal(tf.memory().numTensors, before);
});

test('a stop ends it after the batch under way, without half an epoch', async () => {
  const controller = new AbortController();
  const made = model(0.1);
  const run = await train(made, points(100), {
    validation: points(20),
    epochs: 50,
    signal: controller.signal,
    onBatch: (point) => point.epoch > 1.25 && controller.abort(),
  });
  assert.equal(run.stopped, true);
  assert.equal(run.epochs.length, 1);
  assert.ok(run.batches.length < 20);
  disposeModel(made);
});

test('a loss that is no number ends it', async () => {
  const made = model(Number.POSITIVE_INFINITY);
  const run = await train(made, points(100), { validation: points(20), epochs: 9 });
  assert.equal(run.stopped, true);
  assert.ok(Number.isNaN(run.batches.at(-1).loss));
  assert.ok(run.batches.length < 10);
  disposeModel(made);
});
