// The sketcher: guesses while one draws, a round to play, and what the network knows.
import { getBackend, memory } from '@tensorflow/tfjs-core';
import { byId, element } from '../runtime/dom.js';
import '../runtime/elements/draw-pad.js';
import '../runtime/elements/model-status.js';
import '../runtime/elements/prediction-bars.js';
import { inkOf, strokeBox } from '../runtime/ink.js';
import { newestOnly } from '../runtime/newest.js';
import { topK } from '../runtime/numbers.js';
import { clearProblem, showProblem } from '../runtime/problem.js';
import { drawStrokes } from '../runtime/strokes.js';
import { drawTile } from '../runtime/tiles.js';
import { openAtlas } from './atlas.js';
import { draw, Round } from './round.js';
import { pack, unpack } from './shared.js';

/**
 * @typedef {import('../runtime/model.js').CompiledModel} CompiledModel
 * @typedef {import('../runtime/elements/draw-pad.js').DrawPad} DrawPad
 * @typedef {import('../runtime/elements/model-status.js').ModelStatus} ModelStatus
 * @typedef {import('../runtime/elements/prediction-bars.js').PredictionBars} PredictionBars
 * @typedef {import('./round.js').Turn} Turn
 */

const WORDS = 6;
const SHOWN = 5;
const BOARD = 280; // units of the board's side
const LEAST = 14; // units: what is smaller could be anything
// Lines as in the drawings that the network learned from: 1.5 of 25 px.
const FORM = { side: 104, width: 0.06 };
const TICK = 100; // ms between two looks at the clock
const PAUSE = 700; // ms after a turn in which a key is still meant for the pen

const state = {
  /** @type {CompiledModel | null} */
  model: null,
  /** @type {Round | null} */
  round: null,
  /** @type {Turn[]} of the round that the summary shows */
  turns: [],
  /** @type {{name: string, probability: number}[]} the newest guesses, likeliest first */
  guesses: [],
  answered: 0,
};

const given = byId('data').dataset;
const status = /** @type {ModelStatus} */ (byId('status'));
const pad = /** @type {DrawPad} */ (byId('pad'));
const bars = /** @type {PredictionBars} */ (byId('guesses'));
const seen = /** @type {HTMLCanvasElement} */ (byId('seen'));

// -- guessing ------------------------------------------------------------------------------

// #region guess
/**
 * What the drawing shows, likeliest first.
 * @param {CompiledModel} model
 * @param {import('../runtime/preprocess.js').Image} ink
 */
async function ask(model, ink) {
  await status.settled; // another backend may be on trial
  const batch = model.tensor([ink]);
  try {
    drawTile(asBytes(await batch.data()), tile(), 'What the network sees', seen);
    const [probabilities] = model.probabilities(await model.run(batch), 1);
    const best = topK(probabilities, SHOWN);
    return best.map(({ index, value }) => ({ name: model.classes[index], probability: value }));
  } finally {
    batch.dispose();
  }
}

/** Guesses what is on the board now; drawing goes on meanwhile. */
const guess = newestOnly(async () => {
  const { model } = state;
  const box = strokeBox(pad.strokes);
  const ink = box && box.side >= LEAST ? inkOf(pad.strokes, FORM) : null;
  if (!model || !ink) {
    showNothing(box);
    return;
  }
  const { round } = state;
  const word = round?.running ? round.word : null;
  state.guesses = await ask(model, ink);
  state.answered++;
  bars.show(state.guesses);
  clearProblem();
  // What was drawn for another word, or is cleared by now, says nothing about this one.
  const counts = word && state.round === round && round?.word === word && !pad.empty;
  if (counts && round.guess(state.guesses[0])) endTurn();
}, showProblem);
// #endregion

/** @param {ArrayLike<number>} values 0..1 */
const asBytes = (values) => Uint8Array.from(values, (value) => Math.round(value * 255));

/** What the network takes, from its own description. */
function tile() {
  const [, height, width, channels] = state.model?.manifest.inputs[0].shape ?? [];
  return { height: height ?? 28, width: width ?? 28, channels: channels ?? 1 };
}

/** @param {import('../runtime/ink.js').StrokeBox | null} box */
function showNothing(box) {
  state.guesses = [];
  if (!state.model) bars.clear('Still loading.');
  else if (box) bars.clear('Go on: a dot could be anything.');
  else bars.clear('Draw something.');
  drawTile(new Uint8Array(seen.width * seen.height), { ...tile(), channels: 1 }, '', seen);
}

