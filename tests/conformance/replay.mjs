// Loads models with tfjs on its cpu backend and compares what they answer with what Keras did.
// Reads a JSON list of jobs {id, folder, batches} from standard input; each batch has inputs and
// outputs, and each of those is {dtype, shape, file, offset}. Prints one JSON line for each job:
// {id, stage: "compared", errors} with one number or null (another shape, or not a number) for
// each output, or {id, stage: "load" | "predict", message}.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';

console.warn = () => {};

const bytesOf = (file) => {
  const bytes = readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
};

const handler = (folder) => ({
  load: async () => {
    const written = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
    const paths = written.weightsManifest.flatMap((group) => group.paths);
    return {
      modelTopology: written.modelTopology,
      weightSpecs: written.weightsManifest.flatMap((group) => group.weights),
      weightData: paths.map((path) => bytesOf(join(folder, path))),
    };
  },
});

const valuesOf = ({ shape, file, offset }) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return new Float32Array(bytesOf(file), 4 * offset, size);
};

const toTensor = (saved) => tf.tensor(valuesOf(saved), saved.shape, saved.dtype);

const sameShape = (one, other) =>
  one.length === other.length && one.every((size, axis) => size === other[axis]);

/** The largest difference, relative where the expected numbers are larger than one. */
const errorOf = (tensor, expected) => {
  if (tensor == null || !sameShape(tensor.shape, expected.shape)) return null;
  const numbers = tensor.dataSync();
  const wanted = valuesOf(expected);
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const differences = wanted.map((value, index) => Math.abs(value - numbers[index]));
  if (differences.some(Number.isNaN)) return null;
  return differences.reduce((most, value) => Math.max(most, value), 0) / largest;
};

const compareBatch = (model, batch) => {
  const inputs = batch.inputs.map(toTensor);
  const answered = model.predict(inputs.length === 1 ? inputs[0] : inputs);
  const outputs = Array.isArray(answered) ? answered : [answered];
  if (outputs.length !== batch.outputs.length) return [null];
  return outputs.map((tensor, index) => errorOf(tensor, batch.outputs[index]));
};

const replay = async ({ id, folder, batches }) => {
  let stage = 'load';
  try {
    const model = await loadLayersModel(handler(folder));
    stage = 'predict';
    const errors = batches.flatMap((batch) => tf.tidy(() => compareBatch(model, batch)));
    model.dispose();
    return { id, stage: 'compared', errors };
  } catch (error) {
    return { id, stage, message: String(error.message ?? error) };
  }
};

for (const job of JSON.parse(readFileSync(0, 'utf8'))) {
  console.log(JSON.stringify(await replay(job)));
}
