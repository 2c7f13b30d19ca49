// A page that inspects photographs: many at once, with verdicts, a threshold, and where the model
// looked. Everything about the model and its classes is read from its manifest.
import { getBackend, memory } from '@tensorflow/tfjs-core';
import { byId } from '../dom.js';
import '../elements/model-status.js';
import { clearProblem, showProblem } from '../problem.js';
import { toCsv } from './csv.js';
import { Intake } from './intake.js';
import { Look } from './look.js';
import { inOrder } from './queue.js';
import './results-table.js';
import { ThresholdPanel } from './threshold-panel.js';

/**
 * @typedef {import('../model.js').CompiledModel} CompiledModel
 * @typedef {import('../model.js').Decision} Decision
 * @typedef {import('../elements/model-status.js').ModelStatus} ModelStatus
 * @typedef {import('./results-table.js').ResultsTable} ResultsTable
 * @typedef {import('./photos.js').Photo} Photo
 * @typedef {{name: string, truth?: string, read: () => Promise<Photo>}} Waiting
 */

const HEAT = 'heat';

export class Inspector {
  /** @type {CompiledModel | null} */
  model = null;
  /** @type {AbortController | null} */
  #busy = null;
  /** @type {Waiting[]} what came while others were inspected, or before the model did */
  #queued = [];
  #status = /** @type {ModelStatus} */ (byId('status'));
  #table = /** @type {ResultsTable} */ (byId('results'));
  #panel = new ThresholdPanel((threshold) => this.#judge(threshold));
  #look = new Look();
  #intake;

  /** @param {{model: string, dataset: string}} urls of the manifests */
  constructor({ model, dataset }) {
    this.url = model;
    this.#intake = new Intake(dataset, (waiting) => this.inspect(waiting));
    byId('cancel').addEventListener('click', () => this.#cancel());
    byId('save').addEventListener('click', () => this.#save());
    byId('clear').addEventListener('click', () => this.#clear());
    this.#table.addEventListener('open', (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      this.#look.open(this.#table.results, detail, this.decision.positive);
    });
  }

  /** Fetches the model; nothing can be inspected before. */
  async load() {
    try {
      this.model = await this.#status.load(this.url);
      this.#panel.show(this.decision, this.model.classes);
      this.#intake.enable(this.model.classes);
      await this.inspect([]);
    } catch (error) {
      showProblem(error, () => {
        clearProblem();
        this.load();
      });
    }
  }

  /** @returns {Decision} */
  get decision() {
    const decision = this.model?.manifest.decision;
    if (!decision) throw new Error('the model has no Decision');
    return decision;
  }

  /**
   * Inspects photographs in their order; what cannot be read is listed, the rest goes on. What
   * comes while others are inspected waits for them, and all of it for the model.
   * @param {Waiting[]} arrived
   */
  async inspect(arrived) {
    this.#queued.push(...arrived);
    const { model } = this;
    while (model && !this.#busy && this.#queued.length > 0) {
      await this.#inspectAll(model, this.#queued.splice(0));
    }
  }

  /**
   * @param {CompiledModel} model
   * @param {Waiting[]} waiting
   */
  async #inspectAll(model, waiting) {
    clearProblem();
    const controller = new AbortController();
    this.#setBusy(controller);
    this.#progress(0, waiting.length);
    byId('found').hidden = false;
    try {
      await inOrder(waiting, {
        prepare: (each) => each.read(),
        finish: async (photo, { truth }) =>
          this.#table.add(await this.#judged(model, photo, truth)),
        onRefused: (error, { name }) => this.#refuse(error, name),
        onProgress: (done, total) => this.#progress(done, total),
        signal: controller.signal,
      });
    } finally {
      this.#setBusy(null);
      this.#summarise();
    }
  }

