import assert from 'node:assert/strict';
import test from 'node:test';
import { PageError } from '../../site/runtime/fetch.js';
import { readNote } from '../../site/runtime/keep.js';
import { readOriginNote } from '../../site/runtime/transfer/origin.js';
import { readModelFiles } from '../../site/runtime/uploaded.js';

const SPECS = [
  { name: 'a/kernel', shape: [2, 3], dtype: 'float32' },
  { name: 'a/bias', shape: [3], dtype: 'float32' },
];
const WHOLE = {
  modelTopology: {},
  weightsManifest: [{ paths: ['./m.weights.bin'], weights: SPECS }],
};

const json = (value) =>
  new File([typeof value === 'string' ? value : JSON.stringify(value)], 'm.json');
const bin = (values, name = 'm.weights.bin') => new File([Float32Array.from(values)], name);
const nine = (value = 1) => Array.from({ length: 9 }, () => value);
const read = (...files) => readModelFiles(files, 'm');
const changed = (spec) => ({
  ...WHOLE,
  weightsManifest: [{ weights: [{ ...SPECS[0], ...spec }, SPECS[1]] }],
});

test('what a page has saved is read', async () => {
  const { weightSpecs, weightData } = await read(json(WHOLE), bin(nine()));
  assert.deepEqual([weightSpecs, weightData.byteLength], [SPECS, 36]);
});

test('weights in several files are joined as the document names them', async () => {
  const manifest = [{ paths: ['one.bin', 'two.bin'], weights: SPECS }];
  const parts = [bin([7, 8, 9], 'two.bin'), bin([1, 2, 3, 4, 5, 6], 'one.bin')];
  const { weightData } = await read(json({ ...WHOLE, weightsManifest: manifest }), ...parts);
  assert.deepEqual([...new Float32Array(weightData)], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

for (const [what, document] of [
  ['no JSON', '<!doctype html>'],
  ['nothing', ''],
  ['null', 'null'],
  ['a number', '7'],
  ['a list', '[]'],
  ['a list without an end', '['.repeat(100_000)],
  ['no topology', { weightsManifest: [] }],
  ['a topology that is a text', { ...WHOLE, modelTopology: 'x' }],
  ['no manifest', { modelTopology: {} }],
  ['a manifest that is a text', { ...WHOLE, weightsManifest: 'x' }],
  ['a shape that is a text', changed({ shape: '23' })],
  ['a size that is none', changed({ shape: [2, -3] })],
  ['a size that is a text', changed({ shape: [2, '3'] })],
  ['an unknown type', changed({ dtype: 'toString' })],
  ['quantised weights', changed({ quantization: { dtype: 'uint8', scale: 1, min: 0 } })],
  ['a weight that is null', { ...WHOLE, weightsManifest: [{ weights: [null] }] }],
]) {
  test(`a description that is ${what} is a sentence`, async () => {
    await assert.rejects(read(json(document), bin(nine())), (error) => {
      assert.ok(error instanceof PageError, String(error));
      assert.match(error.message, /not a model that TensorFlow.js can read/);
      return true;
    });
  });
}

test('weights that are cut off, or longer, are refused', async () => {
  const short = /have 32 bytes, but m.json describes 36: the file was cut off/;
  await assert.rejects(read(json(WHOLE), bin(nine().slice(1))), short);
  await assert.rejects(read(json(WHOLE), bin([...nine(), 1])), /have 40 bytes/);
});

for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
  test(`weights that are ${value} are refused`, async () => {
    const weights = [...nine().slice(1), value];
    await assert.rejects(read(json(WHOLE), bin(weights)), /"a.bias" hold NaN or infinity/);
  });
}

test('one file alone is a sentence', async () => {
  await assert.rejects(read(json(WHOLE)), /Choose both files of the model together: m.json and/);
  await assert.rejects(read(bin(nine())), /Choose both files/);
});

test('files without end are not read', async () => {
  const huge = { name: 'm.weights.bin', size: 2 ** 40, arrayBuffer: () => assert.fail('read') };
  await assert.rejects(read(json(WHOLE), huge), /at most 256 are read/);
});

test('of a note only what can be is believed', () => {
  const saved = '2026-01-02T03:04:05.000Z';
  assert.deepEqual(readNote({ saved, accuracy: 0.9, images: 500 }), {
    saved,
    accuracy: 0.9,
    images: 500,
  });
  const own = { saved, labels: ['a', 'b'], base: 'abc' };
  assert.deepEqual(readOriginNote(own), own);
  assert.deepEqual(readNote(own), { saved });
  for (const labels of ['ab', [1, 2], { join: 1 }, null]) {
    assert.deepEqual(readOriginNote({ saved, labels, base: 7 }), { saved });
  }
  const odd = [null, undefined, 7, 'x', [], { saved: 'soon', accuracy: 'NaN', images: -1 }];
  for (const each of [...odd, { saved: {}, accuracy: 7, images: 1.5 }, { accuracy: Number.NaN }]) {
    assert.deepEqual(readNote(each), { saved: '' });
  }
});
