// Picking images, computing the base once for each of them, training the tail, and the test.
import { holdOutGroups, pickBalanced } from '../runtime/balanced.js';
import { PageError } from '../runtime/fetch.js';
import { areaUnder, rocOf, wilson } from '../runtime/inspect/verdicts.js';
import { argMax } from '../runtime/numbers.js';
import { trainTail } from '../runtime/transfer/learn.js';

/**
 * @typedef {import('./cells.js').Cell} Cell
 * @typedef {import('../runtime/transfer/pair.js').Pair} Pair
 * @typedef {import('../runtime/training.js').Run} Run
 * @typedef {import('../runtime/tf.js').LayersModel} LayersModel
 *
 * @typedef {{images: number, epochs: number, batch: number, rate: number, held: number,
 *   seed: number}} Settings
 *   held: percent of the images that are held back
 * @typedef {{learn: Cell[], watch: Cell[]}} Picked
 *
 * @typedef {object} Exam
 * @property {number} samples
 * @property {number} accuracy 0..1
 * @property {number[][]} confusion [true class][answer]
 * @property {import('../runtime/inspect/verdicts.js').RocPoint[]} roc
 * @property {number} area under it
 * @property {{right: number, samples: number, share: number, interval: number[]}[]} perClass
 * @property {{cell: Cell, guess: number, probability: number}[]} wrong surest first
 */

const WORTH_SHOWING = 4;
const FLATTERING =
  'There are too few slides to keep each on one side, so that images of one slide are on both: the ' +
  'figures flatter.';

/**
 * As many of each class, spread over the slides; whole slides of them are held back.
 * @param {Cell[]} pool
 * @param {Settings} settings
 * @param {number} classes
 * @returns {Picked & {problem: string}} problem: a sentence where it could not be as was asked
 */
export function pick(pool, { images, held, seed }, classes) {
  const labels = pool.map(({ label }) => label);
  const slides = slidesOf(pool);
  const { indices, problem } = pickBalanced(labels, slides, images, classes, seed);
  const picked = indices.map((i) => pool[i]);
  const sides = divide(picked, held / 100, seed);
  const of = (/** @type {number[]} */ numbers) => numbers.map((i) => picked[i]);
  const said = [problem, sides.problem].filter(Boolean).join(' ');
  return { learn: of(sides.learn), watch: of(sides.held), problem: said };
}

/**
 * Whole slides are held back, or single images where a class would be on one side only.
 * @param {Cell[]} cells
 * @param {number} part 0 to 1
 * @param {number} seed
 */
function divide(cells, part, seed) {
  const labels = cells.map(({ label }) => label);
  const slides = slidesOf(cells);
  const whole = holdOutGroups(labels, slides, part, seed);
  if (!slides || !whole.problem) return whole;
  const single = holdOutGroups(labels, null, part, seed);
  return { ...single, problem: single.problem || FLATTERING };
}

/**
 * The slides of cells; null if any is not known, so that samples are divided one by one.
 * @param {Cell[]} cells
 */
export function slidesOf(cells) {
  const slides = cells.map(({ slide }) => slide);
  return slides.every(Boolean) ? slides : null;
}

/**
 * Reads the images that were not read yet and computes the base for them.
 * @param {Pair} pair
 * @param {Cell[]} cells
 * @param {{signal?: AbortSignal, onProgress?: (done: number, total: number) => void}} options
 * @returns {Promise<{refused: Map<Cell, string>}>} what could not be read, and why
 */
export async function prepare(pair, cells, { signal, onProgress }) {
  /** @type {Map<Cell, string>} */
  const refused = new Map();
  const missing = cells.filter(({ features }) => !features);
  for (let at = 0; at < missing.length; at += WORTH_SHOWING) {
    signal?.throwIfAborted();
    await some(pair, missing.slice(at, at + WORTH_SHOWING), refused);
    onProgress?.(Math.min(missing.length, at + WORTH_SHOWING), missing.length);
  }
  return { refused };
}

/**
 * @param {Pair} pair
 * @param {Cell[]} cells
 * @param {Map<Cell, string>} refused
 */
async function some(pair, cells, refused) {
  /** @type {{cell: Cell, image: import('../runtime/preprocess.js').Image}[]} */
  const read = [];
  for (const cell of cells) {
    try {
      const { image, picture } = await cell.read();
      cell.picture = picture;
      read.push({ cell, image });
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      refused.set(cell, error.message);
    }
  }
  const features = await pair.features(read.map(({ image }) => image));
  for (const [i, { cell }] of read.entries()) cell.features = features[i];
}

/**
 * Trains a tail from the weights that ship.
 * @param {Pair} pair
 * @param {Picked} picked with their features
 * @param {Settings} settings
 * @param {Parameters<typeof trainTail>[4]} watching
 * @returns {Promise<{net: LayersModel, run: Run}>}
 */
export function learn(pair, { learn: own, watch }, settings, watching) {
  const samples = { learn: own.map(sampleOf), held: watch.map(sampleOf) };
  return trainTail(pair, () => pair.fresh(), samples, settings, watching);
}

/** @param {Cell} cell */
function sampleOf({ features, label }) {
  if (!features) throw new Error('the features of this cell were not computed');
  return { features, label };
}

/**
 * What a tail makes of images whose class is known.
 * @param {Pair} pair
 * @param {LayersModel} net
 * @param {Cell[]} cells with their features
 * @param {number} positive the class that one looks for
 * @returns {Promise<Exam>}
 */
export async function examine(pair, net, cells, positive) {
  const shares = await pair.predict(
    net,
    cells.map((cell) => sampleOf(cell).features),
  );
  const classes = pair.classes.length;
  const confusion = Array.from({ length: classes }, () => new Array(classes).fill(0));
  /** @type {Exam['wrong']} */
  const wrong = [];
  cells.forEach((cell, i) => {
    const guess = argMax(shares[i]);
    confusion[cell.label][guess]++;
    if (guess !== cell.label) wrong.push({ cell, guess, probability: shares[i][guess] });
  });
  wrong.sort((a, b) => b.probability - a.probability);
  const roc = rocOf({
    positive: Uint8Array.from(cells, ({ label }) => Number(label === positive)),
    probabilities: Float64Array.from(shares, (each) => each[positive]),
  });
  return {
    samples: cells.length,
    accuracy: 1 - wrong.length / cells.length,
    confusion,
    roc,
    area: areaUnder(roc),
    perClass: confusion.map((row, label) => {
      const samples = row.reduce((sum, count) => sum + count, 0);
      const right = row[label];
      return { right, samples, share: right / samples, interval: wilson(right, samples) };
    }),
    wrong,
  };
}
