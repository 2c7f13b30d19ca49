// A page that learns what a camera shows. Which classes there are, and whether there is a game, is
// read from the page: a new one is a declaration and a text, and needs no script of its own.
import { holdOutLast } from '../balanced.js';
import { fillParity } from '../card.js';
import { Controls } from '../controls.js';
import { byId, duration, megabytes, percent } from '../dom.js';
import { guardDrops } from '../drop.js';
import { echo } from '../echo.js';
import '../elements/line-chart.js';
import { argMax } from '../numbers.js';
import { showProblem } from '../problem.js';
import * as tf from '../tf.js';
import { drawTile } from '../tiles.js';
import { disposeModel } from '../training.js';
import { showCurves } from '../transfer/curves.js';
import { trainTail } from '../transfer/learn.js';
import { Pair } from '../transfer/pair.js';
import { clearError, say, sentenceOf, Work } from '../work.js';
import { Bars } from './bars.js';
import { Collection, leftOut, missing, unbalanced } from './collection.js';
import { Gallery } from './gallery.js';
import { Game } from './game.js';
import { createHead } from './head.js';
import { Kept } from './kept.js';
import { Lens } from './lens.js';
import { Recorder } from './recorder.js';
import { SampleStore } from './sample-store.js';
import { Sight } from './sight.js';
import { Stock } from './stock.js';
import { Taker } from './taker.js';

/**
 * @typedef {{epochs: number, rate: number, units: number, batch: number, seed: number,
 *   flatten: boolean}} Settings
 */

const HELD = 0.2; // of the samples
const STOCK = 40; // built-in pictures of each class
const LATER = 'Something else is under way: wait until it is done, and give the files again.';