function onInk() {
  setDisabled('undo', pad.locked || pad.empty);
  setDisabled('redo', pad.locked || pad.undone.length === 0);
  guess();
}

// -- a round -------------------------------------------------------------------------------

/** @type {ReturnType<typeof setInterval> | undefined} */
let ticking;
let ended = 0; // when the last turn did

function startRound() {
  const words = listed('words');
  const seconds = Number(/** @type {HTMLSelectElement} */ (byId('limit')).value);
  const known = words.length >= WORDS ? words : listed('classes');
  state.round = new Round(draw(known, WORDS), { limit: seconds || Infinity });
  history.replaceState(null, '', location.pathname + location.search);
  show('turn');
  nextTurn();
  clearInterval(ticking);
  ticking = setInterval(tick, TICK);
}

function nextTurn() {
  const { round } = state;
  if (!round) return;
  if (round.over) {
    endRound();
    return;
  }
  pad.locked = false;
  pad.clear();
  byId('count').textContent = `${round.number} of ${round.length}:`;
  byId('word').textContent = `Draw: ${round.word}`;
  byId('next').hidden = true;
  byId('skip').hidden = false;
  round.go();
  tick();
  const canvas = pad.querySelector('canvas');
  canvas?.focus({ preventScroll: true });
  byId('turn').scrollIntoView({ block: 'nearest' });
}

function tick() {
  const { round } = state;
  if (!round?.running) return;
  const left = Math.ceil(round.left);
  byId('clock').textContent = Number.isFinite(left) ? `${left} s` : 'No hurry';
  byId('clock').dataset.short = String(left <= 5);
  if (left <= 0) endTurn();
}

function endTurn() {
  const { round } = state;
  if (!round?.running) return;
  ended = performance.now();
  const turn = round.finish(pad.strokes.map((stroke) => ({ ...stroke })));
  pad.locked = true;
  onInk();
  const said = state.guesses[0]?.name;
  byId('word').textContent = turn.won
    ? `Yes, ${turn.word}! It took ${inSeconds(turn.seconds)}.`
    : `${turn.word}: not guessed. ${said ? `It would say ${said}.` : ''}`;
  byId('clock').textContent = '';
  byId('skip').hidden = true;
  const next = byId('next');
  next.textContent = round.over ? 'See your drawings' : 'Next word';
  next.hidden = false;
  next.focus({ preventScroll: true });
}

function endRound() {
  const turns = state.round?.turns ?? [];
  leaveRound();
  if (turns.length) {
    showSummary(turns, 'Your round');
    return;
  }
  show('start-bar');
  byId('start').focus();
}

function leaveRound() {
  clearInterval(ticking);
  byId('word').textContent = '';
  state.round = null;
  pad.locked = false;
  pad.clear();
}

// -- what came of it -----------------------------------------------------------------------

/**
 * @param {Turn[]} turns
 * @param {string} title
 */
function showSummary(turns, title) {
  state.turns = turns;
  const won = turns.filter((turn) => turn.won).length;
  byId('summary-title').textContent = title;
  byId('summary-text').textContent = `${won} of ${turns.length} were guessed.`;
  byId('turns').replaceChildren(...turns.map(turnItem));
  byId('shared').textContent = '';
  byId('by-hand').hidden = true;
  byId('start').textContent = 'Play another round';
  show('summary');
  byId('summary-title').focus();
}

/** @param {number} seconds */
const inSeconds = (seconds) => `${seconds.toFixed(1)}\u00a0s`;

/** @param {Turn} turn */
function turnItem({ word, seconds, won, guesses, strokes }) {
  const canvas = element('canvas', { width: BOARD, height: BOARD, role: 'img' });
  canvas.setAttribute('aria-label', `A drawing of: ${word}`);
  const context = canvas.getContext('2d');
  if (context) drawStrokes(context, strokes, 1, '#fff');
  const verdict = won ? `guessed after ${inSeconds(seconds)}` : 'not guessed';
  const thoughts = guesses
    .filter(({ name }) => name !== word)
    .slice(-4)
    .map(({ name, seconds: at }) => `${name} (${inSeconds(at)})`);
  const before = thoughts.length ? `It thought of: ${thoughts.join(', ')}.` : '';
  return element(
    'li',
    { 'data-won': String(won) },
    canvas,
    element('strong', {}, word),
    element('span', {}, verdict),
    element('small', {}, before),
  );
}

