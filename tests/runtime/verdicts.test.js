import assert from 'node:assert/strict';
import test from 'node:test';
import {
  areaUnder,
  confusionAt,
  judgedOf,
  marksOf,
  rocOf,
  wilson,
} from '../../site/runtime/inspect/verdicts.js';

const judged = judgedOf({
  positive: '1101000',
  probabilities: [0.9, 0.8, 0.8, 0.4, 0.4, 0.2, 0.1],
});

test('a sample on the threshold is called positive', () => {
  assert.deepEqual(confusionAt(judged, 0.8), { hits: 2, misses: 1, alarms: 1, passes: 3 });
  assert.deepEqual(confusionAt(judged, 0.81), { hits: 1, misses: 2, alarms: 0, passes: 4 });
  assert.deepEqual(confusionAt(judged, 0), { hits: 3, misses: 0, alarms: 4, passes: 0 });
});

test('marks are parts of what is there', () => {
  const { recall, precision, accuracy, fallout } = marksOf(confusionAt(judged, 0.8));
  assert.equal(recall, 2 / 3);
  assert.equal(precision, 2 / 3);
  assert.equal(accuracy, 5 / 7);
  assert.equal(fallout, 1 / 4);
  assert.ok(Number.isNaN(marksOf(confusionAt(judged, 2)).precision));
});

test('the curve goes from none to all, equal probabilities in one step', () => {
  const points = rocOf(judged);
  assert.deepEqual(
    points.map((point) => point.threshold),
    [Number.POSITIVE_INFINITY, 0.9, 0.8, 0.4, 0.2, 0.1],
  );
  assert.deepEqual([points.at(-1).recall, points.at(-1).fallout], [1, 1]);
  for (const { threshold, recall, fallout } of points.slice(1)) {
    const marks = marksOf(confusionAt(judged, threshold));
    assert.equal(recall, marks.recall);
    assert.equal(fallout, marks.fallout);
  }
});

test('the area is the part of pairs in the right order, ties counting half', () => {
  let [right, pairs] = [0, 0];
  judged.positive.forEach((own, i) => {
    judged.positive.forEach((other, j) => {
      if (!own || other) return;
      pairs++;
      const apart = judged.probabilities[i] - judged.probabilities[j];
      right += apart > 0 ? 1 : apart === 0 ? 0.5 : 0;
    });
  });
  assert.ok(Math.abs(areaUnder(rocOf(judged)) - right / pairs) < 1e-12);
});

test('the interval of a share is that of Wilson, also at its ends', () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I.
  for (const [right, samples, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ]) {
    const found = wilson(right, samples);
    assert.ok(Math.abs(found[0] - low) < 5e-5, `${found}`);
    assert.ok(Math.abs(found[1] - high) < 5e-5, `${found}`);
  }
  assert.deepEqual(wilson(0, 0), [0, 1]);
});
