// Malaria: the last layers of a network that others trained are trained on blood cells, here.
import { Controls } from '../runtime/controls.js';
import { Dataset } from '../runtime/dataset.js';
import { byId, duration, element, megabytes, percent } from '../runtime/dom.js';
import { chosen, dropped } from '../runtime/drop.js';
import '../runtime/elements/line-chart.js';
import '../runtime/elements/paged-table.js';
import { PageError } from '../runtime/fetch.js';
import { readPhoto } from '../runtime/inspect/photos.js';
import '../runtime/inspect/roc-plot.js';
import { argMax } from '../runtime/numbers.js';
import { showProblem } from '../runtime/problem.js';
import * as tf from '../runtime/tf.js';
import { disposeModel } from '../runtime/training.js';
import { Pair } from '../runtime/transfer/pair.js';
import { Shelf } from '../runtime/transfer/shelf.js';
import { say, sentenceOf, Work } from '../runtime/work.js';
import { apart, builtIn, ownCells } from './cells.js';
import { examine, learn, pick, prepare } from './learning.js';
import { dateOf, showCells, showExam, showRefused, showRun, showShelf } from './view.js';

/**
 * @typedef {import('./cells.js').Cell} Cell
 * @typedef {import('./cells.js').Collection} Collection
 * @typedef {import('./learning.js').Exam} Exam
 * @typedef {import('./learning.js').Settings} Settings
 */

const ASKED = 8;
const OWN_TEST = 25; // percent of the visitor's images that are held out for the test
const FLATTERING =
  'Images of one slide may be used to learn from and in the test, so that the figures flatter: the ' +
  'slides are not known (file names such as C33P1thinF_IMG_….png tell them), or there are too few.';
const POSITIVE = 1; // the class that one looks for: the second

// #region controls
const controls = new Controls({
  images: { value: 120, min: 8, max: 20000, whole: true },
  epochs: { value: 5, min: 1, max: 100, whole: true },
  batch: { value: 24, min: 2, max: 256, whole: true },
  rate: { value: 0.001, min: 0.000001, max: 1 },
  held: { value: 20, min: 5, max: 50 },
  seed: { value: 1, min: 0, max: 9999, whole: true },
});
// #endregion

const urls = {
  base: byId('data').dataset.modelMalariaBase ?? '',
  tail: byId('data').dataset.modelMalaria ?? '',
  dataset: byId('data').dataset.malaria ?? '',
};

/** What the page holds; everything shown follows from it. */
const state = {
  /** @type {Pair | null} */
  pair: null,
  /** @type {Dataset | null} */
  dataset: null,
  /** @type {Collection | null} */
  source: null,
  /** @type {tf.LayersModel | null} */
  net: null,
  /** @type {Exam | null} */
  exam: null,
  /** The id of the kept network that is in use. */
  kept: '',
  images: 0,
};
/** @type {Shelf | null} */
let shelf = null;

const work = new Work((busy) => {
  controls.disable(busy);
  byId('stage-train').setAttribute('aria-busy', String(busy));
  byId('train').hidden = busy;
  enable();
});

function enable() {
  const { pair, net } = state;
  const set = (/** @type {string} */ id, /** @type {boolean} */ able) => {
    /** @type {HTMLButtonElement} */ (byId(id)).disabled = !able || work.busy;
  };
  for (const id of ['train', 'pick-folder', 'pick-files', 'upload']) set(id, Boolean(pair));
  for (const id of ['download', 'ask-files', 'ask-held']) set(id, Boolean(pair && net));
  for (const button of byId('shelf').querySelectorAll('button')) button.disabled = work.busy;
}

// -- opening -------------------------------------------------------------------------------

// #region open
/** @param {AbortSignal} signal */
async function open(signal) {
  const pair = await Pair.open(urls, {
    signal,
    onProgress: (bytes, total) =>
      work.progress(
        bytes,
        total,
        `Fetching the network: ${megabytes(bytes)} of ${megabytes(total)}`,
      ),
  });
  const measured = await pair.pick({
    wish: new URLSearchParams(location.search).get('backend'),
    onTry: (name) => work.progress(0, 1, `Warming up on ${name}`),
  });
  state.pair = pair;
  // #endregion
  const { base, tail } = pair.backends;
  const [best] = measured;
  byId('computed').textContent =
    `The frozen base is computed on ${base}, ${best.milliseconds.toFixed(1)} ms for an image; the ` +
    `last layers are trained on ${tail}.`;
  Object.assign(document.body.dataset, { backend: base, trainer: tail });
  shelf = new Shelf('malaria', pair.shape, { labels: pair.classes, base: pair.digest });
  await openData(signal);
  await list();
}