async function share() {
  const url = new URL(location.href);
  url.search = ''; // the friend's device has a backend of its own
  url.hash = `round=${await pack(state.turns)}`;
  const note = byId('shared');
  try {
    await navigator.clipboard.writeText(url.href);
    note.textContent = 'The link is in your clipboard.';
  } catch {
    // No permission, or no clipboard: the visitor copies it by hand.
    note.textContent = 'Copy the link from here.';
    const field = /** @type {HTMLInputElement} */ (byId('link'));
    byId('by-hand').hidden = false;
    field.value = url.href;
    field.select();
  }
}

/**
 * Anybody can write a link: only words that this page knows are shown.
 * @param {Turn} turn
 * @returns {Turn}
 */
function withKnownNames(turn) {
  const known = new Set(listed('classes'));
  const checked = (/** @type {string} */ name) => (known.has(name) ? name : '?');
  const guesses = turn.guesses.map((guess) => ({ ...guess, name: checked(guess.name) }));
  return { ...turn, word: checked(turn.word), guesses };
}

/**
 * @param {'words' | 'classes'} what words: those to ask for in a round
 * @returns {string[]}
 */
const listed = (what) => (byId('start-bar').dataset[what] ?? '').split('|').filter(Boolean);

/** Shows the round that the address holds, if it holds one. */
async function showShared() {
  const text = location.hash.match(/^#round=(.*)$/)?.[1];
  if (text === undefined) return;
  try {
    const turns = (await unpack(text)).map(withKnownNames);
    if (state.round) leaveRound();
    showSummary(turns, 'A round that was shared with you');
  } catch (error) {
    showProblem(error);
  }
}

// -- what is shown -------------------------------------------------------------------------

/**
 * Drawing freely, a turn of a round, or the summary of one.
 * @param {'start-bar' | 'turn' | 'summary'} what
 */
function show(what) {
  byId('turn').hidden = what !== 'turn';
  byId('summary').hidden = what !== 'summary';
  byId('board').hidden = what === 'summary';
  byId('start-bar').hidden = what === 'turn';
}

/**
 * @param {string} id
 * @param {boolean} disabled
 */
function setDisabled(id, disabled) {
  // Not `disabled`: a button that has the focus would lose it.
  byId(id).setAttribute('aria-disabled', String(disabled));
}

// -- connecting ----------------------------------------------------------------------------

function connect() {
  byId('undo').addEventListener('click', () => pad.undo());
  byId('redo').addEventListener('click', () => pad.redo());
  byId('clear').addEventListener('click', () => {
    if (!pad.locked) pad.clear();
  });
  const brush = /** @type {HTMLInputElement} */ (byId('brush'));
  const setBrush = () => {
    pad.brush = Number(brush.value);
    brush.setAttribute('aria-valuetext', `${brush.value} px`);
  };
  brush.addEventListener('input', setBrush);
  setBrush();
  pad.addEventListener('ink', onInk);
  status.addEventListener('backend', guess);
  byId('start').addEventListener('click', startRound);
  byId('skip').addEventListener('click', endTurn);
  byId('next').addEventListener('click', (event) => {
    const byKey = event.detail === 0;
    if (!byKey || performance.now() - ended > PAUSE) nextTurn();
  });
  byId('quit').addEventListener('click', endRound);
  byId('share').addEventListener('click', () => share().catch(showProblem));
  byId('back').addEventListener('click', () => {
    history.replaceState(null, '', location.pathname + location.search);
    show('start-bar');
    pad.querySelector('canvas')?.focus();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) state.round?.pause();
    else if (!pad.locked) state.round?.go();
  });
  addEventListener('hashchange', showShared);
}

async function load() {
  try {
    state.model = await status.load(given.modelSketcher ?? '');
    /** @type {HTMLButtonElement} */ (byId('start')).disabled = false;
    await guess(); // what was drawn while it loaded
  } catch (error) {
    showProblem(error, () => {
      clearProblem();
      load();
    });
  }
}

async function start() {
  connect();
  await showShared();
  await load();
  openAtlas(given.quickdraw ?? '');
  document.body.dataset.ready = 'true';
}

/** What `check` repeats to see whether anything is left behind: one guess. */
async function action() {
  if (!state.model) throw new Error('no model');
  const points = [0, 1, 2, 3, 4].map((i) => ({ x: 100 * Math.cos(i), y: 100 * Math.sin(i) }));
  const ink = inkOf([{ brush: 10, points }], FORM);
  if (ink) await ask(state.model, ink);
}

start();

Object.assign(globalThis, {
  prebake: { state, action, guess, memory, getBackend },
});
