// How large an image is, from its first bytes: before a browser unpacks what would not fit.

/**
 * Width and height in px, not turned. Sources: PNG (www.w3.org/TR/png, IHDR), GIF89a (logical
 * screen descriptor), BMP (BITMAPINFOHEADER), WebP (developers.google.com/speed/webp, VP8, VP8L and
 * VP8X), JPEG (ITU T.81, frame headers).
 * @param {Uint8Array} bytes the beginning of a file; a JPEG may need all of it
 * @returns {{width: number, height: number} | null} null for what is none of these
 */
export function imageSize(bytes) {
  if (bytes.length < 26) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = (/** @type {string} */ text, at = 0) =>
    Array.from(text).every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
  try {
    if (starts('\x89PNG')) return { width: view.getUint32(16), height: view.getUint32(20) };
    if (starts('GIF8')) return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    if (starts('BM')) {
      return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
    }
    if (starts('RIFF') && starts('WEBP', 8)) return webpSize(view);
    if (starts('\xff\xd8\xff')) return jpegSize(view);
  } catch {
    // It ends before its size.
  }
  return null;
}

/** @param {DataView} view */
function webpSize(view) {
  const kind = view.getUint8(15);
  if (kind === 0x58) {
    // VP8X: 24 bits each, less one
    const at = (/** @type {number} */ i) =>
      view.getUint16(i, true) + (view.getUint8(i + 2) << 16) + 1;
    return { width: at(24), height: at(27) };
  }
  if (kind === 0x4c) {
    // VP8L: 14 bits each, less one, after a signature byte
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

/** @param {DataView} view */
function jpegSize(view) {
  let at = 2;
  while (view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    // SOF0 to SOF15, without the three that begin tables.
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return null;
}