/** @param {AbortSignal} signal */
async function openData(signal) {
  const dataset = await Dataset.open(urls.dataset, { signal });
  dataset.addEventListener('progress', (event) => {
    const { bytes, total } = /** @type {CustomEvent} */ (event).detail;
    work.progress(bytes, total, `Fetching images: ${megabytes(bytes)} of ${megabytes(total)}`);
  });
  const splits = Object.keys(dataset.manifest.splits);
  await dataset.load(Object.fromEntries(splits.map((name) => [name, dataset.size(name)])), {
    signal,
  });
  state.dataset = dataset;
  use(builtIn(dataset));
}

/**
 * Takes other images to learn from.
 * @param {Collection} source
 */
function use(source) {
  state.source = source;
  const { pool, held, title } = source;
  byId('source-text').textContent =
    `${title}: ${pool.length} images to learn from, ${held.length} ` +
    `${apart(source) ? 'of other slides ' : ''}held out for the test.`;
  byId('use-built-in').hidden = source.own !== true;
  showRefused('refused', source.problems);
  const { problem } = controls.read();
  if (!problem) repick();
}

function repick() {
  const { pair, source } = state;
  if (!pair || !source) return null;
  const picked = pick(source.pool, settings(), pair.classes.length);
  showCells(picked, pair.classes);
  return picked;
}

/** @returns {Settings} */
const settings = () => controls.read().values;

// -- training ------------------------------------------------------------------------------

async function startTraining() {
  const { problem, field } = controls.read();
  if (problem) {
    say(problem, 'error');
    field?.focus();
    return;
  }
  await work.run(async (signal) => {
    const { pair, source } = state;
    if (!pair || !source) return;
    const picked = await readable(pair, source, signal);
    const { epochs } = settings();
    const { net, run } = await learn(pair, picked, settings(), {
      signal,
      onBatch: (point, so, left) => {
        const text = `Epoch ${Math.ceil(point.epoch)} of ${epochs}`;
        work.progress(point.epoch, epochs, `${text}, about ${duration(left)} left`);
        showRun(so, epochs);
      },
      onEpoch: (_, so) => showRun(so, epochs),
    });
    showRun(run, epochs);
    adopt(net, '', picked.learn.length);
    await test(run.stopped ? new AbortController().signal : signal);
    const lost = await sentenceOf(keep());
    const early = run.stopped ? 'Stopped early.' : '';
    const score = state.exam
      ? `It gets ${percent(state.exam.accuracy)} of the held-out cells right.`
      : 'Trained.';
    say([early, score, picked.problem, lost].filter(Boolean).join(' '), 'done');
  });
}

/**
 * Picks images and computes the base for them; those that cannot be read are left out for good, and
 * others are picked in their place.
 * @param {Pair} pair
 * @param {Collection} source
 * @param {AbortSignal} signal
 */
async function readable(pair, source, signal) {
  for (;;) {
    const picked = pick(source.pool, settings(), pair.classes.length);
    const cells = [...picked.learn, ...picked.watch];
    const { refused } = await prepare(pair, cells, {
      signal,
      onProgress: (done, total) =>
        work.progress(done, total, `Computing the frozen base: ${done} of ${total} images`),
    });
    if (refused.size === 0) {
      showCells(picked, pair.classes);
      return picked;
    }
    leaveOut(source, refused);
    const missing = pair.classes.filter((_, i) => source.pool.every(({ label }) => label !== i));
    if (missing.length) {
      throw new PageError(`No image of the class ${missing.join(', ')} can be read.`);
    }
  }
}

/**
 * @param {Collection} source
 * @param {Map<Cell, string>} refused
 */
function leaveOut(source, refused) {
  source.pool = source.pool.filter((cell) => !refused.has(cell));
  source.held = source.held.filter((cell) => !refused.has(cell));
  source.problems.push(...refused.values());
  showRefused('refused', source.problems);
}

