// The page of one neuron: it learns a line from points, and is compared with the one that Python
// trained.
import { fillParity } from '../runtime/card.js';
import { Controls } from '../runtime/controls.js';
import { byId, fillTable } from '../runtime/dom.js';
import '../runtime/elements/line-chart.js';
import { spell } from '../runtime/elements/point-plot.js';
import { PageError } from '../runtime/fetch.js';
import { loadGolden } from '../runtime/golden.js';
import { loadModel } from '../runtime/model.js';
import * as tf from './tf.js';

/**
 * @typedef {import('../runtime/elements/line-chart.js').LineChart} LineChart
 * @typedef {import('../runtime/elements/point-plot.js').PointPlot} PointPlot
 * @typedef {import('../runtime/elements/point-plot.js').Point} Point
 * @typedef {import('../runtime/elements/point-plot.js').Range} Range
 * @typedef {import('../runtime/elements/point-plot.js').Line} Line
 * @typedef {import('../runtime/model.js').CompiledModel} CompiledModel
 */

/** @type {Range} */
const SEEN = { x: [-2, 6], y: [-6, 10] };
const MOST_POINTS = 40;
const FRAMES = 240; // in which a training is drawn, about four seconds
const CORNERS = 300; // of the curve of the loss, at most
const SEEDS = 7; // from one start to the next: neighbours draw nearly the same
const LOST = 10_000; // a loss that no line within sight of the points has

// #region points
const SIX = [-1, 0, 1, 2, 3, 4].map((x) => ({ x, y: 2 * x - 1 }));
// #endregion

// #region controls
const controls = new Controls({
  rate: { value: 0.01, min: 0.0001, max: 1 },
  epochs: { value: 500, min: 1, max: 5000, whole: true },
});
const question = new Controls({ x: { value: 10, min: -1000, max: 1000 } });
const fresh = new Controls({
  'new-x': { value: 5, min: SEEN.x[0], max: SEEN.x[1] },
  'new-y': { value: 9, min: SEEN.y[0], max: SEEN.y[1] },
});
// #endregion

// #region build
/** @param {number} seed */
function createNeuron(seed) {
  return tf.sequential({
    name: 'linear',
    layers: [
      tf.layers.dense({
        units: 1,
        inputShape: [1],
        kernelInitializer: tf.initializers.glorotUniform({ seed }),
      }),
    ],
  });
}
// #endregion

// #region compile
/** @param {tf.LayersModel} neuron */
function compile(neuron) {
  neuron.compile({
    optimizer: tf.train.sgd(0.01),
    loss: 'meanSquaredError',
  });
}
// #endregion

/** What the page holds; everything shown follows from it. */
const state = {
  /** @type {Point[]} */
  points: SIX,
  /** @type {tf.LayersModel | null} */
  neuron: null,
  /** @type {Line | null} the two numbers of the neuron */
  line: null,
  /** @type {'here' | 'python'} where the neuron began */
  origin: 'here',
  seed: SEEDS,
  /** Steps that the neuron has taken in this page. */
  epochs: 0,
  /** @type {number[]} before each step */
  losses: [],
  /** @type {CompiledModel | null} as Python left it */
  python: null,
  /** @type {number} that both neurons are asked about */
  x: question.read().values.x,
  /** @type {{here: number | null, python: number | null}} */
  answers: { here: null, python: null },
  /** @type {AbortController | null} */
  busy: null,
};

const plot = /** @type {PointPlot} */ (byId('plot'));
const far = /** @type {PointPlot} */ (byId('far'));
const manifest = byId('data').dataset.modelLinear ?? '';

// -- training ------------------------------------------------------------------------------

// #region step
/**
 * @param {tf.LayersModel} neuron
 * @param {Point[]} points
 * @returns {Promise<number>} the loss before the step
 */
async function step(neuron, points) {
  const inputs = tf.tensor2d(points.map(({ x }) => [x]));
  const targets = tf.tensor2d(points.map(({ y }) => [y]));
  try {
    const [loss] = [await neuron.trainOnBatch(inputs, targets)].flat();
    return loss;
  } finally {
    tf.dispose([inputs, targets]);
  }
}
// #endregion