class Booth {
  /** @type {tf.LayersModel | null} */
  net = null;
  /** Whether the camera was started only to predict, and goes off with it. */
  #onlyToSee = false;
  /** Whether a round is played. */
  #playing = false;
  /** @type {Game | null} */
  #game = null;
  /** @type {Recorder | null} */
  #recorder = null;
  #controls = new Controls({
    epochs: { value: 20, min: 1, max: 500, whole: true },
    rate: { value: 0.001, min: 0.000001, max: 1 },
    units: { value: 100, min: 1, max: 1000, whole: true },
    batch: { value: 16, min: 1, max: 512, whole: true },
    seed: { value: 1, min: 0, max: 9999, whole: true },
  });
  #work;

  /**
   * @param {Pair} pair
   * @param {Work} work
   * @param {string} dataset the address of the manifest of the built-in pictures, or empty
   */
  constructor(pair, work, dataset) {
    const { classes } = pair;
    const name = document.body.dataset.page ?? pair.tail.manifest.name;
    const side = Number(pair.base.manifest.inputs[0].shape[1]);
    const otherwise = dataset
      ? 'Choose picture files, or use the built-in ones.'
      : 'Choose picture files instead.';
    this.pair = pair;
    this.#work = work;
    this.collection = new Collection(classes.length);
    this.lens = new Lens(/** @type {HTMLVideoElement} */ (byId('video')), side, otherwise);
    this.taker = new Taker(pair, this.lens, this.collection);
    this.stock = new Stock(dataset, classes);
    this.bars = new Bars(byId('bars'), classes);
    this.sight = new Sight(pair, this.lens, (mean, likeliest) => this.#seen(mean, likeliest));
    this.kept = new Kept(pair, name);
    this.store = new SampleStore(name, { labels: classes, base: pair.digest });
    new Gallery(this.collection, classes);
  }

  get score() {
    return this.#game?.score;
  }

  /** Connects everything on the page. */
  connect() {
    const { pair, collection, lens, taker } = this;
    this.#recorder = new Recorder(
      {
        ready: () => lens.sees && !this.#work.busy,
        begin: () => {
          clearError();
          return collection.begin();
        },
        shoot: (label, recording) => taker.shoot(label, recording),
        files: (label, files) => this.#files(label, files),
      },
      pair.classes.length,
    );
    if (document.getElementById('rules')) {
      this.#game = new Game(pair.classes, () => this.sight.look(), Date.now());
    }
    for (const kind of ['add', 'remove']) collection.addEventListener(kind, () => this.enable());
    this.#buttons();
    showCurves({ batches: [], epochs: [] }, this.#settings().epochs);
  }

  // -- samples -----------------------------------------------------------------------------

  /**
   * @param {number} label
   * @param {File[]} files
   */
  #files(label, files) {
    if (this.#work.busy) return say(LATER);
    return this.#work.run(async (signal) => {
      const pictures = files.map((file) => ({ label, name: file.name, blob: file }));
      const watching = this.#watching(signal, 'Adding pictures');
      const { added, problems } = await this.taker.files(pictures, watching);
      say([`${count(added, 'picture')} added.`, ...problems].join(' '));
    });
  }

  /**
   * @param {AbortSignal} signal
   * @param {string} what is being done
   */
  #watching(signal, what) {
    const onProgress = (/** @type {number} */ done, /** @type {number} */ total) =>
      this.#work.progress(done, total, `${what}: ${done} of ${total}`);
    return { signal, onProgress };
  }

  #useStock() {
    return this.#work.run(async (signal) => {
      const { dataset, split } = await this.stock.toLearn(signal);
      const watching = this.#watching(signal, 'Taking pictures');
      const many = await this.taker.tiles(dataset, split, STOCK, watching);
      say(many ? `${many} built-in pictures added. Press Train.` : 'They are all there already.');
    });
  }

  #undo() {
    this.#recorder?.stop();
    const { gone, back } = this.collection.undo();
    say(gone ? `${count(gone, 'sample')} taken back.` : `${count(back, 'sample')} put back.`);
    // A button that is disabled lets go of the focus.
    if (!this.collection.undoable) byId('message').focus();
  }

  // -- training ----------------------------------------------------------------------------

  /** @returns {Settings} */
  #settings() {
    const { value } = /** @type {HTMLSelectElement} */ (byId('features'));
    return { ...this.#controls.read().values, flatten: value === 'flatten' };
  }

  async #train() {
    const { problem, field } = this.#controls.read();
    const { classes } = this.pair;
    const lacking = problem || missing(this.collection.counts, classes);
    if (lacking) {
      say(lacking, 'error');
      this.#controls.show(field);
      return;
    }
    this.#see(false);
    await this.#work.run(async (signal) => {
      const { samples, counts } = this.collection;
      const { net, run, held } = await this.#learn(samples, signal);
      const accuracy = run.epochs.at(-1)?.val_acc;
      this.#adopt(net, `Trained on ${samples.length} samples.`);
      const lost = await this.#keep({ accuracy, images: samples.length });
      const early = run.stopped ? 'Stopped early.' : 'Trained.';
      const score = accuracy === undefined ? '' : `${percent(accuracy, 0)} of the held-out right.`;
      const few = held ? '' : 'There were too few samples to hold some back for a test.';
      const said = [early, score, few, leftOut(counts, classes), unbalanced(counts, classes), lost];
      say(said.filter(Boolean).join(' '), 'done');
    });
  }

  // #region learn
  /**
   * @param {import('./collection.js').Sample[]} samples
   * @param {AbortSignal} signal
   */
  async #learn(samples, signal) {
    const { pair } = this;
    const { units, flatten, ...settings } = this.#settings();
    const { epochs, seed } = settings;
    const labels = samples.map(({ label }) => label);
    const sides = holdOutLast(labels, HELD);
    const of = (/** @type {number[]} */ numbers) => numbers.map((i) => samples[i]);
    const classes = pair.classes.length;
    const head = async () => createHead({ shape: pair.shape, classes, units, flatten, seed });
    const divided = { learn: of(sides.learn), held: of(sides.held) };
    const { net, run } = await trainTail(pair, head, divided, settings, {
      signal,
      onBatch: ({ epoch }, _, left) => {
        const text = `Epoch ${Math.ceil(epoch)} of ${epochs}, about ${duration(left)} left`;
        this.#work.progress(epoch, epochs, text);
      },
      onEpoch: (_, so) => showCurves(so, epochs),
    });
    showCurves(run, epochs);
    return { net, run, held: sides.held.length };
  }
  // #endregion

  /**
   * Takes a network in place of the one before, which is freed.
   * @param {tf.LayersModel | null} net
   * @param {string} text what there is to say of it
   */
  #adopt(net, text) {
    const before = this.net;
    this.net = net;
    this.sight.net = net;
    disposeModel(before);
    byId('sees').textContent = net ? text : 'Train first.';
    this.bars.clear();
    byId('asked').hidden = true;
    this.enable();
  }

  // -- predicting --------------------------------------------------------------------------

  /** @param {boolean} on */
  async #see(on) {
    if (on === this.sight.running) return;
    if (!on) {
      this.sight.stop();
      this.#notSeeing();
      return;
    }
    const sees = await this.#camera(true);
    if (!sees || this.sight.running || !this.net || this.#work.busy) {
      this.#release();
      return;
    }
    byId('asked').hidden = true;
    showSeeing(true);
    const ended = await this.sight.start().catch((error) => {
      showProblem(error);
      return true;
    });
    if (ended) this.#notSeeing();
  }

  #notSeeing() {
    showSeeing(false);
    byId('sees').textContent = this.net ? 'Stopped.' : 'Train first.';
    this.#release();
  }

  /** Lets go of a camera that was started only to see, once nothing looks through it. */
  #release() {
    if (this.#onlyToSee && !this.sight.running && !this.#playing) this.lens.camera.stop();
  }

  /**
   * @param {Float64Array} mean
   * @param {number} likeliest
   */
  #seen(mean, likeliest) {
    this.bars.show(mean);
    const text = likeliest < 0 ? 'I am not sure.' : `I see ${this.pair.classes[likeliest]}.`;
    if (byId('sees').textContent !== text) byId('sees').textContent = text;
  }

  async #play() {
    const button = /** @type {HTMLButtonElement} */ (byId('play'));
    if (this.#playing || !(await this.#camera(true))) return;
    this.#playing = true;
    this.enable();
    await this.#game?.play().catch(showProblem);
    this.#playing = false;
    this.#release();
    this.enable();
    // Only of whoever is still there.
    if (document.activeElement === document.body) button.focus({ preventScroll: true });
  }

  #askStock() {
    return this.#work.run(async (signal) => {
      const { pair, net } = this;
      if (!net) return;
      this.#see(false);
      const { dataset, split, number } = await this.stock.toAsk(signal);
      const data = dataset.pixels(split, number);
      const truth = dataset.classes[dataset.label(split, number)];
      const canvas = /** @type {HTMLCanvasElement} */ (byId('asked'));
      drawTile(data, dataset.tile, `A built-in picture of ${truth}`, canvas);
      canvas.hidden = false;
      const features = await pair.features([{ ...dataset.tile, data }]);
      const [shares] = await pair.predict(net, features);
      this.bars.show(shares);
      const said = pair.classes[argMax(shares)];
      byId('sees').textContent = `I see ${said}. ${said === truth ? 'Right.' : `It is ${truth}.`}`;
    });
  }

  // -- camera ------------------------------------------------------------------------------

  /**
   * @param {boolean} [onlyToSee] whether it goes off with what it was started for
   * @returns {Promise<boolean>} whether it runs
   */
  async #camera(onlyToSee = false) {
    const { camera } = this.lens;
    if (camera.running) return true;
    this.#onlyToSee = onlyToSee;
    try {
      const runs = await camera.start(() => this.#cameraChanged());
      clearError();
      return runs;
    } catch (error) {
      showProblem(error);
      return false;
    } finally {
      this.#cameraChanged();
    }
  }

  #cameraChanged() {
    const { running } = this.lens;
    byId('camera-start').hidden = running;
    byId('camera-stop').hidden = !running;
    byId('camera-off').hidden = running;
    if (!running) this.#see(false);
    this.enable();
  }

  // -- keeping -----------------------------------------------------------------------------

  /**
   * Brings back what was kept at earlier visits.
   * @param {AbortSignal} signal
   */
  async restore(signal) {
    // A network that no longer fits takes nothing with it.
    const lost = await sentenceOf(this.#restoreNetwork());
    const samples = await this.#restoreSamples(signal);
    const what = [samples ? count(samples, 'sample') : '', this.net ? 'the network' : ''];
    const names = what.filter(Boolean).join(' and ');
    const verb = samples > 1 || (samples && this.net) ? 'are' : 'is';
    const back = names ? `${capital(names)} of your last visit ${verb} back.` : '';
    if (back || lost) say([back, lost].filter(Boolean).join(' '), lost ? '' : 'done');
    await this.#tellKept();
  }

  async #restoreNetwork() {
    const found = await this.kept.load();
    if (found) this.#adopt(found.model, 'The network of your last visit is back.');
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<number>} how many there were
   */
  async #restoreSamples(signal) {
    const { store, collection, taker } = this;
    let there = /** @type {import('./sample-store.js').Back[]} */ ([]);
    try {
      const watching = this.#watching(signal, 'Looking at kept pictures again');
      there = await store.open((picture) => taker.features(picture), watching);
    } catch (error) {
      // Those that were not looked at again when it was stopped wait for the next visit.
      if (!signal.aborted) return this.#notKept(error);
    }
    store.follow(collection, collection.restore(there), (error) => this.#notKept(error));
    return there.length;
  }

  /** @param {unknown} error */
  #notKept(error) {
    console.warn(error);
    byId('not-kept').hidden = false;
    return 0;
  }

  /**
   * Keeps the network in use for the next visit.
   * @param {{accuracy?: number, images?: number}} note
   * @returns {Promise<string>} a sentence where this browser keeps nothing; else empty
   */
  async #keep(note) {
    const lost = this.net ? await sentenceOf(this.kept.save(this.net, note)) : '';
    await this.#tellKept();
    return lost;
  }

  async #tellKept() {
    const text = await this.kept.describe().catch(() => '');
    byId('kept').textContent = text || 'No network is kept in this browser.';
  }

  #saveAll() {
    return this.#work.run(async () => {
      await this.kept.download(this.collection.samples, this.pair.classes, this.net);
    });
  }

  /** @param {File} file */
  #loadAll(file) {
    return this.#work.run(async (signal) => {
      const { kept, taker } = this;
      const { pictures, model, problems } = await kept.upload(file, this.pair.classes);
      if (model) {
        this.#adopt(model.model, 'The uploaded network is in use.');
        problems.push(await this.#keep(model.note));
      }
      const taking = await taker.files(pictures, this.#watching(signal, 'Adding pictures'));
      problems.push(...taking.problems);
      const taken = count(taking.added, 'picture');
      const what = [taken, model ? 'the network' : ''].filter(Boolean).join(' and ');
      const said = [`Taken: ${what}.`, ...problems].filter(Boolean);
      say(said.join(' '), said.length > 1 ? '' : 'done');
    });
  }

  #forget() {
    return this.#work.run(async () => {
      this.#see(false);
      this.collection.clear();
      this.#adopt(null, '');
      await this.kept.forget();
      await this.store.clear();
      await this.#tellKept();
      say('Samples and network are forgotten.');
    });
  }

  // -- connecting --------------------------------------------------------------------------

  /** Which buttons can be used now. */
  enable() {
    const { net, collection } = this;
    const free = !this.#work.busy;
    const set = (/** @type {string} */ id, /** @type {boolean} */ able) => {
      const button = /** @type {HTMLButtonElement | null} */ (document.getElementById(id));
      if (button) button.disabled = !able;
    };
    for (const id of ['camera-start', 'use-stock', 'train', 'load-all']) set(id, free);
    for (const id of ['predict', 'ask-stock']) set(id, free && net !== null);
    set('play', free && net !== null && !this.#playing);
    set('score-reset', !this.#playing);
    for (const id of ['save-all', 'forget']) set(id, free && (collection.size > 0 || net !== null));
    set('undo', free && collection.undoable);
    for (const button of byId('classes').querySelectorAll('button')) {
      if (button.className === 'files') button.disabled = !free;
      if (button.matches('.hold, .single')) button.disabled = !free || !this.lens.running;
    }
    this.#controls.disable(!free);
    byId('train').hidden = !free;
  }

  #buttons() {
    const on = (/** @type {string} */ id, /** @type {() => unknown} */ action) =>
      document.getElementById(id)?.addEventListener('click', action);
    byId('train-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#train();
    });
    on('camera-start', async () => {
      if (await this.#camera()) byId('camera-stop').focus();
    });
    on('camera-stop', () => {
      this.lens.camera.stop();
      byId('camera-start').focus();
    });
    on('use-stock', () => this.#useStock());
    on('undo', () => this.#undo());
    on('predict', () => this.#see(!this.sight.running));
    on('ask-stock', () => this.#askStock());
    on('play', () => this.#play());
    on('save-all', () => this.#saveAll());
    on('forget', () => this.#forget());
    const archive = /** @type {HTMLInputElement} */ (byId('archive'));
    on('load-all', () => archive.click());
    archive.addEventListener('change', () => {
      const [file] = archive.files ?? [];
      archive.value = '';
      if (file) this.#loadAll(file);
    });
  }
}

/** @param {boolean} on */
function showSeeing(on) {
  const button = byId('predict');
  button.setAttribute('aria-pressed', String(on));
  button.textContent = on ? 'Stop predicting' : 'Start predicting';
}

/**
 * @param {number} many
 * @param {string} what
 */
const count = (many, what) => `${many.toLocaleString('en')} ${what}${many === 1 ? '' : 's'}`;

/** @param {string} text */
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** The addresses of a Transfer's two models, and of a dataset, if the page has one. */
function urlsOfPage() {
  const given = Object.entries(byId('data').dataset);
  const models = given.filter(([name]) => name.startsWith('model'));
  const base = models.find(([name]) => name.endsWith('Base'))?.[1] ?? '';
  const tail = models.find(([name]) => !name.endsWith('Base'))?.[1] ?? '';
  return { base, tail, dataset: given.find(([name]) => !name.startsWith('model'))?.[1] ?? '' };
}

/** @type {Booth | null} */
let booth = null;
const work = new Work(() => booth?.enable());

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Booth>}
 */
async function open(signal) {
  const { dataset, ...urls } = urlsOfPage();
  const pair = await Pair.open(urls, {
    signal,
    onProgress: (bytes, total) => {
      const text = `${megabytes(bytes)} of ${megabytes(total)}`;
      work.progress(bytes, total, `Fetching the network: ${text}`);
    },
  });
  const [best] = await pair.pick({
    wish: new URLSearchParams(location.search).get('backend'),
    onTry: (name) => work.progress(0, 1, `Warming up on ${name}`),
  });
  const { base, tail } = pair.backends;
  Object.assign(document.body.dataset, { backend: base, trainer: tail });
  byId('computed').textContent =
    `Features are computed on ${base}, ${best.milliseconds.toFixed(1)} ms for a picture; the ` +
    `layers are trained on ${tail}.`;
  const made = new Booth(pair, work, dataset);
  made.connect();
  return made;
}

async function start() {
  guardDrops();
  echo();
  fillParity().catch(() => {}); // the card says less then, and the page works
  // Both may be tried again after a failure, and what has succeeded is not done twice.
  await work.run(async (signal) => {
    booth ??= await open(signal);
    await booth.restore(signal);
  });
  document.body.dataset.ready = 'true';
}

/** What `check` repeats to see whether anything is left behind: one picture, base and layers. */
async function action() {
  if (!booth) return;
  const { pair } = booth;
  const side = Number(pair.base.manifest.inputs[0].shape[1]);
  const image = { width: side, height: side, channels: 3, data: new Uint8Array(side * side * 3) };
  const net = booth.net ?? (await pair.fresh());
  await pair.predict(net, await pair.features([image]));
  if (net !== booth.net) net.dispose();
}

Object.assign(globalThis, {
  prebake: {
    get booth() {
      return booth;
    },
    action,
    memory: tf.memory,
    getBackend: tf.getBackend,
  },
});
start();
