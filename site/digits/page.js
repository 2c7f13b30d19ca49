// The digits page: a network compiled from Python and one trained here, on the same drawings.
import { useBackend } from '../runtime/backends.js';
import { Dataset } from '../runtime/dataset.js';
import { toDigit } from '../runtime/digit.js';
import { byId, duration, element, fillTable, megabytes, percent } from '../runtime/dom.js';
import '../runtime/elements/draw-pad.js';
import '../runtime/elements/model-status.js';
import '../runtime/elements/prediction-bars.js';
import { compile, createModel, FORM, KEPT } from '../mnist/network.js';
import { PageError } from '../runtime/fetch.js';
import { Keeper } from '../runtime/keep.js';
import { newestOnly } from '../runtime/newest.js';
import { argMax, range, topK } from '../runtime/numbers.js';
import { clearProblem, showProblem } from '../runtime/problem.js';
import * as tf from '../runtime/tf.js';
import { drawTile } from '../runtime/tiles.js';
import { disposeModel, train } from '../runtime/training.js';

/**
 * @typedef {import('../runtime/model.js').CompiledModel} CompiledModel
 * @typedef {import('../runtime/elements/draw-pad.js').DrawPad} DrawPad
 * @typedef {import('../runtime/elements/model-status.js').ModelStatus} ModelStatus
 * @typedef {import('../runtime/elements/prediction-bars.js').PredictionBars} PredictionBars
 * @typedef {{name: string, answers: number[], right: number}} Marks
 */

const BATCH = 100;
const LESSON = { images: 4000, held: 500, epochs: 5, batch: 64, rate: 0.003, seed: 1 };
const SHOWN = 12;

/** What the page holds; everything shown follows from it. */
const state = {
  /** @type {CompiledModel | null} */
  python: null,
  /** @type {tf.LayersModel | null} */
  browser: null,
  /** @type {Dataset | null} */
  dataset: null,
  /** @type {Marks[]} */
  marks: [],
  /** @type {AbortController | null} */
  busy: null,
  origin: '',
};

const given = byId('data').dataset;
const keeper = new Keeper(KEPT, FORM);
const status = /** @type {ModelStatus} */ (byId('status'));
const pad = /** @type {DrawPad} */ (byId('pad'));

// -- drawing -------------------------------------------------------------------------------

// #region predict
/** @param {Uint8Array} digit 28 x 28 bytes, 0 paper to 255 ink */
async function askPython(digit) {
  if (!state.python) return null;
  const [probabilities] = await state.python.predict([
    { width: 28, height: 28, channels: 1, data: digit },
  ]);
  return probabilities;
}
// #endregion

/** @param {Uint8Array} digit */
async function askBrowser(digit) {
  const { browser } = state;
  if (!browser) return null;
  const output = tf.tidy(() => {
    const pixels = Float32Array.from(digit, (v) => v / 255);
    return /** @type {tf.Tensor} */ (browser.predict(tf.tensor4d(pixels, [1, 28, 28, 1])));
  });
  try {
    return /** @type {Float32Array} */ (await output.data());
  } finally {
    output.dispose();
  }
}

async function guess() {
  const digit = toDigit(pad.ink());
  const tile = { height: 28, width: 28, channels: 1 };
  const canvas = /** @type {HTMLCanvasElement} */ (byId('seen'));
  drawTile(digit ?? new Uint8Array(784), tile, 'What both networks see', canvas);
  const [python, browser] = digit
    ? await Promise.all([askPython(digit), askBrowser(digit)])
    : [null, null];
  show('python', python, digit ? 'Still loading.' : 'Draw a digit.');
  show('browser', browser, state.browser ? 'Draw a digit.' : 'Not trained yet.');
}

/**
 * @param {string} id
 * @param {Float32Array | null} probabilities
 * @param {string} otherwise
 */
function show(id, probabilities, otherwise) {
  const bars = /** @type {PredictionBars} */ (byId(id));
  if (!probabilities) {
    bars.clear(otherwise);
    return;
  }
  const names = state.python?.classes ?? range(0, 10).map(String);
  const best = topK(probabilities, 3);
  bars.show(best.map(({ index, value }) => ({ name: names[index], probability: value })));
}

/** Asks about the drawing as it is now. */
const guessSoon = newestOnly(async () => {
  await new Promise((done) => requestAnimationFrame(done));
  await status.settled; // another backend may be on trial
  if (!state.busy) await guess();
  else for (const id of ['python', 'browser']) show(id, null, 'Busy: it answers afterwards.');
}, showProblem);

