// Malaria: the last layers of a network that others trained are trained on blood cells, here.
import { fillParity } from '../runtime/card.js';
import { Controls } from '../runtime/controls.js';
import { Dataset } from '../runtime/dataset.js';
import { byId, duration, element, megabytes, percent } from '../runtime/dom.js';
import { chosen, dropped, guardDrops } from '../runtime/drop.js';
import { echo } from '../runtime/echo.js';
import '../runtime/elements/line-chart.js';
import '../runtime/elements/paged-table.js';
import { PageError } from '../runtime/fetch.js';
import '../runtime/inspect/roc-plot.js';
import { argMax } from '../runtime/numbers.js';
import { showProblem } from '../runtime/problem.js';
import * as tf from '../runtime/tf.js';
import { disposeModel } from '../runtime/training.js';
import { Pair } from '../runtime/transfer/pair.js';
import { Shelf } from '../runtime/transfer/shelf.js';
import { say, sentenceOf, Work } from '../runtime/work.js';
import { apart, builtIn, ownCells, photoOf } from './cells.js';
import { examine, learn, pick, prepare } from './learning.js';
import { dateOf, showCells, showExam, showRefused, showRun, showShelf } from './view.js';

/**
 * @typedef {import('./cells.js').Cell} Cell
 * @typedef {import('./cells.js').Collection} Collection
 * @typedef {import('./learning.js').Exam} Exam
 * @typedef {import('./learning.js').Settings} Settings
 */

const ASKED = 8;
/** How many of the images of the page are fetched before more are asked for. Where it is built with
 * the real ones there are 27,558. */
const AT_FIRST = { pool: 1200, held: 600 };
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
  /** What the network in use was trained on, if that was in this visit.
   * @type {Collection | null} */
  trainedOn: null,
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
  const { pair, net, source } = state;
  const set = (/** @type {string} */ id, /** @type {boolean} */ able) => {
    /** @type {HTMLButtonElement} */ (byId(id)).disabled = !able || work.busy;
  };
  set('train', Boolean(pair && source));
  for (const id of ['pick-folder', 'pick-files', 'upload']) set(id, Boolean(pair));
  for (const id of ['download', 'ask-files']) set(id, Boolean(pair && net));
  set('ask-held', Boolean(pair && net && source));
  set('use-built-in', Boolean(state.dataset));
  for (const button of byId('shelf').querySelectorAll('button')) button.disabled = work.busy;
}

// -- opening -------------------------------------------------------------------------------

// #region open
/** @param {AbortSignal} signal */
async function openNetwork(signal) {
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
  shelf = new Shelf('malaria', pair.shape, { labels: pair.classes, base: pair.digest });
  const { base, tail } = pair.backends;
  const [best] = measured;
  byId('computed').textContent =
    `The frozen base is computed on ${base}, ${best.milliseconds.toFixed(1)} ms for an image; the ` +
    `last layers are trained on ${tail}.`;
  Object.assign(document.body.dataset, { backend: base, trainer: tail });
}

/**
 * Opens what is not open yet: after a failure it may be tried again.
 * @param {AbortSignal} signal
 */
async function open(signal) {
  if (!state.pair) await openNetwork(signal);
  await list();
  await openData(signal);
}

/** @param {AbortSignal} signal */
async function openData(signal) {
  const dataset = await Dataset.open(urls.dataset, { signal });
  dataset.addEventListener('progress', (event) => {
    const { bytes, total } = /** @type {CustomEvent} */ (event).detail;
    work.progress(bytes, total, `Fetching images: ${megabytes(bytes)} of ${megabytes(total)}`);
  });
  state.dataset = dataset;
  await fetchCells(AT_FIRST.pool, signal);
}

/**
 * Fetches images of the page, as far as they are not there.
 * @param {number} pool how many to learn from
 * @param {AbortSignal} signal
 */
async function fetchCells(pool, signal) {
  const dataset = /** @type {Dataset} */ (state.dataset);
  const splits = Object.keys(dataset.manifest.splits);
  const counts = { [splits[0]]: pool, [/** @type {string} */ (splits.at(-1))]: AT_FIRST.held };
  await dataset.load(counts, { signal });
  use(builtIn(dataset, byId('source-text').dataset.title ?? ''));
}

/**
 * Fetches more images of the page where more are asked for than are there.
 * @param {AbortSignal} signal
 */
async function fetchMore(signal) {
  const { dataset, source } = state;
  if (!dataset || !source || source.own) return;
  const [split] = Object.keys(dataset.manifest.splits);
  // Twice as many as are picked, as one class may be the rarer one.
  const wanted = Math.min(dataset.size(split), 2 * settings().images);
  if (wanted > source.pool.length) await fetchCells(wanted, signal);
}

/**
 * Takes other images to learn from.
 * @param {Collection} source
 */
