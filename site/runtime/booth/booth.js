// A page that learns what a camera shows. Which classes there are, and whether there is a game, is
// read from the page: a new one is a declaration and a text, and needs no script of its own.
import { Controls } from '../controls.js';
import { Dataset } from '../dataset.js';
import { byId, duration, megabytes, percent } from '../dom.js';
import '../elements/line-chart.js';
import { holdOutGroups } from '../balanced.js';
import { runningMean } from '../elements/line-chart.js';
import { PageError } from '../fetch.js';
import { readPhoto } from '../inspect/photos.js';
import { argMax } from '../numbers.js';
import { showProblem } from '../problem.js';
import { random } from '../random.js';
import * as tf from '../tf.js';
import { drawTile } from '../tiles.js';
import { adam, disposeModel, train } from '../training.js';
import { categoricalCrossentropy } from '../transfer/loss.js';
import { Pair } from '../transfer/pair.js';
import { say, Work } from '../work.js';
import { Bars } from './bars.js';
import { Collection, missing, unbalanced } from './collection.js';
import { Gallery } from './gallery.js';
import { Game, PATIENCE } from './game.js';
import { createHead } from './head.js';
import { Kept } from './kept.js';
import { Lens } from './lens.js';
import { Recorder } from './recorder.js';
import { Steady } from './steady.js';

/**
 * @typedef {import('../preprocess.js').Image} Image
 * @typedef {import('../elements/line-chart.js').LineChart} LineChart
 * @typedef {{epochs: number, rate: number, units: number, batch: number, seed: number,
 *   flatten: boolean}} Settings
 */

const HELD = 0.2; // of the samples
const FRAMES = 5; // that one answer is the mean of
const STOCK = 40; // built-in pictures of each class

