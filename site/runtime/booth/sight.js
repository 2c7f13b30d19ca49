// What a network makes of what the camera sees, frame after frame, steadied over the last few.
import { PageError } from '../fetch.js';
import { Steady } from './steady.js';

/** @typedef {import('../tf.js').LayersModel} LayersModel */

const FRAMES = 5; // that one answer is the mean of
const PAUSE = 30; // ms between two frames, for everything else on the page
const PATIENCE = 4000; // ms in which a gesture must become sure

export class Sight {
  /** @type {LayersModel | null} */
  net = null;
  /** How many frames were answered. */
  frames = 0;
  #steady;
  /** @type {object | null} the loop under way; another one takes its place */
  #loop = null;

  /**
   * @param {import('../transfer/pair.js').Pair} pair
   * @param {import('./lens.js').Lens} lens
   * @param {(mean: Float64Array, likeliest: number) => void} show likeliest: -1 while it is not sure
   */
  constructor(pair, lens, show) {
    this.pair = pair;
    this.lens = lens;
    this.show = show;
    this.#steady = new Steady(pair.classes.length, FRAMES);
  }

  get running() {
    return this.#loop !== null;
  }

  /**
   * Looks on until it is stopped, the camera is off, or there is no network.
   * @returns {Promise<boolean>} at the end of it: whether it ended without being stopped
   */
  async start() {
    const loop = {};
    this.#loop = loop;
    this.#steady.clear();
    try {
      while (this.#loop === loop && this.lens.running && this.net) {
        if (this.lens.sees) await this.#frame(() => this.#loop === loop);
        await new Promise((done) => setTimeout(done, PAUSE));
      }
      return this.#loop === loop;
    } finally {
      if (this.#loop === loop) this.#loop = null;
    }
  }

  stop() {
    this.#loop = null;
  }

  /**
   * @returns {Promise<number>} what is shown now, once that is sure; -1 if it never is
   * @throws {PageError} if the camera is off
   */
  async look() {
    this.#steady.clear();
    const until = performance.now() + PATIENCE;
    while (performance.now() < until && this.lens.sees && this.net) {
      if (this.running) await new Promise((done) => setTimeout(done, PAUSE));
      else await this.#frame(() => !this.running);
      const { likeliest } = this.#steady;
      if (likeliest >= 0) return likeliest;
    }
    if (!this.lens.running) throw new PageError('The camera went off before it saw your gesture.');
    return -1;
  }

  // #region predict
  /** @param {() => boolean} wanted whether the answer is still of use when it is there */
  async #frame(wanted) {
    const { pair, net } = this;
    if (!net) return;
    const features = await pair.features([this.lens.frame()]);
    const [shares] = await pair.predict(net, features).catch((error) => {
      if (net === this.net) throw error;
      return []; // it was replaced and freed meanwhile
    });
    if (!shares || net !== this.net || !wanted()) return;
    const mean = this.#steady.add(shares);
    this.frames++;
    this.show(mean, this.#steady.likeliest);
  }
  // #endregion
}
