// The dataset with sheets that the packer made for these tests (see test_runtime.py), served from
// their folder: 900 images to learn from and 300 to test with, of 10 classes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import { Dataset } from '../../site/runtime/dataset.js';
import * as tf from '../../site/runtime/tf.js';

const folder = process.env.PREBAKE_PACKED;
const requests = [];
let broken = '';
const server = createServer((request, response) => {
  const name = request.url.slice(1);
  requests.push(name);
  const file = readFileSync(join(folder, name));
  if (name === broken) file[file.length >> 1] ^= 1;
  response.end(file);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
test.after(() => server.close());
const url = `http://127.0.0.1:${server.address().port}/manifest.json`;
await tf.setBackend('cpu');

async function opened() {
  requests.length = 0;
  broken = '';
  return Dataset.open(url);
}

test('only the sheets that are needed are fetched, and only once', async () => {
  const data = await opened();
  assert.deepEqual([data.size('train'), data.size('test'), data.classes.length], [900, 300, 10]);
  const each = data.manifest.splits.train.sheets[0].samples;
  await data.load({ train: each + 1 });
  assert.deepEqual(requests.slice(1).sort(), ['train-000.png', 'train-001.png']);
  assert.equal(data.loaded('train'), 2 * each);
  await data.load({ train: 2 * each });
  assert.equal(requests.length, 3);
});

test('what is to be fetched is known before, and pixels are held as bytes', async () => {
  const data = await opened();
  const [first, second] = data.manifest.splits.train.sheets;
  assert.equal(data.bytesToLoad({ train: first.samples + 1 }), first.bytes + second.bytes);
  await data.load({ train: first.samples + 1 });
  const pixels = (first.samples + second.samples) * 28 * 28;
  assert.ok(data.heldBytes >= pixels && data.heldBytes < 1.1 * pixels, `${data.heldBytes} bytes`);
});

test('any first part holds every class in proportion', async () => {
  const data = await opened();
  const { counts, samples } = data.manifest.splits.train;
  const seen = new Array(10).fill(0);
  for (let i = 0; i < 500; i++) seen[data.label('train', i)]++;
  for (const [label, count] of seen.entries()) {
    assert.ok(Math.abs(count - (500 * counts[label]) / samples) <= 5, `${label}: ${count}`);
  }
});

test('batches have the shapes, the range and the labels they should, and leave nothing', async () => {
  const data = await opened();
  await data.load({ train: 100, test: 100 });
  const before = tf.memory().numTensors;
  for (const { xs, labels } of [data.nextTrainBatch(7), data.nextTestBatch(7)]) {
    assert.deepEqual(xs.shape, [7, 28, 28, 1]);
    assert.deepEqual(labels.shape, [7, 10]);
    const [values, hot] = [xs.dataSync(), labels.dataSync()];
    assert.equal(Math.max(...values), 1);
    assert.equal(Math.min(...values), 0);
    for (let i = 0; i < 7; i++) {
      assert.equal(
        hot.slice(i * 10, i * 10 + 10).reduce((a, b) => a + b),
        1,
      );
    }
    tf.dispose([xs, labels]);
  }
  assert.equal(tf.memory().numTensors, before);
});

test('pixels are those of the dataset, with their labels', async () => {
  const data = await opened();
  await data.load({ test: 20 });
  const { xs, labels } = data.batch('test', [3, 11]);
  const wanted = [...data.pixels('test', 3), ...data.pixels('test', 11)].map((v) => v / 255);
  assert.deepEqual([...xs.dataSync()], [...Float32Array.from(wanted)]);
  assert.deepEqual(
    [...tf.argMax(labels, 1).dataSync()],
    [data.label('test', 3), data.label('test', 11)],
  );
});

test('the shuffle is endless, seeded, and misses nobody', async () => {
  const data = await opened();
  await data.load({ test: 1 });
  const all = data.loaded('test');
  const deal = (count) => {
    const { xs, labels } = data.nextTestBatch(count);
    const sums = [...tf.sum(xs, [1, 2, 3]).dataSync()];
    tf.dispose([xs, labels]);
    return sums;
  };
  data.reseed(5);
  const round = deal(all);
  const second = deal(all);
  data.reseed(5);
  assert.deepEqual(deal(all), round);
  assert.notDeepEqual(second, round);
  assert.deepEqual([...second].sort(), [...round].sort());
});

test('batches for fitDataset go once through, anew for each epoch', async () => {
  const data = await opened();
  await data.load({ train: 25 });
  const passes = [];
  const batches = data.batches('train', { to: 25, batchSize: 10, seed: 1 });
  for (let epoch = 0; epoch < 2; epoch++) {
    const iterator = await batches.iterator();
    const sums = [];
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
      sums.push(...tf.sum(step.value.xs, [1, 2, 3]).dataSync());
    }
    passes.push(sums);
  }
  assert.equal(batches.size, 3);
  assert.equal(passes[0].length, 25);
  assert.notDeepEqual(passes[0], passes[1]);
  assert.deepEqual([...passes[0]].sort(), [...passes[1]].sort());
});

test('a damaged sheet is a sentence, what had arrived is kept, and a retry repairs it', async () => {
  const data = await opened();
  const each = data.manifest.splits.train.sheets[0].samples;
  await data.load({ train: each });
  broken = 'train-001.png';
  await assert.rejects(
    data.load({ train: 2 * each }),
    /train-001.png are not as they were published/,
  );
  assert.equal(data.loaded('train'), each);
  broken = '';
  await data.load({ train: 2 * each });
  assert.equal(data.loaded('train'), 2 * each);
});

test('an aborted load says so', async () => {
  const data = await opened();
  const controller = new AbortController();
  controller.abort();
  await assert.rejects(data.load({ train: 1 }, { signal: controller.signal }), {
    name: 'AbortError',
  });
});

test('progress ends at the total', async () => {
  const data = await opened();
  const told = [];
  data.addEventListener('progress', (event) => told.push(event.detail));
  await data.load({ train: 900 });
  const last = told.at(-1);
  assert.equal(last.bytes, last.total);
  assert.ok(told.length > 3);
});

test('another format is refused', async () => {
  const other = createServer((_, response) => response.end('{"format": "other/9"}'));
  await new Promise((done) => other.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${other.address().port}/manifest.json`;
  await assert.rejects(Dataset.open(address), /build the site again/);
  other.close();
});
