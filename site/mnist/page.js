// The MNIST page: a network learns to read handwritten digits in the visitor's browser.
import { startBackend } from '../runtime/backend.js';
import { Controls } from '../runtime/controls.js';
import { Dataset } from '../runtime/dataset.js';
import { toDigit } from '../runtime/digit.js';
import { byId, duration, element, fillTable, megabytes, percent } from '../runtime/dom.js';
import '../runtime/elements/draw-pad.js';
import { runningMean } from '../runtime/elements/line-chart.js';
import '../runtime/elements/prediction-bars.js';
import { PageError } from '../runtime/fetch.js';
import { Keeper } from '../runtime/keep.js';
import { topK } from '../runtime/numbers.js';
import * as tf from '../runtime/tf.js';
import { drawTile } from '../runtime/tiles.js';
import { disposeModel, train } from '../runtime/training.js';
import { compile, createModel, FORM, KEPT } from './network.js';

/**
 * @typedef {import('../runtime/elements/draw-pad.js').DrawPad} DrawPad
 * @typedef {import('../runtime/elements/line-chart.js').LineChart} LineChart
 * @typedef {import('../runtime/elements/prediction-bars.js').PredictionBars} PredictionBars
 * @typedef {import('../runtime/training.js').Run} Run
 * @typedef {import('../runtime/evaluation.js').Evaluation} Evaluation
 */

const NAMES = ['Zero', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'];
const EXAMPLES = 20;

// #region controls
const controls = new Controls({
  images: { value: 5500, min: 100, max: 59000, whole: true },
  epochs: { value: 10, min: 1, max: 100, whole: true },
  batch: { value: 64, min: 8, max: 1024, whole: true },
  rate: { value: 0.003, min: 0.00001, max: 1 },
  seed: { value: 1, min: 0, max: 9999, whole: true },
});
// #endregion

// #region open
const manifest = byId('data').dataset.mnist ?? '';

/** @param {AbortSignal} signal */
async function openData(signal) {
  const dataset = await Dataset.open(manifest, { signal });
  dataset.addEventListener('progress', (event) => {
    const { bytes, total } = /** @type {CustomEvent} */ (event).detail;
    showBar(bytes, total, `Fetching images: ${megabytes(bytes)} of ${megabytes(total)}`);
  });
  await dataset.load({ test: EXAMPLES }, { signal });
  return dataset;
}
// #endregion

/** What the page holds; everything shown follows from it. */
const state = {
  /** @type {Dataset | null} */
  dataset: null,
  /** @type {tf.LayersModel | null} */
  model: null,
  /** @type {Run | null} */
  run: null,
  /** @type {Evaluation | null} */
  evaluation: null,
  /** @type {[tf.LayersModel, string] | null} what an upload has replaced, and where it came from */
  before: null,
  /** @type {AbortController | null} */
  busy: null,
  backend: '',
  origin: '',
};

const keeper = new Keeper(KEPT, FORM);
const pad = /** @type {DrawPad} */ (byId('pad'));
const bars = /** @type {PredictionBars} */ (byId('guess'));

// -- training ------------------------------------------------------------------------------

// #region train
/**
 * @param {Dataset} dataset
 * @param {AbortSignal} signal
 */
async function learn(dataset, signal) {
  const { images, epochs, batch, rate, seed } = controls.read().values;
  const validation = validationSize(images);
  await dataset.load({ train: images + validation }, { signal });

  const model = createModel(seed);
  compile(model, rate);
  setBefore(null);
  adopt(model, 'in training');

  const training = dataset.batches('train', { to: images, batchSize: batch, seed });
  const held = dataset.batches('train', {
    from: images,
    to: images + validation,
    batchSize: 250,
  });
  return train(model, training, {
    validation: held,
    epochs,
    signal,
    onBatch: (point, run, left) => {
      const text = `Epoch ${Math.ceil(point.epoch)} of ${epochs}`;
      const speed = `${Math.round(run.imagesPerSecond)} images a second`;
      showBar(point.epoch, epochs, `${text}, about ${duration(left)} left, ${speed}`);
      showCurves(run, epochs);
    },
    onEpoch: (_, run) => {
      state.run = run;
      showEpochs(run, epochs);
      visor?.training(run);
      guess();
    },
  });
}
// #endregion

/**
 * As in the codelab, two images are held out for eleven used, at most 1,000.
 * @param {number} images
 */
function validationSize(images) {
  return Math.min(1000, Math.round((images * 2) / 11));
}

async function startTraining() {
  const { problem, field } = controls.read();
  if (problem) {
    say(problem, 'error');
    field?.focus();
    return;
  }
  await work(async (signal) => {
    const dataset = await data(signal);
    const run = await learn(dataset, signal);
    state.run = run;
    const last = run.batches.at(-1);
    if (last && !Number.isFinite(last.loss)) {
      adopt(null, '');
      throw new PageError('The loss is no longer a number: choose a smaller learning rate.');
    }
    state.origin = run.stopped ? 'trained here, stopped early' : 'trained here';
    await measureAndKeep(signal.aborted ? again() : signal);
  });
}

/** A new signal for the work under way, after Stop has used up the one before. */
function again() {
  state.busy = new AbortController();
  return state.busy.signal;
}

// -- evaluation ----------------------------------------------------------------------------

// #region evaluate
/** @param {AbortSignal} signal */
async function measure(signal) {
  const { model } = state;
  if (!model) return;
  const dataset = await data(signal);
  const samples = Number(/** @type {HTMLSelectElement} */ (byId('sample')).value);
  await dataset.load({ test: samples }, { signal });
  const { evaluate } = await import('../runtime/evaluation.js');
  state.evaluation = await evaluate(model, dataset, 'test', samples, {
    signal,
    onProgress: (done) => showBar(done, samples, `Testing: ${done.toLocaleString('en')} digits`),
  });
  showEvaluation();
}
// #endregion

// -- drawing -------------------------------------------------------------------------------

// #region draw
function guess() {
  const digit = toDigit(pad.ink());
  showSeen(digit);
  if (!digit || !state.model) {
    bars.clear(digit ? 'Train the network first, then it can guess.' : 'Draw a digit.');
    return;
  }
  const { model } = state;
  const probabilities = tf.tidy(() => {
    const input = tf.tensor4d(
      Float32Array.from(digit, (v) => v / 255),
      [1, 28, 28, 1],
    );
    return /** @type {tf.Tensor} */ (model.predict(input)).dataSync();
  });
  const best = topK(probabilities, 3);
  bars.show(best.map(({ index, value }) => ({ name: String(index), probability: value })));
}
// #endregion

// A stroke fires faster than a frame: one guess a frame is enough.
let asked = false;
function guessSoon() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    guess();
  });
}

