import assert from 'node:assert/strict';
import test from 'node:test';
import { PageError } from '../../site/runtime/fetch.js';
import { compile } from '../../site/runtime/preprocess.js';

/** A grey image from rows of numbers. */
function grey(...rows) {
  const data = Uint8Array.from(rows.flat());
  return { width: rows[0]?.length ?? 0, height: rows.length, channels: 1, data };
}

/** One row of pixels, each a list of channels. */
function colours(...pixels) {
  const data = Uint8ClampedArray.from(pixels.flat());
  return { width: pixels.length, height: 1, channels: pixels[0].length, data };
}

function declared(operations, { layout = 'hwc', background = 255 } = {}) {
  return compile({ layout, background, operations });
}

const CROP = { name: 'crop_to_ink', threshold: 0, margin: 0, paper: 0 };
const PAD = { name: 'pad_to_square', value: 5, margin: 0 };
const RESIZE = {
  name: 'resize',
  height: 1,
  width: 2,
  method: 'area',
  fit: 'stretch',
  value: 9,
};

/** Of one image [shape, numbers to four digits]. */
function run(image, operations, options) {
  const { data, shape } = declared(operations, options).applyAll([image]);
  return [shape.slice(1), Array.from(data, (x) => Number(x.toFixed(4)))];
}

for (const [name, image, operations, shape, numbers] of [
  ['the ink is cut out', grey([0, 0, 0], [0, 8, 9]), [CROP], [1, 2, 1], [8, 9]],
  ['a margin is kept', grey([0, 0, 9, 0, 0]), [{ ...CROP, margin: 1 }], [1, 3, 1], [0, 9, 0]],
  ['no ink, no cut', grey([0, 7]), [{ ...CROP, threshold: 7 }], [1, 2, 1], [0, 7]],
  ['white paper', grey([255, 0, 255]), [{ ...CROP, paper: 255 }], [1, 1, 1], [0]],
  ['a square', grey([1, 2]), [PAD], [2, 2, 1], [1, 2, 5, 5]],
  ['a frame', grey([1]), [{ ...PAD, margin: 0.5 }], [3, 3, 1], [5, 5, 5, 5, 1, 5, 5, 5, 5]],
  ['means of areas', grey([0, 30, 60]), [RESIZE], [1, 2, 1], [10, 50]],
  ['enlarging by area', grey([0, 30]), [{ ...RESIZE, width: 3 }], [1, 3, 1], [0, 15, 30]],
  [
    'bilinear',
    grey([0, 40]),
    [{ ...RESIZE, width: 4, method: 'bilinear' }],
    [1, 4, 1],
    [0, 10, 30, 40],
  ],
  [
    'contained',
    grey([1, 2]),
    [{ ...RESIZE, height: 3, fit: 'contain' }],
    [3, 2, 1],
    [9, 9, 1, 2, 9, 9],
  ],
  ['covered', grey([1, 2, 3, 4, 5]), [{ ...RESIZE, fit: 'cover' }], [1, 2, 1], [2, 3]],
  ['luma', colours([100, 0, 0], [0, 100, 0]), [{ name: 'grey' }], [1, 2, 1], [29.9, 58.7]],
  ['three channels', grey([7]), [{ name: 'rgb' }], [1, 1, 3], [7, 7, 7]],
  ['inverted', grey([0, 55]), [{ name: 'invert' }], [1, 2, 1], [255, 200]],
  ['scaled', grey([0, 51, 255]), [{ name: 'scale', factor: 1 / 255 }], [1, 3, 1], [0, 0.2, 1]],
  ['by channel', colours([1, 2, 3]), [{ name: 'scale', factor: [1, 2, 3] }], [1, 1, 3], [1, 4, 9]],
  ['moved', grey([0, 5]), [{ name: 'offset', value: -1 }], [1, 2, 1], [-1, 4]],
  ['normalised', grey([6]), [{ name: 'normalise', mean: 4, deviation: 8 }], [1, 1, 1], [0.25]],
  ['nothing at all', grey([6]), [], [1, 1, 1], [6]],
]) {
  test(name, () => {
    const before = [...image.data];
    assert.deepEqual(run(image, operations), [shape, numbers]);
    assert.deepEqual([...image.data], before);
  });
}

test('the side that gives way is rounded half up', () => {
  for (const [width, height] of [
    [3, 4],
    [4, 3],
  ]) {
    const image = { width, height, channels: 1, data: new Uint8Array(12) };
    const [, numbers] = run(image, [{ ...RESIZE, height: 10, width: 10, fit: 'contain' }]);
    assert.equal(numbers.filter((x) => x === 0).length, 80);
  }
});