// -- training ------------------------------------------------------------------------------

/** @param {AbortSignal} signal */
async function learn(signal) {
  const dataset = await data(signal);
  const { images, held, epochs, batch, rate, seed } = LESSON;
  await dataset.load({ train: images + held }, { signal });
  const chosen = status.dataset.backend;
  // WebAssembly cannot train convolutions.
  if (!(await useBackend('webgl')) && !(await useBackend('cpu'))) {
    throw new PageError('This browser has no backend that can train.');
  }
  const model = createModel(seed);
  try {
    compile(model, rate);
    const training = dataset.batches('train', { to: images, batchSize: batch, seed });
    const validation = dataset.batches('train', {
      from: images,
      to: images + held,
      batchSize: 250,
    });
    const run = await train(model, training, {
      validation,
      epochs,
      signal,
      onBatch: (point, _, left) => {
        const text = `Epoch ${Math.ceil(point.epoch)} of ${epochs}, about ${duration(left)} left`;
        showBar(point.epoch, epochs, text);
      },
    });
    const last = run.epochs.at(-1);
    adopt(model, run.stopped ? 'trained here, stopped early' : 'trained here');
    await keeper.save(model, { accuracy: last?.val_acc, images });
  } catch (error) {
    if (state.browser !== model) disposeModel(model);
    throw error;
  } finally {
    if (chosen) await useBackend(/** @type {any} */ (chosen)); // held while it trained
  }
}

/**
 * @param {tf.LayersModel} model
 * @param {string} origin
 */
function adopt(model, origin) {
  if (state.browser !== model) disposeModel(state.browser);
  state.browser = model;
  state.origin = origin;
  byId('train').textContent = 'Train it anew';
  byId('browser-title').textContent = `Trained in your browser (${origin})`;
}

// -- comparing -----------------------------------------------------------------------------

/** @param {AbortSignal} signal */
async function compareBoth(signal) {
  const dataset = await data(signal);
  const samples = Number(/** @type {HTMLSelectElement} */ (byId('sample')).value);
  await dataset.load({ test: samples }, { signal });
  const asked = [
    { name: 'Trained by Python', ask: pythonBatch },
    ...(state.browser ? [{ name: 'Trained in your browser', ask: browserBatch }] : []),
  ];
  state.marks = [];
  for (const { name, ask } of asked) {
    /** @type {number[]} */
    const answers = [];
    while (answers.length < samples) {
      signal.throwIfAborted();
      const numbers = range(answers.length, Math.min(samples, answers.length + BATCH));
      answers.push(...(await ask(dataset, numbers)));
      showBar(answers.length, samples, `${name}: ${answers.length.toLocaleString('en')} digits`);
    }
    const right = answers.filter((answer, i) => answer === dataset.label('test', i)).length;
    state.marks.push({ name, answers, right });
  }
  showMarks(samples);
}

/**
 * @param {Dataset} dataset
 * @param {number[]} numbers
 */
async function pythonBatch(dataset, numbers) {
  const { height, width, channels } = dataset.tile;
  const images = numbers.map((number) => ({
    height,
    width,
    channels,
    data: dataset.pixels('test', number),
  }));
  const shares = (await state.python?.predict(images)) ?? [];
  return shares.map((row) => argMax(row));
}

/**
 * @param {Dataset} dataset
 * @param {number[]} numbers
 */
async function browserBatch(dataset, numbers) {
  const model = /** @type {tf.LayersModel} */ (state.browser);
  const answers = tf.tidy(() => {
    const { xs } = dataset.batch('test', numbers);
    return tf.argMax(/** @type {tf.Tensor} */ (model.predict(xs)), 1);
  });
  try {
    return [...(await answers.data())];
  } finally {
    answers.dispose();
  }
}

/** @param {number} samples */
function showMarks(samples) {
  const table = /** @type {HTMLTableElement} */ (byId('marks'));
  table.hidden = false;
  fillTable(table, {
    caption: `The same ${samples.toLocaleString('en')} test digits`,
    head: ['Network', 'Read correctly', 'Wrong', 'Accuracy'],
    rows: state.marks.map(({ name, right }) => [
      name,
      right,
      samples - right,
      percent(right / samples, 2),
    ]),
  });
  const [python, browser] = state.marks;
  byId('score').textContent = browser
    ? `${percent(python.right / samples, 2)} by Python's network, ${percent(browser.right / samples, 2)} by yours.`
    : `${percent(python.right / samples, 2)} by Python's network. Train one here to compare.`;
  showDifferences();
}

