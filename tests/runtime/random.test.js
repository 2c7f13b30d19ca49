import assert from 'node:assert/strict';
import test from 'node:test';
import { random, shuffled } from '../../site/runtime/random.js';

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed) => Array.from({ length: 5 }, random(seed));
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
});

test('the numbers are uniform', () => {
  const next = random(3);
  const bins = new Array(10).fill(0);
  for (let i = 0; i < 100_000; i++) bins[Math.floor(next() * 10)]++;
  for (const count of bins) assert.ok(Math.abs(count - 10_000) < 400, String(bins));
});

test('a shuffle is a permutation of its range', () => {
  const numbers = shuffled(5, 55, random(1));
  assert.deepEqual(
    [...numbers].sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i + 5),
  );
  assert.notDeepEqual(
    [...numbers],
    [...numbers].sort((a, b) => a - b),
  );
  assert.equal(shuffled(3, 3, random(1)).length, 0);
});