// #region train
/**
 * @param {number} epochs
 * @param {number} rate
 * @param {AbortSignal} signal
 */
async function learn(epochs, rate, signal) {
  const pace = Math.ceil(epochs / FRAMES);
  for (let epoch = 1; epoch <= epochs && !signal.aborted; epoch++) {
    await stepOn(rate);
    if (epoch % pace === 0) {
      show();
      await tf.nextFrame();
    }
  }
}
// #endregion

/**
 * One step of the neuron with the points as they lie now.
 * @param {number} rate
 * @throws {PageError} if there are too few points, or the step went wild
 */
async function stepOn(rate) {
  const { neuron, points } = state;
  if (!neuron) return;
  demandPoints();
  if (state.epochs === 0) state.losses = [];
  /** @type {tf.SGDOptimizer} */ (neuron.optimizer).setLearningRate(rate);
  state.losses.push(await step(neuron, points));
  state.epochs += 1;
  readLine();
  if (!(lossNow() < LOST)) {
    const losses = [...state.losses, LOST];
    startAgain();
    state.losses = losses;
    byId('rate').closest('details')?.setAttribute('open', '');
    throw new PageError(
      `The steps were too long: each leapt over the lowest loss and landed higher, until the loss had passed ${LOST.toLocaleString('en')}. Here is a new neuron: choose a smaller learning rate for it.`,
    );
  }
}

/** @throws {PageError} if the points do not make a line */
function demandPoints() {
  const { length } = state.points;
  if (length >= 2) return;
  const there = length ? 'Through a single point pass any number of lines' : 'There is no point';
  throw new PageError(`${there}: the neuron needs at least two points to learn from.`);
}

/** Takes the weight and the bias from the neuron. */
function readLine() {
  const { neuron } = state;
  const [weight, bias] = neuron ? neuron.getWeights().map((each) => each.dataSync()[0]) : [];
  state.line = neuron ? { weight, bias } : null;
  state.answers.here = neuron ? answer(neuron, state.x) : null;
}

/** The mean of the squared distances, as the neuron and the points are now. */
function lossNow() {
  const { line, points } = state;
  if (!line || !points.length) return Number.NaN;
  const squares = points.map(({ x, y }) => (line.weight * x + line.bias - y) ** 2);
  return squares.reduce((sum, each) => sum + each, 0) / points.length;
}

/**
 * The loss of the line that passes the points best, by the formula of Legendre and Gauss.
 * @param {Point[]} points
 */
function leastLoss(points) {
  const mean = (/** @type {(p: Point) => number} */ of) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((p) => p.x), mean((p) => p.y)];
  const [xx, yy] = [mean((p) => (p.x - x) ** 2), mean((p) => (p.y - y) ** 2)];
  const xy = mean((p) => (p.x - x) * (p.y - y));
  return Math.max(0, xx ? yy - xy ** 2 / xx : yy);
}

/** A new neuron, whose line begins somewhere else. */
function startAgain() {
  state.seed += SEEDS;
  const neuron = createNeuron(state.seed);
  compile(neuron);
  adopt(neuron, 'here');
}

/**
 * Takes a neuron in place of the one before, which is freed.
 * @param {tf.LayersModel} neuron
 * @param {'here' | 'python'} origin
 */
function adopt(neuron, origin) {
  const optimizer = state.neuron?.optimizer;
  state.neuron?.dispose();
  optimizer?.dispose(); // which has a tensor of its own
  Object.assign(state, { neuron, origin, epochs: 0, losses: [] });
  readLine();
}

/** @returns {{rate: number, epochs: number} | null} null after saying what is wrong */
function settings() {
  const { values, problem, field } = controls.read();
  if (!problem) return values;
  say(problem, 'error');
  field?.closest('details')?.setAttribute('open', '');
  field?.focus();
  return null;
}

async function startTraining() {
  const given = settings();
  if (!given) return;
  await work(async (signal) => {
    demandPoints();
    await learn(given.epochs, given.rate, signal);
    say(signal.aborted ? `Stopped. ${conclusion()}` : conclusion(), 'done');
  });
}

