import assert from 'node:assert/strict';
import test from 'node:test';

// The module defines a custom element, of which Node knows nothing.
globalThis.HTMLElement ??= class {};
globalThis.customElements ??= { define() {} };
const { apart, niceCeiling, runningMean, ticks } = await import(
  '../../site/runtime/elements/line-chart.js'
);

test('the scale ends at a round number that is not smaller', () => {
  for (const [value, wanted] of [
    [2.31, 2.5],
    [1, 1],
    [0.07, 0.1],
    [0.12, 0.15],
    [7, 10],
    [130, 150],
  ]) {
    assert.ok(Math.abs(niceCeiling(value) - wanted) < 1e-9, `${value}: ${niceCeiling(value)}`);
  }
  assert.ok(niceCeiling(0) > 0);
});

test('ticks are few and whole', () => {
  assert.deepEqual(ticks(3), [0, 1, 2, 3]);
  assert.deepEqual(ticks(10), [0, 2, 4, 6, 8, 10]);
  assert.ok(ticks(100).length <= 6);
});

test('a running mean starts at once and forgets', () => {
  const points = [4, 0, 2, 6].map((y, x) => ({ x, y }));
  assert.deepEqual(
    runningMean(points, 2).map(({ y }) => y),
    [4, 2, 1, 4],
  );
});

test('labels keep their distance and stay inside', () => {
  assert.deepEqual(apart([50, 90], 10, 100), [50, 90]);
  for (const places of [
    [100, 99],
    [99, 100],
    [10, 10],
    [12, 11],
    [50, 52],
  ]) {
    const moved = apart(places, 10, 100);
    assert.ok(Math.abs(moved[0] - moved[1]) >= 13, String(moved));
    assert.ok(Math.min(...moved) >= 10 && Math.max(...moved) <= 100, String(moved));
    assert.ok((moved[0] - moved[1]) * (places[0] - places[1]) >= 0);
  }
  assert.deepEqual(apart([], 0, 1), []);
});