// -- keeping -------------------------------------------------------------------------------

async function keep() {
  if (!state.model) return;
  const { accuracy } = state.evaluation ?? {};
  await keeper.save(state.model, { accuracy });
  await showKept();
}

async function restore() {
  const kept = await keeper.load();
  if (!kept) return;
  const { accuracy, saved } = kept.note;
  const day = saved ? new Date(saved).toLocaleDateString('en') : 'before';
  adopt(kept.model, `kept from ${day}`);
  const score =
    accuracy === undefined ? '' : ` It had read ${percent(accuracy)} of the test digits.`;
  say(`Your network from ${day} is back.${score}`, 'done');
  guess();
}

/** @param {FileList | File[]} files */
async function upload(files) {
  await work(async (signal) => {
    const { model } = await keeper.upload(files);
    setBefore(state.model && [state.model, state.origin]);
    state.model = null; // what was there is not freed: it can be had back
    adopt(model, 'uploaded');
    await measureAndKeep(signal);
  });
}

/** @param {AbortSignal} signal */
async function measureAndKeep(signal) {
  // Kept before it is tested, so that nothing that was learned is lost.
  await keep();
  await measure(signal);
  await keep();
}

/** Puts the network that an upload has replaced back in its place. */
async function takeBack() {
  await work(async (signal) => {
    const [model, origin] = state.before ?? [null, ''];
    state.before = null; // it is not freed
    setBefore(null);
    adopt(model, origin);
    await measureAndKeep(signal);
    say('Your own network is back.', 'done');
  });
}

