import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { imageSize } from '../../site/runtime/inspect/image-size.js';

// Python writes one image in each format; the tests run beside the project's own Python.
const PYTHON = `
import io, sys
from PIL import Image
image = Image.new("RGB", (37, 21), (200, 30, 60))
formats = [("PNG", {}), ("GIF", {}), ("BMP", {}), ("JPEG", {}), ("JPEG", {"progressive": True}),
           ("WEBP", {}), ("WEBP", {"lossless": True}), ("WEBP", {"exif": b"Exif\\0\\0II*\\0"})]
for name, options in formats:
    file = io.BytesIO()
    image.save(file, name, **options)
    print(name, file.getvalue().hex())
cmyk = io.BytesIO()
image.convert("CMYK").save(cmyk, "JPEG")
print("CMYK", cmyk.getvalue().hex())
`;

test('every format that Python writes is measured', () => {
  const python = process.env.PREBAKE_PYTHON ?? '.venv/bin/python';
  const text = execFileSync(python, ['-c', PYTHON], { encoding: 'utf-8' });
  const lines = text.trim().split('\n');
  assert.equal(lines.length, 9);
  for (const line of lines) {
    const [name, hex] = line.split(' ');
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    assert.deepEqual(imageSize(bytes), { width: 37, height: 21 }, name);
    // A view into a larger buffer, as a slice of a file is.
    const padded = new Uint8Array(bytes.length + 5);
    padded.set(bytes, 5);
    assert.deepEqual(imageSize(padded.subarray(5)), { width: 37, height: 21 }, name);
  }
});

test('what is none of these, or ends too soon, has no size', () => {
  const source = new Uint8Array(readFileSync(new URL(import.meta.url)));
  assert.equal(imageSize(source), null);
  assert.equal(imageSize(new Uint8Array(5)), null);
  assert.equal(
    imageSize(Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, ...Array(30)])),
    null,
  );
});
