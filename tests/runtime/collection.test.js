import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Collection, leftOut, missing, unbalanced } from '../../site/runtime/booth/collection.js';

const sample = (label, sum = 0) => {
  return { label, features: new Float32Array(2), picture: new Blob(), sum };
};

/** A collection with a recording for each list of labels. */
function recorded(...recordings) {
  const made = new Collection(3);
  for (const labels of recordings) {
    const recording = made.begin();
    for (const label of labels) made.add(sample(label), recording);
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

test('undo takes back recordings, the last one first; those that are empty are passed over', () => {
  const made = recorded([0, 0], [1], []);
  assert.deepEqual(made.undo(), { gone: 1, back: 0 });
  assert.deepEqual(made.undo(), { gone: 2, back: 0 });
  assert.deepEqual([made.size, made.undoable], [0, false]);
  assert.deepEqual(made.undo(), { gone: 0, back: 0 });
});

test('undo puts back what was taken out, in its place', () => {
  const made = recorded([0, 0], [1]);
  made.remove(1);
  made.remove(3);
  assert.deepEqual(made.undo(), { gone: 0, back: 1 });
  assert.deepEqual(made.undo(), { gone: 0, back: 1 });
  assert.deepEqual(
    made.samples.map(({ id, label }) => [id, label]),
    [
      [1, 0],
      [2, 0],
      [3, 1],
    ],
  );
  assert.deepEqual(made.counts, [2, 1, 0]);
  assert.deepEqual(made.undo(), { gone: 1, back: 0 });
});

test('what is recorded after something was taken out is undone by itself', () => {
  const made = recorded([0]);
  made.remove(1);
  made.add(sample(2), made.begin());
  assert.deepEqual(made.undo(), { gone: 1, back: 0 });
  assert.deepEqual(made.undo(), { gone: 0, back: 1 });
});

test('what comes for a recording that was taken back, or forgotten, is dropped', () => {
  const made = recorded([1]);
  const recording = made.begin();
  made.add(sample(0), recording);
  assert.deepEqual(made.undo(), { gone: 1, back: 0 });
  made.add(sample(0), recording);
  assert.deepEqual(made.counts, [0, 1, 0]);
  const other = made.begin();
  made.clear();
  made.add(sample(0), other);
  assert.deepEqual([made.size, made.undoable], [0, false]);
});

test('a picture is known by its class and its sum, as long as it is there', () => {
  const made = new Collection(3);
  const recording = made.begin();
  made.add(sample(1, 77), recording);
  made.add(sample(1, 77), recording);
  assert.deepEqual([made.has(1, 77), made.has(2, 77), made.has(1, 78)], [true, false, false]);
  made.remove(1);
  assert.equal(made.has(1, 77), true);
  made.remove(2);
  assert.equal(made.has(1, 77), false);
  made.undo();
  assert.equal(made.has(1, 77), true);
});

test('samples of an earlier visit are there and not undone', () => {
  const made = new Collection(3);
  const added = [];
  made.addEventListener('add', ({ detail }) => added.push(detail.id));
  const back = made.restore([sample(1), sample(2)]);
  assert.deepEqual(
    back.map(({ id }) => id),
    [1, 2],
  );
  assert.deepEqual([added, made.counts, made.undoable], [[1, 2], [0, 1, 1], false]);
  made.add(sample(0), made.begin());
  made.undo();
  assert.deepEqual(made.counts, [0, 1, 1]);
});

test('what was forgotten does not come back', () => {
  const made = recorded([0, 1]);
  made.remove(1);
  made.clear();
  assert.deepEqual([made.size, made.undoable, made.undo()], [0, false, { gone: 0, back: 0 }]);
});

test('numbers are never given twice', () => {
  const made = recorded([0]);
  made.clear();
  made.add(sample(1), made.begin());
  assert.equal(made.samples[0].id, 2);
});

test('adding looks at no other sample', () => {
  const made = recorded([]);
  const recording = made.begin();
  let touched = 0;
  const watched = new Proxy(sample(0), {
    get: (target, key) => {
      touched++;
      return target[key];
    },
    ownKeys: (target) => Reflect.ownKeys(target),
  });
  for (let i = 0; i < 1000; i++) made.add(sample(i % 3), recording);
  const before = touched;
  made.add(watched, recording);
  assert.ok(touched - before <= 5); // its own four keys
  touched = 0;
  made.add(sample(1), recording);
  assert.equal(touched, 0);
});

test('what is missing is named', () => {
  const names = ['rock', 'paper', 'scissors'];
  const two = 'two of rock, paper or scissors are enough to begin.';
  assert.equal(missing([0, 3, 0], names), `There are samples of paper only; ${two}`);
  assert.equal(missing([0, 0, 0], names), `There are no samples yet; ${two}`);
  assert.match(missing([1, 3, 4], names), /Of rock there is one sample only/);
  assert.equal(missing([2, 0, 4], names), '');
  assert.equal(missing([2, 3, 4], names), '');
});

test('classes without samples are left out and named', () => {
  const names = ['rock', 'paper', 'scissors', 'lizard', 'Spock'];
  assert.equal(leftOut([2, 3, 4, 0, 0], names), 'Left out, without samples: lizard and Spock.');
  assert.equal(leftOut([2, 3, 4, 1, 1], names), '');
  assert.match(unbalanced([2, 9, 4, 0, 0], names), /9 samples of paper and 2 of rock/);
});

test('more than twice as many of one class is said', () => {
  assert.equal(unbalanced([4, 8], ['a', 'b']), '');
  assert.match(
    unbalanced([4, 9], ['a', 'b']),
    /9 samples of b and 4 of a: it will say b too often/,
  );
  assert.equal(unbalanced([0, 9], ['a', 'b']), '');
});
