// Trains a layers model as a page does, with every step's loss: {model, features, labels, shape,
// classes, batch, epochs, rate, momentum} on standard input, {losses, weights} on standard output.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

console.warn = () => {};
const asked = JSON.parse(readFileSync(0, 'utf8'));
await tf.setBackend('cpu');
const document = JSON.parse(readFileSync(asked.model, 'utf8'));
const [group] = document.weightsManifest;
const shards = group.paths.map((path) => readFileSync(join(dirname(asked.model), path)));
const weightData = Uint8Array.from(Buffer.concat(shards)).buffer;
const { modelTopology } = document;
const artifacts = { modelTopology, weightSpecs: group.weights, weightData };
const net = await layers.loadLayersModel({ load: async () => artifacts });
net.compile({
  optimizer: tf.train.momentum(asked.rate, asked.momentum),
  loss: 'categoricalCrossentropy',
});
const each = asked.shape.reduce((product, n) => product * n, 1);
const losses = [];
for (let epoch = 0; epoch < asked.epochs; epoch++) {
  for (let at = 0; at < asked.labels.length; at += asked.batch) {
    const labels = asked.labels.slice(at, at + asked.batch);
    const rows = asked.features.slice(at * each, (at + labels.length) * each);
    const xs = tf.tensor(rows, [labels.length, ...asked.shape]);
    const ys = tf.oneHot(tf.tensor1d(labels, 'int32'), asked.classes);
    losses.push(await net.trainOnBatch(xs, ys));
    tf.dispose([xs, ys]);
  }
}
const weights = net.trainableWeights.map((weight) => ({
  name: weight.originalName,
  values: [...weight.read().dataSync()],
}));
process.stdout.write(JSON.stringify({ losses, weights }));
