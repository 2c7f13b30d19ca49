import assert from 'node:assert/strict';
import test from 'node:test';
import { toCsv } from '../../site/runtime/inspect/csv.js';

test('cells with commas, quotes and lines are quoted', () => {
  const text = toCsv(
    ['name', 'share'],
    [
      ['a, "b"\nc', 0.25],
      ['plain', Number.NaN],
    ],
  );
  assert.equal(text, 'name,share\r\n"a, ""b""\nc",0.25\r\nplain,\r\n');
});

test('a name that begins like a formula is made text', () => {
  for (const name of ['=1+1', '+1', '-1', '@x', '\tx']) {
    assert.match(toCsv(['n'], [[name]]), /\r\n"?'/);
  }
});
