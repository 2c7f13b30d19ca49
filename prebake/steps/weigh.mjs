// How large files are, as they are and as a host sends them. Reads the paths as a JSON list from
// standard input and prints {path: {raw, gzip, brotli}}; Node compresses on several threads.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
const compressed = { gzip: promisify(gzip), brotli: promisify(brotliCompress) };

async function weigh(path) {
  const content = await readFile(path);
  const [gzipped, brotli] = await Promise.all([
    compressed.gzip(content, { level: 9 }),
    compressed.brotli(content, BROTLI),
  ]);
  return [path, { raw: content.length, gzip: gzipped.length, brotli: brotli.length }];
}

const paths = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(Object.fromEntries(await Promise.all(paths.map(weigh)))));