async function startStep() {
  const given = settings();
  if (!given) return;
  await work(async () => {
    await stepOn(given.rate);
    const [before, after] = [state.losses.at(-1) ?? Number.NaN, lossNow()];
    const way = after < before ? 'fell' : 'rose';
    say(`One step: the loss ${way} from ${lossText(before)} to ${lossText(after)}.`, '');
  });
}

function conclusion() {
  const { epochs, answers, x, points } = state;
  const least = leastLoss(points);
  const parts = [`After ${epochs.toLocaleString('en')} epochs the loss is ${lossText(lossNow())}.`];
  if (least > 0.0001) {
    const text = `No straight line passes through these points; the best has ${lossText(least)}.`;
    parts.push(text);
  }
  parts.push(`For x = ${spell(x)} the neuron answers ${number(answers.here)}`);
  parts[parts.length - 1] +=
    answers.python === null ? '.' : `, Python's ${number(answers.python)}.`;
  return parts.join(' ');
}

// -- asking --------------------------------------------------------------------------------

// #region ask
/**
 * @param {tf.LayersModel} neuron
 * @param {number} x
 */
function answer(neuron, x) {
  return tf.tidy(() => {
    const [y] = [neuron.predict(tf.tensor2d([[x]]))].flat();
    return y.dataSync()[0];
  });
}
// #endregion

// #region python
async function openPython() {
  state.python = await loadModel(manifest);
  state.answers.python = await pythonAnswer(state.python, state.x);
}

/**
 * @param {CompiledModel} python
 * @param {number} x
 */
async function pythonAnswer(python, x) {
  const input = tf.tensor2d([[x]]);
  try {
    const [y] = await python.run(input);
    return y;
  } finally {
    input.dispose();
  }
}
// #endregion

async function ask() {
  const { values, problem } = question.read();
  sayIn('ask-message', problem, 'error');
  if (problem) return;
  const { neuron, python } = state;
  state.x = values.x;
  state.answers.here = neuron ? answer(neuron, values.x) : null;
  if (python) state.answers.python = await pythonAnswer(python, values.x);
  show();
  const { here, python: there } = state.answers;
  byId('answer').textContent =
    `For x = ${spell(values.x)}: this neuron ${number(here)}, Python's ${number(there)}.`;
}

async function fetchPython() {
  byId('ask-retry').hidden = true;
  sayIn('ask-message', '', '');
  try {
    await openPython();
  } catch (error) {
    if (!(error instanceof PageError)) console.error(error);
    const text = error instanceof PageError ? error.message : `Something went wrong: ${error}`;
    sayIn('ask-message', `Python's neuron is not here. ${text}`, 'error');
    byId('ask-retry').hidden = false;
  }
  show();
}

// -- Python's neuron -----------------------------------------------------------------------

/** Puts a copy of Python's neuron into the plot, to be trained on. */
async function takePython() {
  await work(async (signal) => {
    // As it comes from the build, it knows its own loss and optimizer.
    const copy = await loadModel(manifest, { signal });
    adopt(copy.net, 'python');
    say("Python's neuron is in the plot. Move a point and press Train: it goes on learning.", '');
  });
  byId('stage-train').scrollIntoView({ block: 'nearest' });
  byId('train').focus();
}

// #region golden
/** @param {CompiledModel} python */
async function compare(python) {
  const golden = await loadGolden(python);
  const inputs = golden.batch(python);
  try {
    const xs = await inputs.data();
    const answers = await python.run(inputs);
    showCompared(xs, answers, golden.expected(), golden.described.bound);
  } finally {
    inputs.dispose();
  }
}
// #endregion

/**
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} answers
 * @param {ArrayLike<number>} expected
 * @param {number} bound
 */
function showCompared(xs, answers, expected, bound) {
  const errors = Array.from(answers, (y, i) => Math.abs(y - expected[i]));
  const largest = Math.max(...errors);
  byId('golden').hidden = false;
  fillTable(/** @type {HTMLTableElement} */ (byId('golden-table')), {
    caption: 'The golden samples',
    head: ['x', 'in Python', 'here', 'difference'],
    rows: errors.map((error, i) => [
      spell(xs[i]),
      spell(expected[i], 6),
      spell(answers[i], 6),
      tiny(error),
    ]),
  });
  const good = largest <= bound;
  const found = `the largest difference is ${tiny(largest)}, allowed is ${spell(bound)}.`;
  const text = `${good ? 'They agree' : 'They do not agree'}: ${found}`;
  sayIn('compared', text, good ? 'done' : 'error');
}

