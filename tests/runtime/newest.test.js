import assert from 'node:assert/strict';
import test from 'node:test';
import { newestOnly } from '../../site/runtime/newest.js';

/** A task whose runs a test ends by hand. */
function held() {
  const ends = [];
  const task = () => new Promise((end, fail) => ends.push({ end, fail }));
  return { ends, task };
}

const turn = () => new Promise((done) => setImmediate(done));

test('one runs at a time, and what was asked meanwhile is asked once more', async () => {
  const { ends, task } = held();
  const ask = newestOnly(task, assert.fail);
  const first = ask();
  ask();
  ask();
  assert.equal(ends.length, 1);
  ends[0].end();
  await turn();
  assert.equal(ends.length, 2);
  ends[1].end();
  await first;
  assert.equal(ends.length, 2);
});

test('after an answer the next question starts at once', async () => {
  let runs = 0;
  const ask = newestOnly(async () => {
    runs++;
  }, assert.fail);
  await ask();
  await ask();
  assert.equal(runs, 2);
});

test('an error is told, and the next question is asked all the same', async () => {
  const told = [];
  const { ends, task } = held();
  const ask = newestOnly(task, (error) => told.push(error.message));
  const first = ask();
  ends[0].fail(new Error('no'));
  await first;
  const second = ask();
  ends[1].end();
  await second;
  assert.deepEqual(told, ['no']);
});
