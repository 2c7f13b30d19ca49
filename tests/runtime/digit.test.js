import assert from 'node:assert/strict';
import test from 'node:test';
import { inkBox, resizeByArea, toDigit } from '../../site/runtime/digit.js';

/** Ink from rows of text: '#' is ink. */
function ink(...rows) {
  const data = Uint8Array.from(rows.join(''), (c) => (c === '#' ? 255 : 0));
  return { width: rows[0].length, height: rows.length, data };
}

/** A black square image with a filled rectangle. */
function rectangle(side, left, top, width, height) {
  const data = new Uint8Array(side * side);
  for (let y = top; y < top + height; y++) data.fill(255, y * side + left, y * side + left + width);
  return { width: side, height: side, data };
}

/** The box and the centre of mass of a digit. */
function measure(digit) {
  const box = inkBox({ width: 28, height: 28, data: digit });
  let [mass, x, y] = [0, 0, 0];
  digit.forEach((value, i) => {
    mass += value;
    x += value * ((i % 28) + 0.5);
    y += value * (Math.floor(i / 28) + 0.5);
  });
  return { ...box, x: x / mass, y: y / mass };
}

test('no ink is no digit', () => {
  assert.equal(toDigit({ width: 10, height: 10, data: new Uint8Array(100) }), null);
});

test('the box holds all ink', () => {
  assert.deepEqual(inkBox(ink('....', '.##.', '.#..', '....')), {
    left: 1,
    top: 1,
    width: 2,
    height: 2,
  });
});

for (const [name, given] of [
  ['a wide one', rectangle(280, 10, 100, 200, 50)],
  ['a tall one', rectangle(280, 200, 10, 30, 260)],
  ['one at the border', rectangle(280, 0, 0, 60, 60)],
  ['a small one', rectangle(280, 130, 200, 7, 12)],
]) {
  test(`${name} fits 20 pixels, keeps its proportions and is centred by mass`, () => {
    const found = measure(toDigit(given));
    const box = inkBox(given);
    assert.equal(Math.max(found.width, found.height), 20);
    const wanted = Math.round(
      (20 * Math.min(box.width, box.height)) / Math.max(box.width, box.height),
    );
    assert.equal(Math.min(found.width, found.height), Math.max(1, wanted));
    assert.ok(Math.abs(found.x - 14) <= 0.5, `x ${found.x}`);
    assert.ok(Math.abs(found.y - 14) <= 0.5, `y ${found.y}`);
  });
}

test('what is heavier on one side is moved to the other', () => {
  const given = rectangle(280, 100, 40, 20, 200);
  for (let y = 200; y < 240; y++) given.data.fill(255, y * 280 + 60, y * 280 + 160);
  const found = measure(toDigit(given));
  assert.ok(Math.abs(found.y - 14) <= 0.5);
  assert.ok(found.top + found.height / 2 < 14);
});

test('a dot and a line have a digit too', () => {
  for (const given of [rectangle(280, 5, 5, 1, 1), rectangle(280, 0, 140, 280, 1)]) {
    const digit = toDigit(given);
    assert.equal(digit.length, 784);
    assert.ok(digit.some((value) => value > 0));
  }
});

test('where it lies on the board does not matter', () => {
  const one = toDigit(rectangle(280, 20, 30, 80, 120));
  const two = toDigit(rectangle(280, 150, 100, 80, 120));
  assert.deepEqual(one, two);
});

test('resizing by area keeps the mean and is exact at the same size', () => {
  const given = ink('##..', '....', '..##', '####');
  const whole = { left: 0, top: 0, width: 4, height: 4 };
  assert.deepEqual([...resizeByArea(given, whole, 4, 4)], [...given.data]);
  assert.deepEqual([...resizeByArea(given, whole, 2, 2)], [127.5, 0, 127.5, 255]);
  for (const [w, h] of [
    [3, 3],
    [1, 1],
    [7, 5],
  ]) {
    const small = resizeByArea(given, whole, w, h);
    const mean = small.reduce((a, b) => a + b) / small.length;
    assert.ok(Math.abs(mean - (255 * 8) / 16) < 1e-3, `${w} x ${h}: ${mean}`);
  }
});
