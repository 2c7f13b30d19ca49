import assert from 'node:assert/strict';
import test from 'node:test';
import { deflateSync } from 'node:zlib';
import { crc32 } from '../../site/runtime/crc32.js';
import { decodePng } from '../../site/runtime/png.js';
import { random } from '../../site/runtime/random.js';

/** A PNG made here, filter by filter, from the specification. */
function encode(data, width, height, channels, filters, { depth = 8, interlace = 0 } = {}) {
  const line = width * channels;
  const rows = [];
  for (let y = 0; y < height; y++) {
    const filter = filters[y % filters.length];
    rows.push(filter);
    for (let i = 0; i < line; i++) {
      const at = (dy, di) => (y - dy < 0 || i - di < 0 ? 0 : data[(y - dy) * line + i - di]);
      const [a, b, c] = [at(0, channels), at(1, 0), at(1, channels)];
      const p = a + b - c;
      const near = [a, b, c].sort((u, v) => Math.abs(p - u) - Math.abs(p - v))[0];
      const ties = [a, b, c].find((v) => Math.abs(p - v) === Math.abs(p - near));
      rows.push((data[y * line + i] - [0, a, b, (a + b) >> 1, ties][filter]) & 255);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, channels === 3 ? 2 : 0, 0, 0, interlace], 8);
  const body = deflateSync(Buffer.from(rows));
  const half = body.length >> 1; // a body may come in several chunks
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('tEXt', Buffer.from('ignored')),
    chunk('IDAT', body.subarray(0, half)),
    chunk('IDAT', body.subarray(half)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(kind, body) {
  const content = Buffer.concat([Buffer.from(kind), body]);
  const out = Buffer.alloc(8 + content.length);
  out.writeUInt32BE(body.length, 0);
  out.set(content, 4);
  out.writeUInt32BE(crc32(content), 4 + content.length);
  return out;
}

const next = random(7);
const noise = (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256));

for (const channels of [1, 3]) {
  for (const filters of [[0], [1], [2], [3], [4], [4, 0, 3, 1, 2]]) {
    test(`filters ${filters} with ${channels} channels`, async () => {
      const data = noise(13 * 9 * channels);
      const png = encode(data, 13, 9, channels, filters);
      const pixels = await decodePng(new Uint8Array(png));
      assert.deepEqual(
        [pixels.width, pixels.height, pixels.channels, Buffer.from(pixels.data)],
        [13, 9, channels, Buffer.from(data)],
      );
    });
  }
}

test('what is not such a PNG is refused', async () => {
  const good = encode(noise(16), 4, 4, 1, [0]);
  await assert.rejects(decodePng(new Uint8Array(20)), /not a PNG/);
  await assert.rejects(decodePng(good.subarray(0, good.length - 14)), /cut off/);
  await assert.rejects(decodePng(good.subarray(0, 40)), /cut off/);
  await assert.rejects(decodePng(encode(noise(16), 4, 4, 1, [0], { depth: 4 })), /not 8-bit/);
  await assert.rejects(decodePng(encode(noise(16), 4, 4, 1, [0], { interlace: 1 })), /not 8-bit/);
  await assert.rejects(decodePng(encode(noise(16), 4, 4, 1, [5])), /damaged/);
});

test('the checksum is that of zlib', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
  assert.equal(crc32(new Uint8Array()), 0);
});
