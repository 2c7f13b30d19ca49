// Predictions of single frames flicker; the mean of the last few does not.
import { argMax } from '../numbers.js';

export const SURE = 0.6;

export class Steady {
  #sums;
  #window;
  #leaders;
  #count = 0;

  /**
   * @param {number} classes
   * @param {number} [frames] how many are looked at together
   */
  constructor(classes, frames = 5) {
    this.frames = frames;
    this.#sums = new Float64Array(classes);
    this.#window = Array.from({ length: frames }, () => new Float32Array(classes));
    this.#leaders = new Int32Array(frames);
  }

  /**
   * Takes the answer to one more frame.
   * @param {ArrayLike<number>} shares the probability of each class
   * @returns {Float64Array} their mean over the last frames
   */
  add(shares) {
    const slot = this.#count % this.frames;
    const row = this.#window[slot];
    for (let i = 0; i < row.length; i++) {
      this.#sums[i] += shares[i] - row[i];
      row[i] = shares[i];
    }
    this.#leaders[slot] = argMax(shares);
    this.#count++;
    return this.mean;
  }

  get mean() {
    const seen = Math.max(1, Math.min(this.#count, this.frames));
    return this.#sums.map((sum) => Math.min(1, Math.max(0, sum / seen)));
  }

  /**
   * The class that is shown, or -1 while that is not sure: the mean must be high enough, and the
   * class ahead in more than half of the frames.
   */
  get likeliest() {
    if (this.#count < this.frames) return -1;
    const { mean } = this;
    const best = argMax(mean);
    const ahead = this.#leaders.filter((leader) => leader === best).length;
    return mean[best] >= SURE && ahead > this.frames / 2 ? best : -1;
  }

  clear() {
    this.#count = 0;
    this.#sums.fill(0);
    for (const row of this.#window) row.fill(0);
  }
}
