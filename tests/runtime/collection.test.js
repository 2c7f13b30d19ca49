import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Collection, missing, unbalanced } from '../../site/runtime/booth/collection.js';

const sample = (label) => ({ label, features: new Float32Array(2), picture: new Blob() });

/** A collection with a recording for each list of labels. */
function recorded(...recordings) {
  const made = new Collection(3);
  for (const labels of recordings) {
    made.begin();
    for (const label of labels) made.add(sample(label));
  }
  return made;
}

test('samples are counted by class and kept in their order', () => {
  const made = recorded([0, 0, 2], [1]);
  assert.deepEqual(made.counts, [2, 1, 1]);
  assert.deepEqual(
    made.samples.map(({ id, label }) => [id, label]),
    [
      [1, 0],
      [2, 0],
      [3, 2],
      [4, 1],
    ],
  );
});

test('one can be removed, once', () => {
  const made = recorded([0, 1]);
  const gone = [];
  made.addEventListener('remove', ({ detail }) => gone.push(detail.id));
  made.remove(1);
  made.remove(1);
  assert.deepEqual([gone, made.counts, made.size], [[1], [0, 1, 0], 1]);
});

test('undo takes back a recording, and one of which nothing is left is passed over', () => {
  const made = recorded([0, 0], [1], []);
  made.remove(3);
  assert.equal(made.undoable, true);
  assert.equal(made.undo(), 2);
  assert.deepEqual([made.size, made.undoable, made.undo()], [0, false, 0]);
});

test('numbers are never given twice', () => {
  const made = recorded([0]);
  made.clear();
  assert.equal(made.add(sample(1)).id, 2);
});

test('adding looks at no other sample', () => {
  const made = recorded([]);
  let touched = 0;
  const watched = new Proxy(sample(0), {
    get: (target, key) => {
      touched++;
      return target[key];
    },
    ownKeys: (target) => Reflect.ownKeys(target),
  });
  for (let i = 0; i < 1000; i++) made.add(sample(i % 3));
  const before = touched;
  made.add(watched);
  assert.ok(touched - before <= 4); // its own three keys
  touched = 0;
  made.add(sample(1));
  assert.equal(touched, 0);
});

test('what is missing is named', () => {
  const names = ['rock', 'paper', 'scissors'];
  assert.equal(missing([0, 3, 0], names), 'There are no samples of rock and scissors yet.');
  assert.equal(missing([0, 0, 0], names), 'There are no samples of rock, paper and scissors yet.');
  assert.match(missing([1, 3, 4], names), /Of rock there is one sample only/);
  assert.equal(missing([2, 3, 4], names), '');
});

test('more than twice as many of one class is said', () => {
  assert.equal(unbalanced([4, 8], ['a', 'b']), '');
  assert.match(
    unbalanced([4, 9], ['a', 'b']),
    /9 samples of b and 4 of a: it will say b too often/,
  );
  assert.equal(unbalanced([0, 9], ['a', 'b']), '');
});