/** @param {number} value */
const tiny = (value) => (value === 0 ? '0' : value.toExponential(1).replace('-', '−'));

// -- the state and what is shown of it -----------------------------------------------------

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
    if (state.busy?.signal.aborted) return; // Stop was pressed
    if (!(error instanceof PageError)) console.error(error);
    say(error instanceof PageError ? error.message : `Something went wrong: ${error}`, 'error');
  } finally {
    state.busy = null;
    setBusy(false);
    show();
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
}

/**
 * @param {string} text
 * @param {'' | 'done' | 'error'} kind
 */
const say = (text, kind) => sayIn('message', text, kind);

/**
 * @param {string} id
 * @param {string} text
 * @param {'' | 'done' | 'error'} kind
 */
function sayIn(id, text, kind) {
  const message = byId(id);
  message.textContent = text;
  message.dataset.kind = kind;
}

/** @param {Point[]} points */
function setPoints(points) {
  if (points.length > MOST_POINTS && points.length > state.points.length) {
    say(`${MOST_POINTS} points are the most: remove one first.`, 'error');
    return;
  }
  if (!state.busy) say('', '');
  state.points = points;
  show();
}

function addPoint() {
  const { values, problem, field } = fresh.read();
  if (problem) {
    say(problem, 'error');
    field?.focus();
    return;
  }
  setPoints([...state.points, { x: values['new-x'], y: values['new-y'] }]);
}

function show() {
  showPlots();
  showNumbers();
  showLosses();
  showAnswers();
  showButtons();
}

function showPlots() {
  const { points, line, answers, x } = state;
  const lines = line ? [line] : [];
  plot.show({ range: SEEN, points, lines, from: line ?? undefined });

  const there = pythonLine();
  const marks = [answers.here, answers.python].flatMap((y) => (y === null ? [] : [{ x, y }]));
  const ys = marks.map(({ y }) => y);
  const range = { x: around([-2, 12, x]), y: around([-6, 22, ...ys]) };
  far.show({ range, points, lines: there ? [...lines, there] : lines, marks });
}

/** @returns {Line | null} */
function pythonLine() {
  if (!state.python) return null;
  const weights = /** @type {tf.LayersModel} */ (state.python.net).getWeights();
  const [weight, bias] = weights.map((each) => each.dataSync()[0]);
  return { weight, bias };
}

/**
 * A range that holds all values, with some room where they exceed the first two.
 * @param {number[]} values
 * @returns {[number, number]}
 */
function around(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) / 12;
  return [low < values[0] ? low - room : low, high > values[1] ? high + room : high];
}

function showNumbers() {
  const { line, epochs } = state;
  const { weight, bias } = line ?? { weight: Number.NaN, bias: Number.NaN };
  const sign = bias < 0 ? '−' : '+';
  byId('equation').textContent = `y = ${number(weight)} x ${sign} ${number(Math.abs(bias))}`;
  byId('weight').textContent = number(weight);
  byId('bias').textContent = number(bias);
  byId('loss-now').textContent = lossText(lossNow()).replace('under', '<');
  byId('epochs-done').textContent = epochs.toLocaleString('en');
}

function showLosses() {
  const { losses, epochs } = state;
  const all = epochs ? [...losses, lossNow()] : losses;
  const every = Math.ceil(all.length / CORNERS);
  const points = all
    .map((y, x) => ({ x, y }))
    .filter(({ x, y }) => Number.isFinite(y) && (x % every === 0 || x === all.length - 1));
  const { values, problem } = controls.read();
  const each = problem ? 1 : values.epochs;
  const end = Math.max(1, Math.ceil((all.length - 1) / each)) * each;
  /** @type {LineChart} */ (byId('loss')).show([{ name: 'loss', points }], end);
}

