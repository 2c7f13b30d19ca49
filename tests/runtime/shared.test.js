import assert from 'node:assert/strict';
import test from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { pack, unpack } from '../../site/sketcher/shared.js';

const circle = (x, y, r) => ({
  brush: 10,
  points: Array.from({ length: 80 }, (_, i) => ({
    x: x + r * Math.cos(i / 12.7),
    y: y + r * Math.sin(i / 12.7),
  })),
});

const TURNS = Array.from({ length: 6 }, (_, i) => ({
  word: i ? 'hot dog' : 'café ☕',
  seconds: 3.2 + i,
  won: i % 2 === 0,
  guesses: [
    { name: 'moon', seconds: 1.1 },
    { name: 'hot dog', seconds: 3.2 + i },
  ],
  strokes: [circle(140, 140, 100), circle(100, 100, 12), circle(180, 100, 12)],
}));

/** A link's text of any JSON value. */
const linkOf = (value) => deflateRawSync(JSON.stringify(value)).toString('base64url');

test('a round comes back as it was, its lines within a unit and a half', async () => {
  const found = await unpack(await pack(TURNS));
  assert.equal(found.length, 6);
  for (const [i, turn] of found.entries()) {
    const { strokes, ...rest } = turn;
    const { strokes: given, ...wanted } = TURNS[i];
    assert.deepEqual(rest, wanted);
    assert.equal(strokes.length, given.length);
    for (const [j, { brush, points }] of strokes.entries()) {
      assert.equal(brush, 10);
      const [first] = given[j].points;
      assert.ok(Math.hypot(points[0].x - first.x, points[0].y - first.y) < 1);
      assert.ok(points.length < given[j].points.length);
    }
  }
});

test('a stroke that left the board comes back, as far as it may', async () => {
  const points = [
    { x: 10, y: 10 },
    { x: 900, y: -700 },
    { x: 20, y: 30 },
  ];
  const turn = { ...TURNS[0], strokes: [{ brush: 10, points }] };
  const [found] = await unpack(await pack([turn]));
  assert.deepEqual(found.strokes[0].points, [points[0], { x: 560, y: -280 }, points[2]]);
});

test('the link is short and fit for an address', async () => {
  const text = await pack(TURNS);
  assert.match(text, /^[\w-]+$/);
  assert.ok(text.length < 2000, `${text.length}`);
});

const row = (changes = {}) => {
  const turn = { word: 'cat', seconds: 10, won: 1, guesses: [], strokes: [[10, 1, 1]], ...changes };
  return [turn.word, turn.seconds, turn.won, turn.guesses, turn.strokes];
};

test('the smallest round is read', async () => {
  const [turn] = await unpack(linkOf([1, [row()]]));
  assert.deepEqual(turn.strokes, [{ brush: 10, points: [{ x: 1, y: 1 }] }]);
});

for (const [name, text] of [
  ['nothing', ''],
  ['no Base64', '%%%'],
  ['no deflated bytes', 'abcdefgh'],
  ['half a link', linkOf([1, [row()]]).slice(0, 12)],
  ['no JSON', deflateRawSync('hello').toString('base64url')],
  ['another version', linkOf([2, [row()]])],
  ['no turns', linkOf([1, []])],
  ['too many turns', linkOf([1, Array(13).fill(row())])],
  ['a word that is none', linkOf([1, [row({ word: 7 })]])],
  ['an endless word', linkOf([1, [row({ word: 'x'.repeat(99) })]])],
  ['a time that is none', linkOf([1, [row({ seconds: 'soon' })]])],
  ['a point that is none', linkOf([1, [row({ strokes: [[10, 1, null]] })]])],
  ['half a point', linkOf([1, [row({ strokes: [[10, 1]] })]])],
  ['a point far away', linkOf([1, [row({ strokes: [[10, 1e9, 1]] })]])],
  ['a huge brush', linkOf([1, [row({ strokes: [[1e6, 1, 1]] })]])],
  ['too many strokes', linkOf([1, [row({ strokes: Array(500).fill([10, 1, 1]) })]])],
  ['a bomb', deflateRawSync(' '.repeat(5_000_000)).toString('base64url')],
  ['a very long link', 'A'.repeat(100_000)],
]) {
  test(`${name} is refused in a sentence`, async () => {
    await assert.rejects(unpack(text), /holds no round that can be read/);
  });
}
