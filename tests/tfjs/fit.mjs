// Goes on training layers models in Node: {root, jobs: [{folder, inputs, shape, targets,
// targetShape, steps}]} on standard input; for each the losses and the last weights.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';

console.warn = () => {};
const request = JSON.parse(readFileSync(0, 'utf8'));
await tf.setBackend('cpu');
const answers = [];
for (const job of request.jobs) {
  const document = JSON.parse(readFileSync(join(job.folder, 'model.json'), 'utf8'));
  const [group] = document.weightsManifest;
  const shards = group.paths.map((path) => readFileSync(join(job.folder, path)));
  const weightData = Uint8Array.from(Buffer.concat(shards)).buffer;
  const load = async () => ({ ...document, weightSpecs: group.weights, weightData });
  const model = await loadLayersModel({ load });
  const x = tf.tensor(job.inputs, job.shape);
  const y = tf.tensor(job.targets, job.targetShape);
  const losses = [];
  for (let step = 0; step < job.steps; step++) {
    const made = await model.trainOnBatch(x, y);
    losses.push(Array.isArray(made) ? made[0] : made);
  }
  const weights = model.getWeights().map((weight) => [...weight.dataSync()]);
  answers.push({ losses, weights });
}
process.stdout.write(JSON.stringify(answers));
