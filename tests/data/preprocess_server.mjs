// Preprocesses in Node what a test sends: a line of JSON each way.
import { createInterface } from 'node:readline';
import { PageError } from '../../site/runtime/fetch.js';
import { compile } from '../../site/runtime/preprocess.js';

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}

function answer({ preprocess, images }) {
  const ready = attempt(() => compile(preprocess));
  if (ready.refused) return ready;
  const given = images.map((image) => ({ ...image, data: Buffer.from(image.data, 'base64') }));
  const outputShape = given.length > 0 ? attempt(() => ready.outputShape(given[0])) : null;
  const all = attempt(() => ready.applyAll(given));
  if (all.refused) return { ...all, outputShape };
  const alone = given.flatMap((image) => [...ready.apply(image)]);
  const same = alone.length === all.data.length && alone.every((x, i) => Object.is(x, all.data[i]));
  const data = Buffer.from(all.data.buffer).toString('base64');
  return { shape: all.shape, data, same, outputShape };
}

/** What is refused with a sentence; any other error ends the process, and fails the test. */
function attempt(work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof PageError) return { refused: error.message };
    throw error;
  }
}