function showAnswers() {
  const { answers, origin, epochs } = state;
  const names = {
    here: epochs ? 'This neuron, trained here' : 'This neuron, not trained yet',
    python: epochs ? "Python's neuron, trained on here" : "Python's neuron, as it arrived",
  };
  byId('here-name').textContent = names[origin];
  byId('here').textContent = number(answers.here);
  byId('python').textContent = number(answers.python);
}

function showButtons() {
  const { busy, python } = state;
  for (const id of ['step', 'restart']) button(id).disabled = Boolean(busy);
  button('adopt').disabled = Boolean(busy) || !python;
  button('compare').disabled = !python;
  const { chosen } = plot;
  button('remove').disabled = chosen < 0;
  button('remove').textContent = chosen < 0 ? 'Remove a point' : `Remove point ${chosen + 1}`;
}

/** @param {string} id */
const button = (id) => /** @type {HTMLButtonElement} */ (byId(id));

function showModel() {
  const { neuron } = state;
  if (!neuron) return;
  fillTable(/** @type {HTMLTableElement} */ (byId('summary')), {
    caption: `The model: ${neuron.countParams()} parameters`,
    head: ['Layer', 'Output', 'Parameters'],
    rows: neuron.layers.map((layer) => {
      const shape = /** @type {tf.Shape} */ (layer.outputShape);
      return [layer.getClassName(), shape.slice(1).join(' x '), layer.countParams()];
    }),
  });
}

/** A number as it is shown: never as "NaN". @param {number | null} value */
function number(value) {
  return value !== null && Number.isFinite(value) ? spell(value, 2) : '…';
}

/** @param {number} loss */
function lossText(loss) {
  if (!Number.isFinite(loss)) return '…';
  if (loss < 0.0001) return 'under 0.0001';
  return loss < 0.1 ? loss.toFixed(4) : loss.toFixed(2);
}

// -- connecting ----------------------------------------------------------------------------

/**
 * @param {string} id
 * @param {() => void} action
 */
function onSubmit(id, action) {
  byId(id).addEventListener('submit', (event) => {
    event.preventDefault();
    action();
  });
}

/**
 * @param {string} id
 * @param {() => void} action
 */
function onClick(id, action) {
  byId(id).addEventListener('click', action);
}

function connect() {
  onSubmit('train-form', startTraining);
  onSubmit('points-form', addPoint);
  onSubmit('ask-form', ask);
  onClick('stop', () => state.busy?.abort());
  onClick('step', startStep);
  onClick('restart', () => {
    startAgain();
    say('', '');
    show();
  });
  onClick('remove', () => plot.removePoint(plot.chosen));
  onClick('reset', () => setPoints(SIX));
  onClick('adopt', takePython);
  onClick('ask-retry', fetchPython);
  onClick('compare', () => {
    if (state.python) compare(state.python).catch((e) => sayIn('compared', e.message, 'error'));
  });
  byId('x').addEventListener('input', () => question.read().problem || ask());
  byId('x').addEventListener('change', ask);
  byId('epochs').addEventListener('change', showLosses);
  plot.addEventListener('points', (event) =>
    setPoints(/** @type {CustomEvent<Point[]>} */ (event).detail),
  );
  plot.addEventListener('chosen', showButtons);
}

async function start() {
  // A neuron is too small for a graphics processor: sending it the work takes longer than doing it.
  await tf.setBackend('cpu');
  await tf.ready();
  document.body.dataset.backend = tf.getBackend();
  connect();
  startAgain();
  showModel();
  show();
  await fetchPython();
  fillParity().catch(() => {}); // the card says less then, and the page works
  document.body.dataset.ready = 'true';
}

start();

/** What `check` repeats to see whether anything is left behind: both neurons answer. */
async function action() {
  if (state.neuron) answer(state.neuron, state.x);
  if (state.python) await pythonAnswer(state.python, state.x);
}

// What `check` and the page tests look at. Not `tf` itself: that would keep all of it in the
// bundle.
Object.assign(globalThis, {
  prebake: { state, action, memory: tf.memory, getBackend: tf.getBackend },
});