test('paper stays paper when resizing rounds', () => {
  const image = { width: 9, height: 7, channels: 1, data: new Uint8Array(63).fill(255) };
  image.data[0] = 0;
  for (let side = 8; side < 24; side++) {
    const [shape] = run(image, [
      { ...RESIZE, height: side, width: side },
      { ...CROP, paper: 255 },
    ]);
    assert.ok(shape[0] <= Math.ceil(side / 7), `${side}: ${shape}`);
  }
});

test('transparency is laid over the background', () => {
  const image = colours([100, 0, 200, 255], [100, 0, 200, 0], [100, 0, 200, 51]);
  assert.deepEqual(run(image, [])[1], [100, 0, 200, 255, 255, 255, 224, 204, 244]);
  assert.deepEqual(run(image, [], { background: 0 })[1], [100, 0, 200, 0, 0, 0, 20, 0, 40]);
});

test('channels come first if the model has them first', () => {
  const image = colours([1, 2, 3], [4, 5, 6]);
  assert.deepEqual(run(image, [], { layout: 'chw' }), [
    [3, 1, 2],
    [1, 4, 2, 5, 3, 6],
  ]);
});

test('one image and many are the same', () => {
  const ready = declared([CROP, PAD, { ...RESIZE, height: 2 }]);
  const images = [grey([0, 9, 8]), grey([3], [4], [0])];
  const { data, shape } = ready.applyAll(images);
  assert.deepEqual(shape, [2, 2, 2, 1]);
  assert.ok(data instanceof Float32Array);
  assert.deepEqual(
    [...data],
    images.flatMap((image) => [...ready.apply(image)]),
  );
});

test('the shape is known before there is an image', () => {
  const tile = { width: 5, height: 3, channels: 4 };
  assert.deepEqual(declared([]).outputShape(tile), [3, 5, 3]);
  assert.deepEqual(declared([{ ...PAD, margin: 0.1 }]).outputShape(tile), [7, 7, 3]);
  const ready = declared([CROP, PAD, RESIZE, { name: 'grey' }], { layout: 'chw' });
  assert.deepEqual(ready.outputShape(tile), [1, 1, 2]);
  assert.throws(() => declared([CROP]).outputShape(tile), /depends on the picture/);
});

for (const [name, json, message] of [
  ['an operation', { operations: [{ name: 'sharpen' }] }, /another version.*"sharpen"/],
  ['an inherited name', { operations: [{ name: 'toString' }] }, /another version/],
  ['no operation', { operations: [null] }, /another version/],
  ['a value', { operations: [{ ...CROP, colour: 1 }] }, /"crop_to_ink" with the values/],
  ['a missing value', { operations: [{ name: 'scale' }] }, /"scale" with the values/],
  ['a method', { operations: [{ ...RESIZE, method: 'lanczos' }] }, /the method "lanczos"/],
  ['a fit', { operations: [{ ...RESIZE, fit: 'fill' }] }, /the fit "fill"/],
  ['a layout', { layout: 'hcw' }, /the layout "hcw"/],
  ['a form', { operations: {} }, /an unknown form/],
]) {
  test(`${name} that this version does not know is refused`, () => {
    const values = { layout: 'hwc', background: 255, operations: [], ...json };
    assert.throws(() => compile(values), { name: 'PageError', message });
  });
}

test('what is no preprocessing at all is refused', () => {
  for (const json of [null, undefined, 5, {}]) assert.throws(() => compile(json), PageError);
});

for (const [name, image, message] of [
  ['no pixels', grey(), /^The image is empty: 0 x 0 px/],
  ['two channels', colours([1, 2]), /^The image has 2 channels, expected 1 /],
  ['five channels', colours([1, 2, 3, 4, 5]), /^The image has 5 channels/],
  ['too few bytes', { ...grey([1, 2]), height: 2 }, /has 2 bytes, expected 2 x 2 x 1/],
  ['no bytes', { ...grey([1]), data: [1] }, /has no bytes/],
  ['other channels', colours([1, 2, 3]), /has 3 channels where "scale" expects 1/],
]) {
  test(`an image with ${name} is refused`, () => {
    const ready = declared([{ name: 'scale', factor: [2] }]);
    assert.throws(() => ready.apply(image), { name: 'PageError', message });
  });
}

test('among many the image that does not fit is named', () => {
  const ready = declared([]);
  assert.throws(() => ready.applyAll([]), /There are no images/);
  assert.throws(() => ready.applyAll([grey([1]), grey()]), /^PageError: Image 1 is empty/);
  assert.throws(
    () => ready.applyAll([grey([1]), grey([1]), grey([1, 2])]),
    /Image 2 becomes \[1, 2, 1\], but image 0 becomes \[1, 1, 1\]/,
  );
});
