import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupsOf } from '../../site/runtime/groups.js';

/** A manifest with sheets whose samples have the groups of these numbers. */
function dataset(groups, ...sheets) {
  const packed = sheets.map((numbers) => ({
    samples: numbers.length,
    groups: Buffer.from(Uint16Array.from(numbers).buffer).toString('base64'),
  }));
  return { manifest: { groups, splits: { train: { sheets: packed } } } };
}

test('each sample has the name of its group, sheet after sheet', () => {
  const made = dataset(['a', 'b', 'c'], [2, 0, 0], [1]);
  assert.deepEqual(groupsOf(made, 'train'), ['c', 'a', 'a', 'b']);
});

test('numbers above 255 are read', () => {
  const names = Array.from({ length: 700 }, (_, i) => `slide ${i}`);
  assert.deepEqual(groupsOf(dataset(names, [699, 256]), 'train'), ['slide 699', 'slide 256']);
});

test('without groups there are none', () => {
  assert.equal(groupsOf(dataset(undefined, [1]), 'train'), null);
});
