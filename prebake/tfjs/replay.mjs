// Runs models in Node. Reads a request as JSON from standard input and answers as one JSON line.
//
// {"root": …, "prove": {"manifest": path}}: replays the golden samples with the modules that
//   the pages run, from raw pixels to answers.
// {"root": …, "answer": {"folder", "inputs", "shape", "out", "backend"}}: a model folder's first
//   output for many inputs, float32 in files; says also how many kernels one pass runs.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const BATCH = 64;
const request = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(join(request.root, 'package.json'));
const tf = require('@tensorflow/tfjs-core');

// tfjs advertises its native binding on standard error.
console.warn = () => {};
console.log = () => {};

const done = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

try {
  if (request.prove) done(await prove(request.prove));
  else done(await answer(request.answer));
} catch (error) {
  const cause = error.cause ? ` (${error.cause.message})` : '';
  done({ error: `${error.message}${cause}` });
}

/** @param {{manifest: string}} job */
async function prove({ manifest }) {
  await use('cpu');
  globalThis.fetch = async (url) => new Response(readFileSync(fileURLToPath(url)));
  const runtime = (name) => import(pathToFileURL(join(request.root, 'site/runtime', name)).href);
  const { loadModel } = await runtime('model.js');
  const { loadGolden } = await runtime('golden.js');
  const model = await loadModel(pathToFileURL(manifest).href);
  const golden = await loadGolden(model);
  return { parity: await golden.compare(model), bound: golden.described.bound };
}

/** @param {{folder: string, inputs: string, shape: number[], out: string, backend: string}} job */
async function answer({ folder, inputs, shape, out, backend }) {
  await use(backend);
  const model = await load(folder);
  const dtype = model.inputs?.[0]?.dtype ?? 'float32';
  const bytes = readFileSync(inputs);
  const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const [count, ...sample] = shape;
  const each = sample.reduce((product, n) => product * n, 1);
  const rows = [];
  let outputShape = [];
  let kernels = 0;
  for (let from = 0; from < count; from += BATCH) {
    const to = Math.min(count, from + BATCH);
    const values = data.slice(from * each, to * each);
    // A graph that takes whole numbers takes nothing else.
    const batch = tf.tensor(values, [to - from, ...sample], dtype === 'int32' ? dtype : 'float32');
    if (from === 0) kernels = await countKernels(model, batch);
    const made = tf.tidy(() => first(model.predict(batch)));
    rows.push(Buffer.from((await made.data()).slice().buffer));
    outputShape = made.shape.slice(1);
    tf.dispose([batch, made]);
  }
  writeFileSync(out, Buffer.concat(rows));
  return { shape: [count, ...outputShape], kernels };
}

async function countKernels(model, batch) {
  const one = tf.slice(batch, 0, 1);
  const { kernels } = await tf.profile(() => first(model.predict(one)));
  return kernels.length;
}

function first(made) {
  return Array.isArray(made) ? made[0] : made;
}

async function use(backend) {
  require(`@tensorflow/tfjs-backend-${backend}`);
  await tf.setBackend(backend);
  await tf.ready();
  if (tf.getBackend() !== backend) throw new Error(`the backend ${backend} does not start in Node`);
}

/** @param {string} folder */
async function load(folder) {
  const document = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  const groups = document.weightsManifest;
  const shards = groups.flatMap((group) => group.paths.map((p) => readFileSync(join(folder, p))));
  const weights = Uint8Array.from(Buffer.concat(shards));
  const artifacts = {
    ...document,
    weightSpecs: groups.flatMap((group) => group.weights),
    weightData: weights.buffer,
  };
  const handler = { load: async () => artifacts };
  return document.format === 'graph-model'
    ? require('@tensorflow/tfjs-converter').loadGraphModel(handler)
    : require('@tensorflow/tfjs-layers').loadLayersModel(handler);
}
