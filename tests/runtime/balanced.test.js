import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdOutGroups, holdOutLast, pickBalanced } from '../../site/runtime/balanced.js';

/** 66 of one class and 54 of the other, on six slides, as a careless table has them. */
const LABELS = Array.from({ length: 120 }, (_, i) => Number(i % 20 >= 11));
const SLIDES = LABELS.map((_, i) => `slide ${Math.floor(i / 20)}`);

const count = (list, value) => list.filter((each) => each === value).length;

test('every class counts exactly the same, whatever the table has', () => {
  const { indices, problem } = pickBalanced(LABELS, SLIDES, 60, 2, 1);
  assert.equal(problem, '');
  assert.equal(new Set(indices).size, 60);
  const labels = indices.map((i) => LABELS[i]);
  assert.deepEqual([count(labels, 0), count(labels, 1)], [30, 30]);
});

test('the groups are drawn from in turn', () => {
  const { indices } = pickBalanced(LABELS, SLIDES, 24, 2, 3);
  for (let slide = 0; slide < 6; slide++) {
    const own = indices.filter((i) => SLIDES[i] === `slide ${slide}`);
    assert.deepEqual(
      [
        count(
          own.map((i) => LABELS[i]),
          0,
        ),
        own.length,
      ],
      [2, 4],
    );
  }
});

test('the same seed picks the same, another one others', () => {
  const pick = (seed) => pickBalanced(LABELS, SLIDES, 40, 2, seed).indices;
  assert.deepEqual(pick(5), pick(5));
  assert.notDeepEqual(pick(5), pick(6));
});

test('with fewer than asked for there are fewer of all, and a sentence', () => {
  const { indices, problem } = pickBalanced([0, 0, 0, 0, 1], null, 8, 2, 1);
  assert.equal(indices.length, 2);
  assert.match(problem, /only 1 of one class, so that 1 of each/);
});

test('a class without samples leaves nothing', () => {
  const { indices, problem } = pickBalanced([0, 0], null, 2, 2, 1);
  assert.deepEqual(indices, []);
  assert.match(problem, /only 0/);
});

test('an odd number is rounded down', () => {
  assert.equal(pickBalanced(LABELS, null, 25, 2, 1).indices.length, 24);
});

test('no group is on both sides, and classes are held back in proportion', () => {
  const { learn, held, problem } = holdOutGroups(LABELS, SLIDES, 1 / 3, 2);
  assert.equal(problem, '');
  assert.equal(learn.length + held.length, 120);
  const heldSlides = new Set(held.map((i) => SLIDES[i]));
  assert.equal(heldSlides.size, 2);
  assert.ok(learn.every((i) => !heldSlides.has(SLIDES[i])));
  assert.deepEqual(
    [
      count(
        held.map((i) => LABELS[i]),
        0,
      ),
      held.length,
    ],
    [22, 40],
  );
});

test('without groups samples are divided one by one, by class', () => {
  const { held } = holdOutGroups(LABELS, null, 0.2, 2);
  const labels = held.map((i) => LABELS[i]);
  assert.deepEqual([count(labels, 0), count(labels, 1)], [13, 11]);
  assert.notDeepEqual(
    held,
    Array.from({ length: 24 }, (_, i) => 96 + i),
  );
});

test('where each class is of one group only nothing is held back, with a sentence', () => {
  const labels = [0, 0, 0, 1, 1, 1];
  const slides = ['a', 'a', 'a', 'b', 'b', 'b'];
  const { learn, held, problem } = holdOutGroups(labels, slides, 0.3, 1);
  assert.deepEqual([learn.length, held.length], [6, 0]);
  assert.match(problem, /too few groups/);
});

test('nothing is divided into nothing', () => {
  assert.deepEqual(holdOutGroups([], null, 0.2, 1), { learn: [], held: [], problem: '' });
});

test('the last of each class are held back, and one at least is learned from', () => {
  const labels = [0, 0, 1, 0, 0, 1, 0, 1, 2, 2];
  assert.deepEqual(holdOutLast(labels, 0.2), { learn: [0, 1, 2, 3, 4, 5, 8, 9], held: [6, 7] });
  assert.deepEqual(holdOutLast([0, 1], 1), { learn: [0, 1], held: [] });
  assert.deepEqual(holdOutLast([], 0.2), { learn: [], held: [] });
});
