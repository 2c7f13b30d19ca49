import assert from 'node:assert/strict';
import test from 'node:test';
import { inkOf, strokeBox } from '../../site/runtime/ink.js';
import { simplified } from '../../site/runtime/simplify.js';

const line = (...places) => places.map(([x, y]) => ({ x, y }));

test('the box holds the middles of all lines', () => {
  const strokes = [
    { brush: 10, points: line([10, 20], [60, 30]) },
    { brush: 20, points: line([5, 100]) },
  ];
  assert.deepEqual(strokeBox(strokes), { left: 5, top: 20, right: 60, bottom: 100, side: 80 });
});

test('no stroke has no box, and a dot has no picture', () => {
  assert.equal(strokeBox([]), null);
  assert.equal(strokeBox([{ brush: 10, points: [] }]), null);
  const dot = [{ brush: 10, points: line([7, 7]) }];
  assert.equal(strokeBox(dot).side, 0);
  assert.equal(inkOf(dot, { side: 104, width: 0.06 }), null);
});

test('points on a line are left out and corners are kept', () => {
  const points = line([0, 0], [10, 0.5], [20, 0], [20, 10], [20.4, 20], [20, 30]);
  assert.deepEqual(simplified(points, 1), line([0, 0], [20, 0], [20, 30]));
});

test('a closed curve keeps its far side', () => {
  const circle = Array.from({ length: 65 }, (_, i) => ({
    x: 100 + 50 * Math.cos((i * Math.PI) / 32),
    y: 100 + 50 * Math.sin((i * Math.PI) / 32),
  }));
  const kept = simplified(circle, 1);
  assert.ok(kept.length >= 12 && kept.length < 40, `${kept.length}`);
  const box = strokeBox([{ brush: 1, points: kept }]);
  assert.ok(Math.abs(box.left - 50) <= 1 && Math.abs(box.right - 150) <= 1);
  for (const point of circle) {
    const near = kept.some((p) => Math.hypot(p.x - point.x, p.y - point.y) < 16);
    assert.ok(near, 'no part of the circle is cut off');
  }
});

test('one point and two stay as they are', () => {
  assert.deepEqual(simplified(line([3, 4]), 1), line([3, 4]));
  assert.deepEqual(simplified(line([3, 4], [3, 4]), 1), line([3, 4], [3, 4]));
});