function showDifferences() {
  const { dataset } = state;
  const [python, browser] = state.marks;
  const numbers = browser
    ? range(0, python.answers.length).filter((i) => python.answers[i] !== browser.answers[i])
    : [];
  byId('differences').hidden = numbers.length === 0;
  if (!dataset || !browser) return;
  byId('differences-title').textContent =
    `Where they disagree: ${numbers.length.toLocaleString('en')} digits`;
  const tiles = numbers.slice(0, SHOWN).map((i) => {
    const label = dataset.label('test', i);
    const text = `A ${label}: Python's reads ${python.answers[i]}, yours ${browser.answers[i]}`;
    const canvas = drawTile(dataset.pixels('test', i), dataset.tile, text);
    const words = element('span', { 'aria-hidden': 'true' }, `${label}`);
    const small = element('small', {}, `${python.answers[i]} | ${browser.answers[i]}`);
    return element('li', {}, canvas, words, small);
  });
  byId('differing').replaceChildren(...tiles);
}

// -- what is shown -------------------------------------------------------------------------

/** @param {AbortSignal} signal */
async function data(signal) {
  if (!state.dataset) {
    const dataset = await Dataset.open(given.mnist ?? '', { signal });
    dataset.addEventListener('progress', (event) => {
      const { bytes, total } = /** @type {CustomEvent} */ (event).detail;
      showBar(bytes, total, `Fetching images: ${megabytes(bytes)} of ${megabytes(total)}`);
    });
    state.dataset = dataset;
  }
  return state.dataset;
}

/**
 * Runs one piece of work at a time, with its errors shown and Stop connected.
 * @param {(signal: AbortSignal) => Promise<void>} task
 */
async function work(task) {
  if (state.busy) return;
  state.busy = new AbortController();
  setBusy(true);
  clearProblem();
  try {
    await task(state.busy.signal);
  } catch (error) {
    if (!state.busy.signal.aborted) showProblem(error, () => work(task));
  } finally {
    state.busy = null;
    setBusy(false);
    guessSoon();
  }
}

/** @param {boolean} busy */
function setBusy(busy) {
  // The first load is short and all that follows needs it: nothing to stop there.
  const left = document.activeElement === byId('train');
  byId('stop').hidden = !busy || !state.python;
  if (busy && left) byId('stop').focus();
  byId('bar').hidden = true;
  status.hold(busy);
  /** @type {HTMLButtonElement} */ (byId('train')).disabled = busy;
  /** @type {HTMLButtonElement} */ (byId('compare')).disabled = busy || !state.python;
}

/**
 * @param {number} done
 * @param {number} total
 * @param {string} text
 */
function showBar(done, total, text) {
  const bar = /** @type {HTMLProgressElement} */ (byId('bar-value'));
  byId('bar').hidden = false;
  bar.max = total || 1;
  bar.value = done;
  byId('bar-text').textContent = text;
}

// -- connecting ----------------------------------------------------------------------------

function connect() {
  byId('train').addEventListener('click', () => work(learn));
  byId('compare').addEventListener('click', () => work(compareBoth));
  byId('stop').addEventListener('click', () => state.busy?.abort());
  byId('undo').addEventListener('click', () => pad.undo());
  byId('clear').addEventListener('click', () => pad.clear());
  const brush = /** @type {HTMLInputElement} */ (byId('brush'));
  brush.addEventListener('input', () => {
    pad.brush = Number(brush.value);
  });
  pad.addEventListener('ink', guessSoon);
  status.addEventListener('backend', guessSoon);
}

async function start() {
  connect();
  await work(async (signal) => {
    state.python = await status.load(given.modelDigits ?? '', { signal });
    const kept = await keeper.load();
    if (kept) adopt(kept.model, `kept from ${new Date(kept.note.saved).toLocaleString('en')}`);
  });
  document.body.dataset.ready = 'true';
}

/** What `check` repeats to see whether anything is left behind: one guess. */
async function action() {
  await askPython(new Uint8Array(784).fill(200, 300, 500));
}

start();

Object.assign(globalThis, {
  prebake: { state, action, memory: tf.memory, getBackend: tf.getBackend },
});