/** @param {AbortSignal} signal */
async function test(signal) {
  const { pair, source, net } = state;
  if (!pair || !source || !net) return;
  const { refused } = await prepare(pair, source.held, {
    signal,
    onProgress: (done, total) =>
      work.progress(done, total, `Testing on held-out cells: ${done} of ${total} images`),
  });
  if (refused.size) leaveOut(source, refused);
  const ready = source.held.filter(({ features }) => features);
  state.exam = ready.length ? await examine(pair, net, ready, POSITIVE) : null;
  showExam(state.exam, pair.classes, POSITIVE, slides(source, ready));
}

/**
 * @param {Collection} source
 * @param {Cell[]} cells of it that were asked about
 */
function slides(source, cells) {
  if (!apart(source)) return 'slides of which it may have seen others';
  const count = new Set(cells.map(({ slide }) => slide)).size;
  return `${count} ${count === 1 ? 'slide that it has' : 'slides that it has'} never seen`;
}

// -- the network in use --------------------------------------------------------------------

/**
 * Takes a network in place of the one before, which is freed.
 * @param {tf.LayersModel | null} net
 * @param {string} id under which it is kept
 * @param {number} images it was trained on
 */
function adopt(net, id, images) {
  disposeModel(state.net);
  Object.assign(state, { net, kept: id, images, exam: null });
  showExam(null, [], POSITIVE, '');
  byId('answers').replaceChildren();
  byId('ask-hint').hidden = Boolean(net);
  enable();
}

async function keep() {
  if (!shelf || !state.net) return;
  const { exam, images } = state;
  state.kept = await shelf.save(state.net, { accuracy: exam?.accuracy ?? null, images });
  await list();
}

async function list() {
  const kept = (await shelf?.list()) ?? [];
  showShelf(kept, state.kept, (action, id) => (action === 'load' ? load(id) : remove(id)));
  const own = kept.find(({ id }) => id === state.kept);
  byId('in-use').textContent = own
    ? `In use: the network of ${dateOf(own.saved)}.`
    : state.net
      ? 'In use: a network that is not kept in this browser.'
      : 'No network of yours is in use.';
  enable();
}

/** @param {string} id */
function load(id) {
  return work.run(async (signal) => {
    try {
      const { model, note } = await /** @type {Shelf} */ (shelf).load(id);
      adopt(model, id, note.images ?? 0);
    } finally {
      await list();
    }
    await test(signal);
    say('The network is back. It can be asked, and its test was repeated.', 'done');
  });
}

/** @param {string} id */
function remove(id) {
  return work.run(async () => {
    await shelf?.remove(id);
    if (id === state.kept) state.kept = '';
    await list();
    say('Deleted from this browser.');
    byId('upload').focus();
  });
}

/** @param {File[]} files */
function upload(files) {
  return work.run(async (signal) => {
    const { model, note } = await /** @type {Shelf} */ (shelf).upload(files);
    adopt(model, '', note.images ?? 0);
    await test(signal);
    const lost = await sentenceOf(keep());
    say(lost || 'The network was uploaded, tested and kept.', lost ? '' : 'done');
  });
}

// -- asking --------------------------------------------------------------------------------

/** @param {File[]} files */
function askFiles(files) {
  return work.run(async () => {
    /** @type {string[]} */
    const problems = [];
    const photos = [];
    for (const file of files) {
      try {
        photos.push(await readPhoto(file, file.name));
      } catch (error) {
        if (!(error instanceof PageError)) throw error;
        problems.push(error.message);
      }
    }
    showRefused('ask-problems', problems);
    await answer(
      photos.map(({ name, image, thumbnail }) => ({
        name,
        image,
        picture: element('img', { src: thumbnail, alt: '', class: 'cell' }),
      })),
    );
  });
}

function askHeld() {
  return work.run(async () => {
    const { held } = /** @type {Collection} */ (state.source);
    const from = Number(byId('answers').dataset.from ?? 0);
    const cells = Array.from({ length: Math.min(ASKED, held.length) }, (_, i) => {
      return held[(from + i) % held.length];
    });
    byId('answers').dataset.from = String(from + ASKED);
    const read = await Promise.all(cells.map((cell) => cell.read()));
    const { classes } = /** @type {Pair} */ (state.pair);
    await answer(
      read.map(({ image, picture }, i) => {
        const name = `is ${classes[cells[i].label]}`;
        return { name, image, picture: picture() };
      }),
    );
  });
}

