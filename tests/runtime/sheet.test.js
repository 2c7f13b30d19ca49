import assert from 'node:assert/strict';
import test from 'node:test';
import { cutUp } from '../../site/runtime/sheet.js';

test('tiles are cut left to right, then down', () => {
  // Two columns of tiles 2 x 1, two rows, one channel.
  const image = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]);
  const tile = { width: 2, height: 1, channels: 1 };
  assert.deepEqual([...cutUp(image, 4, tile, 3)], [0, 1, 2, 3, 4, 5]);
});

test('channels stay together', () => {
  const image = Uint8Array.from({ length: 2 * 2 * 2 * 3 }, (_, i) => i);
  const tile = { width: 1, height: 2, channels: 3 };
  const tiles = cutUp(image, 4, tile, 2);
  assert.deepEqual([...tiles], [0, 1, 2, 12, 13, 14, 3, 4, 5, 15, 16, 17]);
});
