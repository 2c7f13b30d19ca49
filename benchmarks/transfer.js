// Fine-tuning in the page, in three ways; benchmarks/transfer.py bundles this and runs it.
import { useBackend } from '../site/runtime/backends.js';
import { Dataset } from '../site/runtime/dataset.js';
import { random } from '../site/runtime/random.js';
import * as tf from '../site/runtime/tf.js';
import { adam } from '../site/runtime/training.js';
import { categoricalCrossentropy } from '../site/runtime/transfer/loss.js';
import { Pair } from '../site/runtime/transfer/pair.js';

const SETTINGS = { loss: categoricalCrossentropy, metrics: ['accuracy'] };

/** The most tensors, and bytes of them, that there were after any kernel of some work. */
async function measured(work) {
  const engine = tf.engine();
  const before = tf.memory();
  const peak = { tensors: 0, megabytes: 0 };
  const run = engine.runKernel.bind(engine);
  engine.runKernel = (...given) => {
    const made = run(...given);
    const { numTensors, numBytes } = tf.memory();
    peak.tensors = Math.max(peak.tensors, numTensors - before.numTensors);
    peak.megabytes = Math.max(peak.megabytes, (numBytes - before.numBytes) / 1e6);
    return made;
  };
  const began = performance.now();
  try {
    return { ...(await work()), seconds: (performance.now() - began) / 1000, ...peak };
  } finally {
    engine.runKernel = run;
  }
}

/** The first images of the training split, which holds every class in proportion. */
async function images(url, count) {
  const dataset = await Dataset.open(url);
  await dataset.load({ train: count });
  return Array.from({ length: count }, (_, i) => ({
    image: { ...dataset.tile, data: dataset.pixels('train', i) },
    label: dataset.label('train', i),
  }));
}

/** As the original does it: the whole network for every image of every epoch, all in memory. */
async function whole(model, { trained, dataset, base, count, epochs, batch, rate }) {
  await useBackend('webgl');
  const net = await tf.loadLayersModel(model);
  for (const layer of net.layers) layer.trainable = trained.includes(layer.name);
  const { preprocess } = (await Pair.open(base)).base;
  const samples = await images(dataset, count);
  return measured(async () => {
    net.compile({ optimizer: adam(rate), ...SETTINGS });
    const each = samples.map(({ image }) => {
      const { data, shape } = preprocess.applyAll([image]);
      return tf.tensor(data, shape);
    });
    const xs = tf.concat(each);
    const ys = tf.oneHot(
      samples.map(({ label }) => label),
      2,
    );
    const options = { epochs, batchSize: batch, validationSplit: 0.2, shuffle: false };
    const { history } = await net.fit(xs, ys, options);
    return { accuracy: history.val_acc.at(-1), backends: tf.getBackend() };
  });
}

/** As prebake does it: the base once for each image, then the tail alone. */
async function split({ dataset, base, count, epochs, batch, rate }) {
  const pair = await Pair.open(base);
  // Once for a device: what was found is remembered.
  const picked = await measured(async () => ({ backends: (await pair.pick())[0].backend }));
  const samples = await images(dataset, count);
  const held = Math.round(count * 0.2);
  const once = await measured(async () => {
    const features = await pair.features(samples.map(({ image }) => image));
    const known = samples.map(({ label }, i) => ({ label, features: features[i] }));
    return { known, ...(await tail(pair, known, held, { epochs, batch, rate })) };
  });
  const again = await measured(() => tail(pair, once.known, held, { epochs, batch, rate }));
  const { known, ...first } = once;
  const backends = Object.values(pair.backends).join(' + ');
  return { picked, first: { ...first, backends }, again };
}

async function tail(pair, known, held, { epochs, batch, rate }) {
  return pair.training(async () => {
    const net = await pair.fresh();
    net.compile({ optimizer: adam(rate), ...SETTINGS });
    const { history } = await net.fitDataset(
      pair.batches(known.slice(0, -held), { batchSize: batch, next: random(1) }),
      { epochs, validationData: pair.batches(known.slice(-held), { batchSize: batch }) },
    );
    net.dispose();
    return { accuracy: history.val_acc.at(-1) };
  });
}

const normed = (given) => whole(given.models.normed, given);
const folded = (given) => whole(given.models.folded, given);

Object.assign(globalThis, { normed, folded, split });
document.body.dataset.ready = 'true';