/** @param {[tf.LayersModel, string] | null} before what an upload has replaced */
function setBefore(before) {
  disposeModel(state.before?.[0] ?? null);
  state.before = before;
  const button = byId('take-back');
  if (document.activeElement === button && !before) byId('upload').focus();
  button.hidden = !before;
}

async function forget() {
  await keeper.forget();
  setBefore(null);
  adopt(null, '');
  state.run = null;
  state.evaluation = null;
  showEvaluation();
  await showKept();
  pad.clear();
  say('The network is forgotten; nothing of it is left in this browser.', '');
}

// -- the state and what is shown of it -----------------------------------------------------

/**
 * Takes a model in place of the one before, which is freed.
 * @param {tf.LayersModel | null} model
 * @param {string} origin
 */
function adopt(model, origin) {
  disposeModel(state.model);
  state.model = model;
  state.origin = origin;
  state.evaluation = null;
  if (model) visor?.model(model);
  for (const id of ['download', 'evaluate']) {
    /** @type {HTMLButtonElement} */ (byId(id)).disabled = !model;
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Dataset>}
 */
async function data(signal) {
  if (!state.dataset) {
    state.dataset = await openData(signal);
    showExamples();
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
  say('', '');
  try {
    await task(state.busy.signal);
  } catch (error) {
    if (state.busy.signal.aborted) say('Stopped.', '');
    else showError(error, () => work(task));
  } finally {
    state.busy = null;
    setBusy(false);
    guess();
  }
}

/** @param {boolean} busy */
function setBusy(busy) {
  controls.disable(busy);
  byId('stage-train').setAttribute('aria-busy', String(busy));
  const [shown, hidden] = busy ? ['stop', 'train'] : ['train', 'stop'];
  const focused = document.activeElement === byId(hidden);
  byId(shown).hidden = false;
  if (focused) byId(shown).focus();
  byId(hidden).hidden = true;
  byId('bar').hidden = !busy;
  for (const id of ['forget', 'upload', 'take-back']) {
    /** @type {HTMLButtonElement} */ (byId(id)).disabled = busy;
  }
  const { model } = state;
  for (const id of ['download', 'evaluate']) {
    /** @type {HTMLButtonElement} */ (byId(id)).disabled = busy || !model;
  }
}

/**
 * @param {number} done
 * @param {number} total
 * @param {string} text
 */
function showBar(done, total, text) {
  const bar = /** @type {HTMLProgressElement} */ (byId('bar-value'));
  bar.max = total || 1;
  bar.value = done;
  byId('bar-text').textContent = text;
}

/**
 * @param {string} text
 * @param {'' | 'done' | 'error'} kind
 */
function say(text, kind) {
  const message = byId('message');
  message.textContent = text;
  message.dataset.kind = kind;
  byId('to-draw').hidden = true;
  byId('retry').hidden = true;
}

/**
 * @param {unknown} error
 * @param {() => void} again
 */
function showError(error, again) {
  if (!(error instanceof PageError)) console.error(error);
  const text = error instanceof PageError ? error.message : `Something went wrong: ${error}`;
  say(text, 'error');
  const retry = /** @type {HTMLButtonElement} */ (byId('retry'));
  retry.hidden = !(error instanceof PageError && error.retry);
  retry.onclick = () => again();
}

function showExamples() {
  const { dataset } = state;
  if (!dataset) return;
  const figures = Array.from({ length: EXAMPLES }, (_, i) => {
    const name = NAMES[dataset.label('test', i)];
    const canvas = drawTile(dataset.pixels('test', i), dataset.tile, `A handwritten ${name}`);
    return element(
      'li',
      {},
      canvas,
      element('span', { 'aria-hidden': 'true' }, String(NAMES.indexOf(name))),
    );
  });
  byId('examples').replaceChildren(...figures);
  const strip = Array.from({ length: 10 }, (_, i) =>
    drawTile(dataset.pixels('test', i), dataset.tile),
  );
  byId('strip').replaceChildren(...strip);
}

function showModel() {
  const model = createModel(1);
  const rows = model.layers.map((layer) => {
    const shape = /** @type {tf.Shape} */ (layer.outputShape);
    return [layer.getClassName(), shape.slice(1).join(' x '), layer.countParams()];
  });
  fillTable(/** @type {HTMLTableElement} */ (byId('summary')), {
    caption: `The network: ${model.countParams().toLocaleString('en')} parameters`,
    head: ['Layer', 'Output', 'Parameters'],
    rows,
  });
  model.dispose();
}

/**
 * @param {Pick<Run, 'batches' | 'epochs'>} run
 * @param {number} epochs
 */
function showCurves(run, epochs) {
  const points = (/** @type {'loss' | 'acc'} */ key) =>
    runningMean(
      run.batches.map((p) => ({ x: p.epoch, y: p[key] })),
      20,
    );
  const held = (/** @type {'val_loss' | 'val_acc'} */ key) =>
    run.epochs.map((p) => ({ x: p.epoch, y: p[key] ?? Number.NaN }));
  /** @type {LineChart} */ (byId('loss')).show(
    [
      { name: 'train', points: points('loss') },
      { name: 'held', points: held('val_loss'), dots: true },
    ],
    epochs,
  );
  /** @type {LineChart} */ (byId('accuracy')).show(
    [
      { name: 'train', points: points('acc') },
      { name: 'held', points: held('val_acc'), dots: true },
    ],
    epochs,
  );
}

/**
 * @param {Run} run
 * @param {number} epochs
 */
function showEpochs(run, epochs) {
  showCurves(run, epochs);
  byId('epochs-details').hidden = false;
  fillTable(/** @type {HTMLTableElement} */ (byId('epochs-table')), {
    caption: 'After each epoch',
    head: ['Epoch', 'loss', 'acc', 'val_loss', 'val_acc'],
    rows: run.epochs.map((p) => [
      p.epoch,
      p.loss.toFixed(4),
      percent(p.acc),
      (p.val_loss ?? Number.NaN).toFixed(4),
      percent(p.val_acc ?? Number.NaN),
    ]),
  });
}

function showEvaluation() {
  const { evaluation, dataset } = state;
  byId('evaluation').hidden = !evaluation;
  byId('no-evaluation').hidden = Boolean(evaluation);
  if (!evaluation || !dataset) return;
  const { accuracy, samples, perClass, confusion, wrong } = evaluation;
  const right = samples - wrong.length;
  const score = `${percent(accuracy, 2)} right: ${right.toLocaleString('en')} of ${samples.toLocaleString('en')} test digits.`;
  byId('score').textContent = score;
  say(score, 'done');
  byId('to-draw').hidden = false;
  fillTable(/** @type {HTMLTableElement} */ (byId('per-class')), {
    caption: 'Accuracy by class',
    head: ['Class', 'Accuracy', 'Samples'],
    rows: perClass.map((each, i) => [NAMES[i], percent(each.accuracy), each.samples]),
  });
  showConfusion(confusion);
  showWrong(wrong);
  visor?.evaluation(evaluation, NAMES);
}

/** @param {number[][]} confusion */
function showConfusion(confusion) {
  const table = /** @type {HTMLTableElement} */ (byId('confusion'));
  fillTable(table, {
    caption: 'Confusion matrix: a row for each true digit, a column for each answer',
    head: ['true', ...NAMES.map((_, i) => String(i))],
    rows: confusion.map((row, i) => [String(i), ...row]),
  });
  for (const [label, row] of [...table.tBodies[0].rows].entries()) {
    const total = confusion[label].reduce((sum, n) => sum + n, 0) || 1;
    for (const [answer, cell] of [...row.cells].slice(1).entries()) {
      const share = confusion[label][answer] / total;
      cell.className = label === answer ? 'hit' : 'miss';
      cell.dataset.empty = String(share === 0);
      // Rare mistakes are what one looks for, so that the scale is not linear.
      cell.style.setProperty('--share', `${Math.round(Math.sqrt(share) * 100)}%`);
    }
  }
}

/** @param {Evaluation['wrong']} wrong */
function showWrong(wrong) {
  const { dataset } = state;
  if (!dataset) return;
  byId('wrong-title').textContent = wrong.length
    ? `The surest of its ${wrong.length.toLocaleString('en')} mistakes`
    : 'It made no mistake';
  const figures = wrong.slice(0, 18).map(({ number, label, guess: answer, probability }) => {
    const text = `A ${NAMES[label]} read as ${NAMES[answer]}`;
    const canvas = drawTile(dataset.pixels('test', number), dataset.tile, text);
    const caption = element('span', { 'aria-hidden': 'true' }, `${label} → ${answer}`);
    const sure = element('small', {}, percent(probability, 0));
    return element('li', {}, canvas, caption, sure);
  });
  byId('wrong').replaceChildren(...figures);
}

/** @param {Uint8Array | null} digit */
function showSeen(digit) {
  const canvas = /** @type {HTMLCanvasElement} */ (byId('seen'));
  const tile = { height: 28, width: 28, channels: 1 };
  drawTile(digit ?? new Uint8Array(784), tile, 'What the network sees', canvas);
}

async function showKept() {
  const kept = await keeper.kept();
  byId('kept').textContent = kept
    ? 'A network is kept in this browser and will be here at your next visit.'
    : 'No network is kept in this browser.';
  byId('forget').hidden = !kept && !state.model;
}

// -- the visor -----------------------------------------------------------------------------

/** @type {import('../runtime/vis/visor.js').Visor | null} */
let visor = null;

// #region visor
async function openVisor() {
  const { Visor } = await import('../runtime/vis/visor.js');
  visor ??= new Visor();
  visor.open();
  const canvases = /** @type {NodeListOf<HTMLCanvasElement>} */ (
    document.querySelectorAll('#examples canvas')
  );
  visor.examples([...canvases]);
  const model = state.model ?? createModel(1);
  await visor.model(model);
  if (model !== state.model) model.dispose();
  if (state.run) await visor.training(state.run);
  if (state.evaluation) await visor.evaluation(state.evaluation, NAMES);
  visor.tab(state.evaluation ? 'Evaluation' : state.run ? 'Model' : 'Input Data');
}
// #endregion

// -- connecting ----------------------------------------------------------------------------

/**
 * @param {string} id
 * @param {() => void} action
 */
function onClick(id, action) {
  byId(id).addEventListener('click', action);
}

function connect() {
  byId('train-form').addEventListener('submit', (event) => {
    event.preventDefault();
    startTraining();
  });
  onClick('stop', () => state.busy?.abort());
  onClick('evaluate', () => work(measure));
  onClick('visor', () => openVisor().catch((error) => showError(error, openVisor)));
  onClick('undo', () => pad.undo());
  onClick('clear', () => pad.clear());
  onClick('download', () => state.model && keeper.download(state.model));
  onClick('forget', () => forget());
  const files = /** @type {HTMLInputElement} */ (byId('files'));
  onClick('upload', () => files.click());
  onClick('take-back', takeBack);
  files.addEventListener('change', () => {
    if (files.files?.length) upload([...files.files]);
    files.value = '';
  });
  const brush = /** @type {HTMLInputElement} */ (byId('brush'));
  brush.addEventListener('input', () => {
    pad.brush = Number(brush.value);
  });
  pad.addEventListener('ink', guessSoon);
}

async function start() {
  connect();
  await work(async (signal) => {
    state.backend = await startBackend();
    byId('backend').textContent =
      state.backend === 'webgl' ? 'on the graphics processor (WebGL)' : 'on the processor: slow';
    document.body.dataset.backend = state.backend;
    showModel();
    showCurves({ batches: [], epochs: [] }, controls.read().values.epochs);
    await data(signal);
    await restore();
    await showKept();
    if (state.model) await measure(signal);
  });
  document.body.dataset.ready = 'true';
}

start();

/** What `check` repeats to see whether anything is left behind: a network, and one guess. */
async function action() {
  const model = createModel(1);
  try {
    const { xs, labels } = (await data(new AbortController().signal)).batch('test', [0]);
    const answer = /** @type {tf.Tensor} */ (model.predict(xs));
    await answer.data();
    tf.dispose([xs, labels, answer]);
  } finally {
    disposeModel(model);
  }
}

// What `check` and the page tests look at. Not `tf` itself: that would keep all of it in the
// bundle.
Object.assign(globalThis, {
  prebake: { state, action, memory: tf.memory, getBackend: tf.getBackend },
});