class Booth {
  /** @type {Pair | null} */
  pair = null;
  /** @type {tf.LayersModel | null} */
  net = null;
  /** @type {Collection} */
  collection = new Collection(0);
  /** @type {Dataset | null} */
  #dataset = null;
  #asked = 0;
  /** Whether the camera was started only to predict, and goes off with it. */
  #onlyToSee = false;
  #predicting = false;
  /** @type {Steady | null} */
  #steady = null;
  /** @type {Game | null} */
  #game = null;
  /** @type {Lens | null} */
  #lens = null;
  /** @type {Kept | null} */
  #kept = null;
  /** @type {Bars | null} */
  #bars = null;
  #controls = new Controls({
    epochs: { value: 20, min: 1, max: 500, whole: true },
    rate: { value: 0.001, min: 0.000001, max: 1 },
    units: { value: 100, min: 1, max: 1000, whole: true },
    batch: { value: 16, min: 1, max: 512, whole: true },
    seed: { value: 1, min: 0, max: 9999, whole: true },
  });
  #work = new Work((busy) => {
    this.#controls.disable(busy);
    byId('train').hidden = busy;
    this.#enable();
  });

  /** @param {{base: string, tail: string, dataset: string}} urls of the manifests */
  constructor(urls) {
    this.urls = urls;
  }

  get score() {
    return this.#game?.score;
  }

  get predicting() {
    return this.#predicting;
  }

  async start() {
    this.#connect();
    this.#curves({ batches: [], epochs: [] }, this.#settings().epochs);
    await this.#work.run((signal) => this.#open(signal));
    document.body.dataset.ready = 'true';
  }

  /** @param {AbortSignal} signal */
  async #open(signal) {
    const pair = await Pair.open(this.urls, {
      signal,
      onProgress: (bytes, total) => {
        const text = `${megabytes(bytes)} of ${megabytes(total)}`;
        this.#work.progress(bytes, total, `Fetching the network: ${text}`);
      },
    });
    const [best] = await pair.pick({
      wish: new URLSearchParams(location.search).get('backend'),
      onTry: (name) => this.#work.progress(0, 1, `Warming up on ${name}`),
    });
    const { base, tail } = pair.backends;
    Object.assign(document.body.dataset, { backend: base, trainer: tail });
    byId('computed').textContent =
      `Features are computed on ${base}, ${best.milliseconds.toFixed(1)} ms for a picture; the ` +
      `layers are trained on ${tail}.`;
    this.pair = pair;
    const { classes } = pair;
    this.collection = new Collection(classes.length);
    new Gallery(this.collection, classes);
    this.#bars = new Bars(byId('bars'), classes);
    for (const kind of ['add', 'remove']) {
      this.collection.addEventListener(kind, () => this.#enable());
    }
    const side = Number(pair.base.manifest.inputs[0].shape[1]);
    const otherwise = this.urls.dataset
      ? 'Choose picture files, or use the built-in ones.'
      : 'Choose picture files instead.';
    const video = /** @type {HTMLVideoElement} */ (byId('video'));
    this.#lens = new Lens(video, side, otherwise);
    this.#steady = new Steady(classes.length, FRAMES);
    this.#record(classes.length);
    if (document.getElementById('rules')) {
      this.#game = new Game(classes, () => this.#look(), Date.now());
    }
    this.#kept = new Kept(pair, document.body.dataset.page ?? pair.tail.manifest.name);
    await this.#restore();
  }

  // -- samples -----------------------------------------------------------------------------

  /** @param {number} classes */
  #record(classes) {
    new Recorder(
      {
        ready: () => Boolean(this.#lens?.sees) && !this.#work.busy,
        begin: () => this.collection.begin(),
        shoot: (label) => this.#shoot(label),
        files: (label, files) => this.#files(label, files),
      },
      classes,
    );
  }

  // #region shoot
  /** @param {number} label */
  async #shoot(label) {
    const lens = /** @type {Lens} */ (this.#lens);
    const image = lens.frame();
    const picture = lens.picture();
    const [features] = await /** @type {Pair} */ (this.pair).features([image]);
    this.collection.add({ label, features, picture: await picture });
  }
  // #endregion

  /**
   * @param {number} label
   * @param {File[]} files
   */
  #files(label, files) {
    return this.#work.run(async (signal) => {
      this.collection.begin();
      const refused = await this.#addAll(
        files.map((file) => ({ label, name: file.name, blob: file })),
        signal,
      );
      const many = files.length - refused.length;
      say([`${many} ${many === 1 ? 'picture' : 'pictures'} added.`, ...refused].join(' '));
    });
  }

  /**
   * Adds picture files; what cannot be read is left out.
   * @param {{label: number, name: string, blob: Blob}[]} pictures
   * @param {AbortSignal} signal
   * @returns {Promise<string[]>} a sentence for each that was left out
   */
  async #addAll(pictures, signal) {
    const refused = [];
    for (const [i, { label, name, blob }] of pictures.entries()) {
      signal.throwIfAborted();
      this.#work.progress(i, pictures.length, `Adding pictures: ${i} of ${pictures.length}`);
      try {
        await readPhoto(blob, name).then(({ thumbnail }) => URL.revokeObjectURL(thumbnail));
        const bitmap = await createImageBitmap(blob);
        const lens = /** @type {Lens} */ (this.#lens);
        const image = lens.still(bitmap);
        bitmap.close();
        const picture = lens.picture();
        const [features] = await /** @type {Pair} */ (this.pair).features([image]);
        this.collection.add({ label, features, picture: await picture });
      } catch (error) {
        if (!(error instanceof PageError)) throw error;
        refused.push(error.message);
      }
    }
    return refused;
  }

  #useStock() {
    return this.#work.run(async (signal) => {
      const dataset = await this.#stock(signal);
      const [split] = Object.keys(dataset.manifest.splits);
      await dataset.load({ [split]: dataset.size(split) }, { signal });
      const { classes } = /** @type {Pair} */ (this.pair);
      const taken = new Array(classes.length).fill(0);
      const numbers = Array.from({ length: dataset.size(split) }, (_, i) => i).filter(
        (i) => taken[dataset.label(split, i)]++ < STOCK,
      );
      this.collection.begin();
      for (const [done, number] of numbers.entries()) {
        signal.throwIfAborted();
        this.#work.progress(done, numbers.length, `Taking ${done} of ${numbers.length} pictures`);
        const canvas = drawTile(dataset.pixels(split, number), dataset.tile);
        const picture = await blobOf(canvas);
        const image = { ...dataset.tile, data: dataset.pixels(split, number) };
        const [features] = await /** @type {Pair} */ (this.pair).features([image]);
        this.collection.add({ label: dataset.label(split, number), features, picture });
      }
      say(`${numbers.length} built-in pictures added. Press Train.`);
    });
  }

  /** @param {AbortSignal} signal */
  async #stock(signal) {
    if (!this.#dataset) {
      const dataset = await Dataset.open(this.urls.dataset, { signal });
      const { classes } = /** @type {Pair} */ (this.pair);
      if (String(dataset.classes) !== String(classes)) {
        throw new PageError('The built-in pictures are of other classes: build the site again.');
      }
      this.#dataset = dataset;
    }
    return this.#dataset;
  }

  // -- training ----------------------------------------------------------------------------

  /** @returns {Settings} */
  #settings() {
    const { value } = /** @type {HTMLSelectElement} */ (byId('features'));
    return { ...this.#controls.read().values, flatten: value === 'flatten' };
  }

  async #train() {
    const { problem, field } = this.#controls.read();
    const { classes } = /** @type {Pair} */ (this.pair);
    const lacking = problem || missing(this.collection.counts, classes);
    if (lacking) {
      say(lacking, 'error');
      field?.focus();
      return;
    }
    this.#see(false);
    await this.#work.run(async (signal) => {
      const { samples, counts } = this.collection;
      const { net, run } = await this.#learn(signal);
      const last = run.batches.at(-1);
      if (!last || !Number.isFinite(last.loss)) {
        disposeModel(net);
        throw new PageError('The loss is no longer a number: choose a smaller learning rate.');
      }
      const accuracy = run.epochs.at(-1)?.val_acc ?? null;
      this.#adopt(net, `Trained on ${samples.length} samples.`);
      await this.#kept?.save(net, { accuracy: accuracy ?? undefined, images: samples.length });
      await this.#tellKept();
      const score = accuracy === null ? '' : ` ${percent(accuracy, 0)} of the held-out ones right.`;
      const early = run.stopped ? 'Stopped early.' : 'Trained.';
      say([early + score, unbalanced(counts, classes)].filter(Boolean).join(' '), 'done');
    });
  }

  // #region learn
  /** @param {AbortSignal} signal */
  #learn(signal) {
    const pair = /** @type {Pair} */ (this.pair);
    const { epochs, rate, units, batch, seed, flatten } = this.#settings();
    const { samples } = this.collection;
    const labels = samples.map(({ label }) => label);
    const { learn, held } = holdOutGroups(labels, null, HELD, seed);
    const of = (/** @type {number[]} */ numbers) => numbers.map((i) => samples[i]);
    return pair.training(async () => {
      const classes = pair.classes.length;
      const net = createHead({ shape: pair.shape, classes, units, flatten, seed });
      net.compile({
        optimizer: adam(rate),
        loss: categoricalCrossentropy,
        metrics: ['accuracy'],
      });
      const run = await train(
        net,
        pair.batches(of(learn), { batchSize: batch, next: random(seed) }),
        {
          validation: pair.batches(of(held), { batchSize: 64 }),
          epochs,
          signal,
          onBatch: (point, _, left) => {
            const text = `Epoch ${Math.ceil(point.epoch)} of ${epochs}, about ${duration(left)} left`;
            this.#work.progress(point.epoch, epochs, text);
          },
          onEpoch: (_, so) => this.#curves(so, epochs),
        },
      );
      this.#curves(run, epochs);
      return { net, run };
    });
  }
  // #endregion

  /**
   * @param {Pick<import('../training.js').Run, 'batches' | 'epochs'>} run
   * @param {number} epochs
   */
  #curves(run, epochs) {
    for (const [id, key, held] of /** @type {const} */ ([
      ['loss', 'loss', 'val_loss'],
      ['accuracy', 'acc', 'val_acc'],
    ])) {
      const learned = runningMean(
        run.batches.map((point) => ({ x: point.epoch, y: point[key] })),
        FRAMES,
      );
      const watched = run.epochs.map((point) => ({ x: point.epoch, y: point[held] ?? Number.NaN }));
      const series = [
        { name: 'train', points: learned },
        { name: 'held', points: watched, dots: true },
      ];
      /** @type {LineChart} */ (byId(id)).show(series, epochs);
    }
  }

  /**
   * @param {tf.LayersModel | null} net
   * @param {string} text
   */
  #adopt(net, text) {
    disposeModel(this.net);
    this.net = net;
    byId('sees').textContent = net ? text : 'Train first.';
    this.#bars?.clear();
    byId('asked').hidden = true;
    this.#enable();
  }

  // -- predicting --------------------------------------------------------------------------

  /** @param {boolean} on */
  async #see(on) {
    if (on === this.#predicting) return;
    if (on && !(await this.#camera(true))) return;
    if (on === this.#predicting) return; // pressed twice while the camera was starting
    this.#predicting = on;
    const button = byId('predict');
    button.setAttribute('aria-pressed', String(on));
    button.textContent = on ? 'Stop predicting' : 'Start predicting';
    if (on) {
      byId('asked').hidden = true;
      this.#steady?.clear();
      this.#watch();
      return;
    }
    byId('sees').textContent = this.net ? 'Stopped.' : 'Train first.';
    if (this.#onlyToSee) this.#lens?.camera.stop();
  }

  async #watch() {
    const lens = /** @type {Lens} */ (this.#lens);
    try {
      while (this.#predicting && lens.running && this.net) {
        if (lens.sees) await this.#frame();
        await new Promise((done) => setTimeout(done, 30));
      }
    } catch (error) {
      showProblem(error);
    }
    if (this.#predicting) this.#see(false);
  }

  // #region predict
  async #frame() {
    const { pair, net } = this;
    if (!pair || !net) return;
    const features = await pair.features([/** @type {Lens} */ (this.#lens).frame()]);
    const answers = await pair.predict(net, features).catch((error) => {
      if (net === this.net) throw error;
      return []; // it was replaced and freed meanwhile
    });
    if (answers.length === 0) return;
    const [shares] = answers;
    const steady = /** @type {Steady} */ (this.#steady);
    this.#bars?.show(steady.add(shares));
    const { likeliest } = steady;
    const text = likeliest < 0 ? 'I am not sure.' : `I see ${pair.classes[likeliest]}.`;
    if (this.#predicting && byId('sees').textContent !== text) byId('sees').textContent = text;
  }
  // #endregion

  /** What is shown now, once it is sure: for the game. */
  async #look() {
    const steady = /** @type {Steady} */ (this.#steady);
    steady.clear();
    const until = performance.now() + PATIENCE;
    while (performance.now() < until && this.#lens?.sees && this.net) {
      if (this.#predicting) await new Promise((done) => setTimeout(done, 50));
      else await this.#frame();
      if (steady.likeliest >= 0) return steady.likeliest;
    }
    return -1;
  }

  async #play() {
    const button = /** @type {HTMLButtonElement} */ (byId('play'));
    if (!this.#lens?.running && !(await this.#camera(true))) return;
    button.disabled = true;
    try {
      await this.#game?.play();
    } catch (error) {
      showProblem(error);
    }
    this.#enable();
    button.focus();
  }

  #askStock() {
    return this.#work.run(async (signal) => {
      const { pair, net } = this;
      if (!pair || !net) return;
      const dataset = await this.#stock(signal);
      const split = Object.keys(dataset.manifest.splits).at(-1) ?? 'test';
      await dataset.load({ [split]: dataset.size(split) }, { signal });
      const number = this.#asked++ % dataset.size(split);
      const data = dataset.pixels(split, number);
      const canvas = /** @type {HTMLCanvasElement} */ (byId('asked'));
      const truth = dataset.classes[dataset.label(split, number)];
      drawTile(data, dataset.tile, `A built-in picture of ${truth}`, canvas);
      canvas.hidden = false;
      const features = await pair.features([{ ...dataset.tile, data }]);
      const [shares] = await pair.predict(net, features);
      this.#bars?.show(shares);
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
    const lens = /** @type {Lens} */ (this.#lens);
    if (lens.running) return true;
    this.#onlyToSee = onlyToSee;
    try {
      const runs = await lens.camera.start(() => this.#cameraChanged());
      this.#cameraChanged();
      return runs;
    } catch (error) {
      this.#cameraChanged();
      showProblem(error);
      return false;
    }
  }

  #cameraChanged() {
    const running = Boolean(this.#lens?.running);
    byId('camera-start').hidden = running;
    byId('camera-stop').hidden = !running;
    byId('camera-off').hidden = running;
    if (!running && this.#predicting) this.#see(false);
    this.#enable();
  }

  // -- keeping -----------------------------------------------------------------------------

  async #restore() {
    const found = await this.#kept?.load();
    if (found) {
      this.#adopt(found.model, 'The network of your last visit is back.');
      say('The network of your last visit is back.', 'done');
    }
    await this.#tellKept();
  }

  async #tellKept() {
    const text = await this.#kept?.describe();
    byId('kept').textContent = text || 'No network is kept in this browser.';
    byId('forget').hidden = !text && !this.net;
  }

  #saveAll() {
    return this.#work.run(async () => {
      const { classes } = /** @type {Pair} */ (this.pair);
      await this.#kept?.download(this.collection.samples, classes, this.net);
    });
  }

  /** @param {File} file */
  #loadAll(file) {
    return this.#work.run(async (signal) => {
      const { classes } = /** @type {Pair} */ (this.pair);
      const kept = /** @type {Kept} */ (this.#kept);
      const { pictures, model, problems } = await kept.upload(file, classes);
      this.collection.begin();
      problems.push(...(await this.#addAll(pictures, signal)));
      if (model) {
        this.#adopt(model.model, 'The uploaded network is in use.');
        await kept.save(model.model, model.note);
        await this.#tellKept();
      }
      const what = [`${pictures.length} pictures`, model ? 'the network' : ''].filter(Boolean);
      say([`Taken: ${what.join(' and ')}.`, ...problems].join(' '), problems.length ? '' : 'done');
    });
  }

  #forget() {
    return this.#work.run(async () => {
      await this.#kept?.forget();
      this.#see(false);
      this.collection.clear();
      this.#adopt(null, '');
      await this.#tellKept();
      say('Samples and network are forgotten.');
    });
  }

  // -- connecting --------------------------------------------------------------------------

  #enable() {
    const { pair, net, collection } = this;
    const free = Boolean(pair) && !this.#work.busy;
    const set = (/** @type {string} */ id, /** @type {boolean} */ able) => {
      const button = /** @type {HTMLButtonElement | null} */ (document.getElementById(id));
      if (button) button.disabled = !able;
    };
    for (const id of ['camera-start', 'use-stock', 'train', 'load-all']) set(id, free);
    for (const id of ['predict', 'ask-stock', 'play']) set(id, free && Boolean(net));
    set('save-all', free && (collection.size > 0 || Boolean(net)));
    set('undo', free && collection.undoable);
    const shooting = free && Boolean(this.#lens?.running);
    for (const button of document.querySelectorAll('.hold, .single')) {
      /** @type {HTMLButtonElement} */ (button).disabled = !shooting;
    }
    for (const button of document.querySelectorAll('.files')) {
      /** @type {HTMLButtonElement} */ (button).disabled = !free;
    }
  }

  #connect() {
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
      this.#lens?.camera.stop();
      byId('camera-start').focus();
    });
    on('use-stock', () => this.#useStock());
    on('undo', () => {
      const gone = this.collection.undo();
      say(`${gone} ${gone === 1 ? 'sample' : 'samples'} taken back.`);
    });
    on('predict', () => this.#see(!this.#predicting));
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

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
function blobOf(canvas) {
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/png'),
  );
}

/** The addresses of a Transfer's two models, and of a dataset, if the page has one. */
function urlsOfPage() {
  const given = Object.entries(byId('data').dataset);
  const models = given.filter(([name]) => name.startsWith('model'));
  const base = models.find(([name]) => name.endsWith('Base'))?.[1] ?? '';
  const tail = models.find(([name]) => !name.endsWith('Base'))?.[1] ?? '';
  return { base, tail, dataset: given.find(([name]) => !name.startsWith('model'))?.[1] ?? '' };
}

const booth = new Booth(urlsOfPage());
booth.start();

/** What `check` repeats to see whether anything is left behind: one picture, base and layers. */
async function action() {
  const { pair } = booth;
  if (!pair) return;
  const side = Number(pair.base.manifest.inputs[0].shape[1]);
  const image = { width: side, height: side, channels: 3, data: new Uint8Array(side * side * 3) };
  const net = booth.net ?? (await pair.fresh());
  await pair.predict(net, await pair.features([image]));
  if (net !== booth.net) net.dispose();
}

Object.assign(globalThis, {
  prebake: { booth, action, memory: tf.memory, getBackend: tf.getBackend },
});
