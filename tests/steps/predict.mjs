// Predicts images with a compiled model, as a page does: {root, manifest, images} on standard
// input, the classes and probabilities on standard output.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

console.warn = () => {};
const request = JSON.parse(readFileSync(0, 'utf8'));
globalThis.fetch = async (url) => new Response(readFileSync(fileURLToPath(url)));
await tf.setBackend('cpu');
const runtime = pathToFileURL(join(request.root, 'site/runtime/model.js')).href;
const { loadModel } = await import(runtime);
const model = await loadModel(pathToFileURL(request.manifest).href);
const images = request.images.map(({ data, ...size }) => ({
  ...size,
  data: Uint8Array.from(Buffer.from(data, 'base64')),
}));
const probabilities = await model.predict(images);
process.stdout.write(JSON.stringify(probabilities.map((row) => [...row])));
