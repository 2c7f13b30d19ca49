import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Steady } from '../../site/runtime/booth/steady.js';

test('the mean is that of the last frames', () => {
  const steady = new Steady(2, 3);
  assert.deepEqual([...steady.add([1, 0])], [1, 0]);
  assert.deepEqual([...steady.add([0, 1])], [0.5, 0.5]);
  steady.add([0, 1]);
  const mean = steady.add([0, 1]); // the first one has gone
  assert.deepEqual([...mean], [0, 1]);
});

test('nothing is sure before the window is full, nor while two take turns', () => {
  const steady = new Steady(3, 5);
  for (let i = 0; i < 4; i++) {
    steady.add([0.9, 0.05, 0.05]);
    assert.equal(steady.likeliest, -1);
  }
  steady.add([0.9, 0.05, 0.05]);
  assert.equal(steady.likeliest, 0);
  for (let i = 0; i < 6; i++) steady.add(i % 2 ? [0.6, 0.4, 0] : [0.4, 0.6, 0]);
  assert.equal(steady.likeliest, -1);
});

test('one frame that differs changes nothing, most of them do', () => {
  const steady = new Steady(2, 5);
  for (let i = 0; i < 5; i++) steady.add([1, 0]);
  steady.add([0, 1]);
  assert.equal(steady.likeliest, 0);
  for (let i = 0; i < 3; i++) steady.add([0, 1]);
  assert.equal(steady.likeliest, 1);
});

test('after a thousand frames sums have not drifted, and after clear() nothing is left', () => {
  const steady = new Steady(2, 5);
  for (let i = 0; i < 1000; i++) steady.add([Math.fround(i / 1000), Math.fround(1 - i / 1000)]);
  const last = [995, 996, 997, 998, 999].reduce((sum, i) => sum + Math.fround(i / 1000), 0) / 5;
  assert.ok(Math.abs(steady.mean[0] - last) < 1e-9);
  steady.clear();
  assert.deepEqual([...steady.mean], [0, 0]);
  assert.equal(steady.likeliest, -1);
});