function use(source) {
  state.source = source;
  const { pool, held, title, all } = source;
  const most =
    all > pool.length ? ` (of ${all.toLocaleString('en')}; more are fetched if asked for)` : '';
  byId('source-text').textContent =
    `${title}: ${pool.length} images to learn from${most}, ${held.length} ` +
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
    controls.show(field);
    return;
  }
  await work.run(async (signal) => {
    await fetchMore(signal);
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
    state.trainedOn = source;
    const tested = await testUnlessStopped(source, run.stopped ? undefined : signal);
    const lost = await sentenceOf(keep());
    const early = run.stopped
      ? 'Stopped early.'
      : tested
        ? ''
        : 'Stopped before the test was done.';
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

/**
 * The test, which may be stopped without losing what was trained.
 * @param {Collection} source
 * @param {AbortSignal} [signal]
 * @returns {Promise<boolean>} whether it was done
 */
async function testUnlessStopped(source, signal) {
  try {
    await test(source, signal);
    return true;
  } catch (error) {
    if (!signal?.aborted) throw error;
    return false;
  }
}

/**
 * @param {Collection | null} source
 * @param {AbortSignal} [signal]
 */
async function test(source, signal) {
  const { pair, net } = state;
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
  if (!ready.length) byId('no-exam').textContent = 'There are no held-out images to test it on.';
}

/**
 * @param {Collection} source
 * @param {Cell[]} cells of it that were asked about
 */
function slides(source, cells) {
  if (!apart(source)) return 'slides of which it may have seen others';
  const count = new Set(cells.map(({ slide }) => slide)).size;
  const slides = count === 1 ? '1 slide' : `${count} slides`;
  // What a network was trained on that was kept or brought along is not known.
  return state.trainedOn === source ? `${slides} that it has never seen` : slides;
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
  Object.assign(state, { net, kept: id, images, exam: null, trainedOn: null });
  showExam(null, [], POSITIVE, '');
  byId('answers').replaceChildren();
  showRefused('ask-problems', []);
  byId('ask-hint').hidden = Boolean(net);
  enable();
}

/** @param {string} [saved] when it was trained, if not now */
async function keep(saved) {
  if (!shelf || !state.net) return;
  const { exam, images } = state;
  try {
    state.kept = await shelf.save(state.net, { accuracy: exam?.accuracy ?? null, images, saved });
  } finally {
    await list();
  }
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
    await test(state.source, signal);
    say('The network is back. It can be asked, and its test was repeated.', 'done');
  });
}

/** @param {string} id */
async function remove(id) {
  await work.run(async () => {
    await shelf?.remove(id);
    if (id === state.kept) state.kept = '';
    await list();
    say('Deleted from this browser.');
  });
  byId('upload').focus();
}

/** @param {File[]} files */
function upload(files) {
  return work.run(async (signal) => {
    const { model, note } = await /** @type {Shelf} */ (shelf).upload(files);
    adopt(model, '', note.images ?? 0);
    if (state.source) await testUnlessStopped(state.source, signal);
    const lost = await sentenceOf(keep(note.saved || undefined));
    say(lost || 'The network was uploaded, tested and kept.', lost ? '' : 'done');
  });
}

// -- asking --------------------------------------------------------------------------------

/** @typedef {{name: string, read: import('./cells.js').Cell['read']}} Asked */

/** @param {File[]} files */
const askFiles = (files) => ask(files.map((file) => ({ name: file.name, read: photoOf(file) })));

function askHeld() {
  const { pair, source } = state;
  if (!pair || !source) return;
  const { held } = source;
  const from = Number(byId('answers').dataset.from ?? 0);
  byId('answers').dataset.from = String(from + ASKED);
  const cells = Array.from({ length: Math.min(ASKED, held.length) }, (_, i) => {
    return held[(from + i) % held.length];
  });
  ask(cells.map(({ label, read }) => ({ name: `is ${pair.classes[label]}`, read })));
}

/**
 * Asks about images one by one; one that cannot be read is said, and the rest goes on.
 * @param {Asked[]} asked
 */
function ask(asked) {
  return work.run(async (signal) => {
    /** @type {string[]} */
    const problems = [];
    byId('answers').replaceChildren();
    showRefused('ask-problems', problems);
    for (const [done, each] of asked.entries()) {
      signal.throwIfAborted();
      work.progress(done, asked.length, `Asking: ${done} of ${asked.length} images`);
      try {
        byId('answers').append(await answer(each));
      } catch (error) {
        if (!(error instanceof PageError)) throw error;
        problems.push(error.message);
        showRefused('ask-problems', problems);
      }
    }
  });
}

// #region ask
/** @param {Asked} asked */
async function answer({ name, read }) {
  const pair = /** @type {Pair} */ (state.pair);
  const net = /** @type {tf.LayersModel} */ (state.net);
  const { image, picture } = await read();
  const [shares] = await pair.predict(net, await pair.features([image]));
  const best = argMax(shares);
  const said = element('strong', {}, pair.classes[best]);
  const sure = element('small', {}, `${percent(shares[best], 0)}, ${name}`);
  return element('li', {}, picture(), said, sure);
}
// #endregion

// -- connecting ----------------------------------------------------------------------------

/** @param {import('../runtime/drop.js').Given[]} files */
function takeOwn(files) {
  if (work.busy) return say('Something else is under way: wait until it is done, and try again.');
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
    const pool = [...learn, ...more];
    const own = { title: 'Your images', pool, all: pool.length, held, problems, own: true };
    if (!apart(own)) problems.push(FLATTERING);
    use(own);
    const many = pool.length + held.length;
    const rest = cells.length - many;
    const left = rest ? ` ${rest} more are of slides that are held out, and not needed there.` : '';
    say(`${many} images of yours are taken.${left} Press Train.`, 'done');
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
    if (state.dataset) use(builtIn(state.dataset, byId('source-text').dataset.title ?? ''));
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
  guardDrops();
  echo();
  fillParity().catch(() => {}); // the card says less then, and the page works
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
