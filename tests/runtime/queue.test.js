import assert from 'node:assert/strict';
import test from 'node:test';
import { inOrder } from '../../site/runtime/inspect/queue.js';

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

test('items are finished in order, however long each takes to prepare', async () => {
  const finished = [];
  let preparing = 0;
  let most = 0;
  const count = await inOrder([30, 1, 10, 1, 5], {
    prepare: async (ms) => {
      most = Math.max(most, ++preparing);
      await wait(ms);
      preparing--;
      return ms * 2;
    },
    finish: async (ready, item) => {
      finished.push([item, ready]);
    },
    onRefused: assert.fail,
  });
  assert.equal(count, 5);
  assert.deepEqual(finished, [
    [30, 60],
    [1, 2],
    [10, 20],
    [1, 2],
    [5, 10],
  ]);
  assert.equal(most, 3);
});

test('what is refused is named, and the rest goes on', async () => {
  const [finished, refused, progress] = [[], [], []];
  await inOrder(['a', 'bad', 'c', 'worse'], {
    prepare: async (item) => {
      if (item === 'bad') throw new Error('unreadable');
      return item;
    },
    finish: async (item) => {
      if (item === 'worse') throw new Error('no answer');
      finished.push(item);
    },
    onRefused: (error, item) => refused.push(`${item}: ${error.message}`),
    onProgress: (done, total) => progress.push(`${done} of ${total}`),
  });
  assert.deepEqual(finished, ['a', 'c']);
  assert.deepEqual(refused, ['bad: unreadable', 'worse: no answer']);
  assert.deepEqual(progress, ['1 of 4', '2 of 4', '3 of 4', '4 of 4']);
});

test('it stops before the next item', async () => {
  const controller = new AbortController();
  const finished = [];
  const count = await inOrder([1, 2, 3, 4], {
    prepare: async (item) => item,
    finish: async (item) => {
      finished.push(item);
      if (item === 2) controller.abort();
    },
    onRefused: assert.fail,
    signal: controller.signal,
  });
  assert.deepEqual(finished, [1, 2]);
  assert.equal(count, 2);
});