// #region ask
/** @param {{name: string, image: import('./cells.js').Image, picture: HTMLElement}[]} asked */
async function answer(asked) {
  const { pair, net } = state;
  if (!pair || !net) return;
  const features = await pair.features(asked.map(({ image }) => image));
  const shares = await pair.predict(net, features);
  const items = asked.map(({ name, picture }, i) => {
    const best = argMax(shares[i]);
    const said = element('strong', {}, pair.classes[best]);
    const sure = element('small', {}, `${percent(shares[i][best], 0)}, ${name}`);
    return element('li', {}, picture, said, sure);
  });
  byId('answers').replaceChildren(...items);
}
// #endregion

// -- connecting ----------------------------------------------------------------------------

/** @param {import('../runtime/drop.js').Given[]} files */
function takeOwn(files) {
  return work.run(async () => {
    const { pair } = state;
    if (!pair) return;
    const { cells, problems } = await ownCells(files, pair.classes);
    const { learn, watch: held } = pick(
      cells,
      { ...settings(), images: cells.length, held: OWN_TEST },
      pair.classes.length,
    );
    // What the balance left over is learned from too, unless its slide is held out.
    const taken = new Set([...learn, ...held]);
    const outside = new Set(held.map(({ slide }) => slide).filter(Boolean));
    const more = cells.filter((cell) => !taken.has(cell) && !outside.has(cell.slide));
    const own = { title: 'Your images', pool: [...learn, ...more], held, problems, own: true };
    if (!apart(own)) problems.push(FLATTERING);
    use(own);
    say(`${cells.length} images of yours are taken. Press Train.`, 'done');
  });
}

/**
 * @param {string} button
 * @param {string} input
 * @param {(files: File[]) => unknown} take
 */
function chooses(button, input, take) {
  const field = /** @type {HTMLInputElement} */ (byId(input));
  byId(button).addEventListener('click', () => field.click());
  field.addEventListener('change', () => {
    const files = Array.from(field.files ?? []);
    field.value = ''; // the same files may be chosen again
    if (files.length) take(files);
  });
}

function connect() {
  byId('train-form').addEventListener('submit', (event) => {
    event.preventDefault();
    startTraining();
  });
  chooses('pick-folder', 'folder', (files) => takeOwn(chosen(files)));
  chooses('pick-files', 'files', (files) => takeOwn(chosen(files)));
  chooses('upload', 'model-files', upload);
  chooses('ask-files', 'ask-input', askFiles);
  byId('ask-held').addEventListener('click', askHeld);
  byId('download').addEventListener('click', () => {
    if (state.net) shelf?.download(state.net).catch(showProblem);
  });
  byId('use-built-in').addEventListener('click', () => {
    if (state.dataset) use(builtIn(state.dataset));
    byId('pick-folder').focus();
  });
  for (const id of ['images', 'held', 'seed']) {
    byId(id).addEventListener('change', () => {
      if (!controls.read().problem) repick();
    });
  }
  const zone = byId('intake');
  for (const kind of ['dragenter', 'dragover']) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.dataset.over = 'true';
    });
  }
  zone.addEventListener('dragleave', () => delete zone.dataset.over);
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    delete zone.dataset.over;
    dropped(event.dataTransfer).then(takeOwn, showProblem);
  });
}

async function start() {
  connect();
  showRun({ batches: [], epochs: [] }, settings().epochs);
  await work.run(open);
  document.body.dataset.ready = 'true';
}

start();

/** What `check` repeats to see whether anything is left behind: one image, base and tail. */
async function action() {
  const { pair, source } = state;
  if (!pair || !source) return;
  const { image } = await source.held[0].read();
  const net = state.net ?? (await pair.fresh());
  await pair.predict(net, await pair.features([image]));
  if (net !== state.net) net.dispose();
}

Object.assign(globalThis, {
  prebake: { state, action, memory: tf.memory, getBackend: tf.getBackend },
});
