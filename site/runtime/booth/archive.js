// ZIP files (PKWARE's APPNOTE 6.3.10), written without compression, as pictures have theirs.
import { crc32 } from '../crc32.js';
import { PageError } from '../fetch.js';

/** @typedef {{name: string, bytes: Uint8Array}} Entry */

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const UTF8 = 1 << 11;
const ENCRYPTED = 1;
const [STORED, DEFLATED] = [0, 8];
const DATE = (1 << 5) | 1; // 1 January 1980, so that the same entries give the same bytes
const MOST = 0xffff; // entries; more would need ZIP64
export const LARGEST = 512 * 2 ** 20; // bytes of all entries together

/**
 * @param {Entry[]} entries
 * @returns {Blob}
 * @throws {PageError} if it is more than {@link readArchive} would take back
 */
export function writeArchive(entries) {
  const content = entries.reduce((sum, each) => sum + each.bytes.length, 0);
  if (entries.length > MOST || content > LARGEST) {
    throw new PageError(
      'A ZIP file here takes 65,535 files and 512 MB. Take some pictures out, and download again.',
    );
  }
  const parts = [];
  const directory = [];
  let at = 0;
  for (const { name, bytes } of entries) {
    const path = new TextEncoder().encode(name);
    const sum = crc32(bytes);
    const local = header(30 + path.length, (view) => {
      view.setUint32(0, LOCAL, true);
      described(view, 4, bytes.length, path.length, sum);
    });
    local.set(path, 30);
    const central = header(46 + path.length, (view) => {
      view.setUint32(0, CENTRAL, true);
      view.setUint16(4, 20, true);
      described(view, 6, bytes.length, path.length, sum);
      view.setUint32(42, at, true);
    });
    central.set(path, 46);
    parts.push(local, bytes);
    directory.push(central);
    at += local.length + bytes.length;
  }
  const size = directory.reduce((sum, each) => sum + each.length, 0);
  const end = header(22, (view) => {
    view.setUint32(0, END, true);
    view.setUint16(8, entries.length, true);
    view.setUint16(10, entries.length, true);
    view.setUint32(12, size, true);
    view.setUint32(16, at, true);
  });
  const all = /** @type {BlobPart[]} */ ([...parts, ...directory, end]);
  return new Blob(all, { type: 'application/zip' });
}

/**
 * @param {number} length
 * @param {(view: DataView) => void} fill
 */
function header(length, fill) {
  const bytes = new Uint8Array(length);
  fill(new DataView(bytes.buffer));
  return bytes;
}

/**
 * What the local header and the one of the directory have alike.
 * @param {DataView} view
 * @param {number} from
 * @param {number} size
 * @param {number} path
 * @param {number} sum
 */
function described(view, from, size, path, sum) {
  view.setUint16(from, 20, true);
  view.setUint16(from + 2, UTF8, true);
  view.setUint16(from + 4, STORED, true);
  view.setUint16(from + 8, DATE, true);
  view.setUint32(from + 10, sum, true);
  view.setUint32(from + 14, size, true);
  view.setUint32(from + 18, size, true);
  view.setUint16(from + 22, path, true);
}

/**
 * The files of an archive; folders, and what macOS adds, are left out.
 * @param {Blob} blob
 * @returns {Promise<Entry[]>}
 * @throws {PageError} if it is no ZIP file, damaged, encrypted, or unpacks to too much
 */
export async function readArchive(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const view = new DataView(bytes.buffer);
  try {
    return await read(bytes, view);
  } catch (cause) {
    if (cause instanceof PageError) throw cause;
    throw new PageError('The ZIP file is damaged or cut off.', { cause });
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 */
async function read(bytes, view) {
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  /** @type {Entry[]} */
  const entries = [];
  const names = new Set();
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== CENTRAL) throw new RangeError('no entry of the directory');
    const path = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + path));
    const size = view.getUint32(at + 24, true);
    if (isFile(name)) {
      demandName(name, names);
      total += size;
      if (total > LARGEST) throw new PageError('The ZIP file unpacks to more than 512 MB.');
      entries.push({ name, bytes: await unpacked(bytes, view, at, size, name) });
    }
    at += 46 + path + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/** @param {DataView} view */
function findEnd(view) {
  // Behind it there may be a comment of up to 65,535 bytes.
  for (let at = view.byteLength - 22; at >= 0 && at >= view.byteLength - 22 - 0xffff; at--) {
    if (view.getUint32(at, true) !== END) continue;
    if (view.getUint32(at + 16, true) === 0xffffffff) {
      throw new PageError('ZIP files of more than 4 GB (ZIP64) are not read here.');
    }
    return at;
  }
  throw new PageError('This is no ZIP file, or it is cut off.');
}

/** @param {string} name */
function isFile(name) {
  const last = name.split('/').at(-1);
  return !name.endsWith('/') && !name.startsWith('__MACOSX/') && last !== '.DS_Store';
}

/**
 * @param {string} name
 * @param {Set<string>} names
 */
function demandName(name, names) {
  const parts = name.split('/');
  if (name.startsWith('/') || name.includes('\\') || /^\w:/.test(name) || parts.includes('..')) {
    throw new PageError(`The ZIP file names "${name}", which leaves its folder.`);
  }
  if (names.has(name)) throw new PageError(`The ZIP file has "${name}" twice.`);
  names.add(name);
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {number} at of its entry in the directory
 * @param {number} size
 * @param {string} name
 */
async function unpacked(bytes, view, at, size, name) {
  if (view.getUint16(at + 8, true) & ENCRYPTED) {
    throw new PageError(`"${name}" in the ZIP file is encrypted.`);
  }
  const method = view.getUint16(at + 10, true);
  const local = view.getUint32(at + 42, true);
  if (view.getUint32(local, true) !== LOCAL) throw new RangeError('no local header');
  const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const packed = bytes.subarray(from, from + view.getUint32(at + 20, true));
  if (method !== STORED && method !== DEFLATED) {
    throw new PageError(`"${name}" in the ZIP file is packed in a way that is not read here.`);
  }
  const made = method === STORED ? packed.slice() : await inflated(packed, size);
  if (made.length !== size || crc32(made) !== view.getUint32(at + 16, true)) {
    throw new PageError(`"${name}" in the ZIP file is damaged.`);
  }
  return made;
}

/**
 * @param {Uint8Array} packed
 * @param {number} size that is expected; no more is unpacked
 */
async function inflated(packed, size) {
  const blob = new Blob([/** @type {BlobPart} */ (packed)]);
  const stream = blob.stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader();
  const made = new Uint8Array(size);
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return made.subarray(0, at);
    if (at + value.length > size) throw new RangeError('more than was said');
    made.set(value, at);
    at += value.length;
  }
}