  /**
   * One photograph's probability, and what there is to look at.
   * @param {CompiledModel} model
   * @param {Photo} photo
   * @param {string} [truth]
   * @returns {Promise<import('./results-table.js').Result>}
   */
  async #judged(model, photo, truth) {
    await this.#status.settled;
    const began = performance.now();
    const batch = model.tensor([photo.image]);
    try {
      const outputs = await model.runAll(batch);
      const answer = outputs[model.manifest.outputs[0].name].data;
      const [shares] = model.probabilities(answer, 1);
      const milliseconds = performance.now() - began;
      const [, height, width] = batch.shape;
      const seen = { data: Uint8Array.from(await batch.data()), width, height };
      const { name, thumbnail } = photo;
      const detail = { seen, heat: heatOf(outputs[HEAT]) };
      return {
        name,
        thumbnail,
        probability: shares[this.decision.index],
        milliseconds,
        truth,
        detail,
      };
    } finally {
      batch.dispose();
    }
  }

  /**
   * @param {unknown} error
   * @param {string} name
   */
  #refuse(error, name) {
    const known = error instanceof Error ? error.message : String(error);
    this.#table.refuse(known.includes(name) ? known : `${name}: ${known}`);
  }

  /** Inspects one held-out sample and shows nothing of it. */
  async trySample() {
    if (!this.model) throw new Error('no model');
    const [sample] = await this.#intake.waiting(this.decision.index, 0, 1);
    const photo = await sample.read();
    URL.revokeObjectURL(photo.thumbnail);
    return this.#judged(this.model, photo);
  }

  /** @param {number} threshold */
  #judge(threshold) {
    const { index } = this.decision;
    const classes = this.model?.classes ?? [];
    this.#table.judge(threshold, [classes[1 - index], classes[index]]);
    this.#summarise();
  }

  #summarise() {
    const { results } = this.#table;
    const positive = this.decision.positive;
    const count = results.filter(({ verdict }) => verdict === positive).length;
    byId('summary').textContent = results.length
      ? `${count} of ${results.length} photographs: ${positive}.`
      : '';
  }

  #cancel() {
    this.#queued = [];
    this.#busy?.abort();
  }

  #clear() {
    this.#table.clear();
    byId('found').hidden = true;
    byId('pick').focus();
  }

  #save() {
    const rows = this.#table.results.map(({ result, verdict }) => [
      result.name,
      Number(result.probability.toFixed(6)),
      verdict,
      Number(result.milliseconds.toFixed(1)),
    ]);
    const head = [
      'photograph',
      `probability of ${this.decision.positive}`,
      'verdict',
      'milliseconds',
    ];
    // A byte order mark, or spreadsheets take names for another encoding.
    const blob = new Blob(['\ufeff', toCsv(head, rows)], { type: 'text/csv' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${this.model?.manifest.name ?? 'results'}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /** @param {AbortController | null} controller */
  #setBusy(controller) {
    this.#busy = controller;
    byId('work').hidden = controller === null;
    this.#status.hold(controller !== null);
    this.#intake.hold(controller !== null);
  }

  /**
   * @param {number} done
   * @param {number} total
   */
  #progress(done, total) {
    const bar = /** @type {HTMLProgressElement} */ (byId('progress'));
    bar.max = total;
    bar.value = done;
    byId('working').textContent = `${done} of ${total} inspected`;
  }
}

/** @param {{data: Float32Array, shape: number[]} | undefined} output */
function heatOf(output) {
  if (!output) return null;
  const [, height, width] = output.shape;
  return { data: output.data, width, height };
}

/**
 * Starts the page of one model and one dataset.
 * @param {{model: string, dataset: string}} urls
 */
export async function start(urls) {
  const inspector = new Inspector(urls);
  await inspector.load();
  document.body.dataset.ready = 'true';
  Object.assign(globalThis, {
    prebake: {
      inspector,
      getBackend,
      memory,
      /** What `check` repeats to see whether anything is left behind: one sample. */
      action: () => inspector.trySample(),
    },
  });
}
