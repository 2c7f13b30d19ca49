// Builds models as a page would, saves each with tf.LayersModel.save as a browser's download
// does, and notes what tfjs answers: node save.mjs FOLDER. For each model there is a folder with
// NAME.json, NAME.weights.bin and replay/{index.json, inputs.bin, outputs.bin}.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs-core');
const layers = require('@tensorflow/tfjs-layers');
require('@tensorflow/tfjs-backend-cpu');
console.warn = () => {};

const l = layers.layers;
const { dense, conv2d, flatten, add, concatenate } = l;
// The default, orthogonal, needs tensor.flatten() and the like, which Node's build has not.
const recurrent = (make) => (config) => make({ recurrentInitializer: 'glorotUniform', ...config });
const [lstm, gru, simpleRNN] = [recurrent(l.lstm), recurrent(l.gru), recurrent(l.simpleRNN)];
const [lstmCell, simpleRNNCell] = [recurrent(l.lstmCell), recurrent(l.simpleRNNCell)];
const convLstm2d = recurrent(l.convLstm2d);

const chain = (...stack) => layers.sequential({ layers: stack });
const graph = (inputs, outputs) => layers.model({ inputs, outputs });
const given = (...shape) => layers.input({ shape });

const MODELS = {
  images: () =>
    chain(
      conv2d({ inputShape: [8, 8, 1], filters: 3, kernelSize: 3, activation: 'relu' }),
      l.batchNormalization(),
      l.maxPooling2d({ poolSize: 2 }),
      l.depthwiseConv2d({ kernelSize: 2, dilationRate: 2, padding: 'same' }),
      l.separableConv2d({ filters: 4, kernelSize: 2, activation: 'hardSigmoid' }),
      flatten(),
      l.dropout({ rate: 0.25 }),
      dense({ units: 4, activation: 'softmax', kernelRegularizer: 'l1l2' }),
    ),
  activations: () =>
    chain(
      dense({ inputShape: [6], units: 5, activation: 'swish' }),
      l.leakyReLU(),
      l.prelu(),
      l.activation({ activation: 'hardSigmoid' }),
      l.thresholdedReLU({ theta: 0.2 }),
      l.elu(),
      l.reLU({ maxValue: 1.5 }),
      l.rescaling({ scale: 2, offset: -1 }),
      l.layerNormalization(),
      l.softmax(),
    ),
  recurrent: () =>
    chain(
      lstm({ inputShape: [4, 3], units: 3, returnSequences: true }),
      l.bidirectional({ layer: gru({ units: 2, returnSequences: true }), mergeMode: 'concat' }),
      l.rnn({ cell: [lstmCell({ units: 2 }), simpleRNNCell({ units: 3 })], returnSequences: true }),
      l.timeDistributed({ layer: dense({ units: 4, activation: 'tanh' }) }),
      simpleRNN({ units: 2, goBackwards: true }),
    ),
  frames: () =>
    chain(
      convLstm2d({ inputShape: [3, 5, 5, 1], filters: 2, kernelSize: 2, returnSequences: true }),
      l.timeDistributed({ layer: chain(flatten({ inputShape: [4, 4, 2] }), dense({ units: 3 })) }),
      l.globalMaxPooling1d({}),
    ),
  states: () => {
    const [x, h, c] = [given(4, 3), given(2), given(2)];
    const [sequence, ...states] = lstm({
      units: 2,
      returnState: true,
      returnSequences: true,
    }).apply(x, { initialState: [h, c] });
    const both = l
      .bidirectional({ layer: lstm({ units: 2 }), mergeMode: null })
      .apply(sequence, { initialState: [...states, h, c] });
    return graph([x, h, c], [concatenate().apply(both), states[1]]);
  },
  shared: () => {
    const [a, b] = [given(4), given(4)];
    const shared = dense({ units: 4, name: 'shared' });
    const late = shared.apply(a);
    const early = l.reLU().apply(shared.apply(dense({ units: 4 }).apply(shared.apply(b))));
    return graph([a, b], [add().apply([late, early]), dense({ units: 2 }).apply(late)]);
  },
  nested: () => {
    const inner = given(4);
    const made = dense({ units: 4, activation: 'tanh' }).apply(inner);
    const pair = graph(inner, [made, dense({ units: 3 }).apply(made)]);
    const stack = chain(dense({ inputShape: [4], units: 4, trainable: false }), l.reLU());
    const x = given(4);
    const [one] = pair.apply(stack.apply(x));
    const [two, three] = pair.apply(one);
    return graph(x, [two, stack.apply(three.shape[1] === 4 ? three : one), three]);
  },
  ranks: () => {
    const [x, y] = [given(3, 4), given(4)];
    return graph([x, y], l.multiply().apply([x, y]));
  },
  words: () =>
    chain(
      l.embedding({ inputDim: 9, outputDim: 3, inputLength: 5 }),
      lstm({ units: 3, recurrentActivation: 'sigmoid' }),
      dense({ units: 2 }),
    ),
  masked: () =>
    chain(
      l.embedding({ inputDim: 9, outputDim: 3, inputLength: 5, maskZero: true }),
      l.globalAveragePooling1d({}),
    ),
};

const pattern = (shape, seed) => {
  const size = shape.reduce((product, n) => product * n, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + seed));
};

const bytes = (tensor) => Buffer.from(tensor.dataSync().slice().buffer);

/** A batch for each input: numbers, or words where the model embeds them. */
const inputsFor = (model) =>
  model.inputs.map(({ shape }, i) => {
    const full = [2, ...shape.slice(1)];
    const values = pattern(full, i);
    const embeds = model.layers.some((layer) => layer.getClassName() === 'Embedding');
    return tf.tensor(embeds ? values.map((v) => Math.floor(4 + 4 * v)) : values, full);
  });

/** Saves as tf.io's handler for downloads does. */
const handler = (folder, name) => ({
  save: async ({ weightData, weightSpecs, ...artifacts }) => {
    const manifest = [{ paths: [`./${name}.weights.bin`], weights: weightSpecs }];
    const document = JSON.stringify({ ...artifacts, weightsManifest: manifest });
    writeFileSync(join(folder, `${name}.json`), document);
    writeFileSync(join(folder, `${name}.weights.bin`), Buffer.from(weightData));
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  },
});

const trainImages = async (model) => {
  const labels = tf.oneHot(tf.tensor([0, 1], [2], 'int32'), 4);
  model.compile({ loss: 'categoricalCrossentropy', optimizer: tf.train.adam(0.01) });
  await model.fit(tf.ones([2, 8, 8, 1]), labels, { verbose: 0 });
};

for (const [name, build] of Object.entries(MODELS)) {
  const folder = join(process.argv[2], name);
  const replay = join(folder, 'replay');
  mkdirSync(replay, { recursive: true });
  const model = build();
  const fill = ({ shape }, i) => tf.tensor(pattern(shape, i).map(Math.abs), shape);
  model.setWeights(model.getWeights().map(fill));
  const trained = name === 'images';
  if (trained) await trainImages(model);
  const inputs = inputsFor(model);
  const outputs = [model.predict(inputs.length === 1 ? inputs[0] : inputs)].flat();
  await model.save(handler(folder, name), { includeOptimizer: trained });
  const shapes = [inputs, outputs].map((tensors) => tensors.map(({ shape }) => shape));
  writeFileSync(join(replay, 'index.json'), JSON.stringify(shapes));
  writeFileSync(join(replay, 'inputs.bin'), Buffer.concat(inputs.map(bytes)));
  writeFileSync(join(replay, 'outputs.bin'), Buffer.concat(outputs.map(bytes)));
}
