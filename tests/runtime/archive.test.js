import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { readArchive, writeArchive } from '../../site/runtime/booth/archive.js';
import { crc32 } from '../../site/runtime/crc32.js';

const text = (words) => new TextEncoder().encode(words);
const ENTRIES = [
  { name: 'rock/1.png', bytes: text('one') },
  { name: 'löwe/ü.txt', bytes: text('') },
  { name: 'large.bin', bytes: Uint8Array.from({ length: 70_000 }, (_, i) => i % 251) },
];

/** The bytes of an archive, to be damaged. */
async function bytesOf(entries) {
  return new Uint8Array(await writeArchive(entries).arrayBuffer());
}

const places = (bytes, signature) => {
  const view = new DataView(bytes.buffer);
  const found = [];
  for (let i = 0; i + 4 <= bytes.length; i++) {
    if (view.getUint32(i, true) === signature) found.push(i);
  }
  return found;
};
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END = 0x06054b50;

test('what is written is read back, and the same entries give the same bytes', async () => {
  const blob = writeArchive(ENTRIES);
  const back = await readArchive(blob);
  assert.deepEqual(
    back.map(({ name, bytes }) => [name, [...bytes]]),
    ENTRIES.map(({ name, bytes }) => [name, [...bytes]]),
  );
  assert.deepEqual(await bytesOf(ENTRIES), await bytesOf(ENTRIES));
});

test('other programs read it', async () => {
  const code =
    'import io, sys, zipfile\n' +
    'z = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))\n' +
    'assert z.testzip() is None\n' +
    'print([(i.filename, i.file_size) for i in z.infolist()])';
  const done = spawnSync('python3', ['-c', code], { input: await bytesOf(ENTRIES) });
  assert.equal(done.status, 0, String(done.stderr));
  assert.match(String(done.stdout), /\('rock\/1.png', 3\), \('löwe\/ü.txt', 0\)/);
});

/** An archive as other programs write it: deflated, with folders, and with a comment. */
function foreign(words, { size = words.length } = {}) {
  const packed = deflateRawSync(words);
  const name = text('a.txt');
  const local = new Uint8Array(30 + name.length);
  const central = new Uint8Array(46 + name.length);
  for (const [bytes, from, signature] of [
    [local, 4, LOCAL],
    [central, 6, CENTRAL],
  ]) {
    const view = new DataView(bytes.buffer);
    view.setUint32(0, signature, true);
    view.setUint16(from + 4, 8, true);
    view.setUint32(from + 10, crc32(words), true);
    view.setUint32(from + 14, packed.length, true);
    view.setUint32(from + 18, size, true);
    view.setUint16(from + 22, name.length, true);
    bytes.set(name, bytes.length - name.length);
  }
  const end = new Uint8Array(22 + 5);
  const view = new DataView(end.buffer);
  view.setUint32(0, END, true);
  view.setUint16(10, 1, true);
  view.setUint32(16, local.length + packed.length, true);
  view.setUint16(20, 5, true);
  return new Blob([local, packed, central, end]);
}

test('compressed entries of other programs are read', async () => {
  const words = text('again and '.repeat(500));
  const [entry] = await readArchive(foreign(words));
  assert.deepEqual([entry.name, [...entry.bytes]], ['a.txt', [...words]]);
});

test('an entry that unpacks to more than it says is refused', async () => {
  const words = text('x'.repeat(5000));
  await assert.rejects(readArchive(foreign(words, { size: 10 })), /damaged or cut off/);
});

test('folders and what macOS adds are left out', async () => {
  const extra = ['rock/', '__MACOSX/._a.png', 'rock/.DS_Store', 'rock/a.png'];
  const found = await readArchive(writeArchive(extra.map((name) => ({ name, bytes: text('') }))));
  assert.deepEqual(
    found.map(({ name }) => name),
    ['rock/a.png'],
  );
});

test('names that leave their folder, or come twice, are refused', async () => {
  for (const name of ['../a', 'a/../../b', '/etc/x', 'C:/x', 'a\\b']) {
    await assert.rejects(
      readArchive(writeArchive([{ name, bytes: text('') }])),
      /leaves its folder/,
    );
  }
  const twice = ['a', 'a'].map((name) => ({ name, bytes: text('') }));
  await assert.rejects(readArchive(writeArchive(twice)), /has "a" twice/);
});

test('what is no archive, cut off, changed, encrypted or too large is refused', async () => {
  await assert.rejects(readArchive(new Blob(['no archive'])), /no ZIP file/);
  const whole = await bytesOf(ENTRIES);
  await assert.rejects(readArchive(new Blob([whole.subarray(0, 50_000)])), /no ZIP file/);
  const change = async (edit, said) => {
    const bytes = whole.slice();
    edit(bytes, new DataView(bytes.buffer));
    await assert.rejects(readArchive(new Blob([bytes])), said);
  };
  const [central] = places(whole, CENTRAL);
  const [end] = places(whole, END);
  await change((bytes) => {
    bytes[40] ^= 1;
  }, /"rock\/1.png" in the ZIP file is damaged/);
  await change((_, view) => view.setUint16(central + 8, 1, true), /is encrypted/);
  await change((_, view) => view.setUint16(central + 10, 12, true), /not read here/);
  await change((_, view) => view.setUint32(central + 24, 2 ** 30, true), /more than 512 MB/);
  await change((_, view) => view.setUint32(end + 16, 0xffffffff, true), /ZIP64/);
  await change((_, view) => view.setUint32(end + 16, 5, true), /damaged or cut off/);
});

test('an archive may be empty', async () => {
  assert.deepEqual(await readArchive(writeArchive([])), []);
});

test('more than can be read back is not written', () => {
  const bytes = text('');
  const many = Array.from({ length: 0x10000 }, (_, i) => ({ name: `rock/${i}.png`, bytes }));
  assert.throws(() => writeArchive(many), /65,535 files/);
  assert.equal(writeArchive(many.slice(1)).type, 'application/zip');
});
