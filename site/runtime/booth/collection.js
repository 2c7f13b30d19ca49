// Samples of several classes, as they come; adding one costs the same whatever is there.

/**
 * @typedef {object} Sample
 * @property {number} id
 * @property {number} label
 * @property {Float32Array} features
 * @property {Blob} picture as it is kept in a file
 */

/** Events: `add` and `remove`, whose detail is the sample. */
export class Collection extends EventTarget {
  /** @type {Map<number, Sample>} in the order in which they came */
  #samples = new Map();
  /** @type {number[][]} of each recording the ids, the last one at the end */
  #recordings = [];
  #counts;
  #next = 1;

  /** @param {number} classes */
  constructor(classes) {
    super();
    this.#counts = new Array(classes).fill(0);
  }

  get size() {
    return this.#samples.size;
  }

  /** How many there are of each class. */
  get counts() {
    return this.#counts.slice();
  }

  /** All samples, in the order in which they came. */
  get samples() {
    return [...this.#samples.values()];
  }

  /** Whether {@link undo} has something to take back. */
  get undoable() {
    return this.#recordings.some((ids) => ids.some((id) => this.#samples.has(id)));
  }

  /** Begins what one undo takes back. */
  begin() {
    this.#recordings.push([]);
  }

  /**
   * @param {Omit<Sample, 'id'>} given
   * @returns {Sample}
   */
  add(given) {
    const sample = { ...given, id: this.#next++ };
    this.#samples.set(sample.id, sample);
    this.#counts[sample.label]++;
    if (this.#recordings.length === 0) this.begin();
    this.#recordings.at(-1)?.push(sample.id);
    this.dispatchEvent(new CustomEvent('add', { detail: sample }));
    return sample;
  }

  /** @param {number} id */
  remove(id) {
    const sample = this.#samples.get(id);
    if (!sample) return;
    this.#samples.delete(id);
    this.#counts[sample.label]--;
    this.dispatchEvent(new CustomEvent('remove', { detail: sample }));
  }

  /**
   * Takes back the last recording of which anything is left.
   * @returns {number} how many samples went
   */
  undo() {
    for (let ids = this.#recordings.pop(); ids; ids = this.#recordings.pop()) {
      const left = ids.filter((id) => this.#samples.has(id));
      for (const id of left) this.remove(id);
      if (left.length) return left.length;
    }
    return 0;
  }

  clear() {
    this.#recordings = [];
    for (const id of [...this.#samples.keys()]) this.remove(id);
  }
}

/**
 * What keeps samples from being learned from.
 * @param {number[]} counts
 * @param {string[]} classes
 * @returns {string} a sentence; empty if nothing does
 */
export function missing(counts, classes) {
  const none = classes.filter((_, i) => counts[i] === 0);
  if (none.length === 0) {
    const few = classes.filter((_, i) => counts[i] < 2);
    return few.length ? `Of ${listed(few)} there is one sample only; one more is needed.` : '';
  }
  return `There are no samples of ${listed(none)} yet.`;
}

/**
 * What makes a network lean to one class.
 * @param {number[]} counts at least one of each
 * @param {string[]} classes
 * @returns {string} a sentence; empty if they are about as many
 */
export function unbalanced(counts, classes) {
  const [most, least] = [Math.max(...counts), Math.min(...counts)];
  if (least === 0 || most <= 2 * least) return '';
  const [many, few] = [classes[counts.indexOf(most)], classes[counts.indexOf(least)]];
  return (
    `There are ${most} samples of ${many} and ${least} of ${few}: it will say ${many} too often. ` +
    `Add some of ${few}.`
  );
}

/** @param {string[]} names */
function listed(names) {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
