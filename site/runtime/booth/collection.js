// Samples of several classes, as they come; adding one costs the same whatever is there.

/**
 * @typedef {object} Sample
 * @property {number} id
 * @property {number} label
 * @property {Float32Array} features
 * @property {Blob} picture as it is kept in a file
 * @property {number} sum the CRC-32 of the picture
 *
 * @typedef {{added: number[], removed: Sample[], over: boolean}} Change what one undo takes back:
 *   samples that came together, or one that was taken out; over: whether it was taken back
 */

/** Events: `add` and `remove`, whose detail is the sample. */
export class Collection extends EventTarget {
  /** @type {Map<number, Sample>} */
  #samples = new Map();
  /** @type {Change[]} the last one at the end */
  #changes = [];
  /** How often a picture is there, by class and sum.
   * @type {Map<string, number>} */
  #pictures = new Map();
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
    return [...this.#samples.values()].sort((a, b) => a.id - b.id);
  }

  /** Whether {@link undo} has something to take back. */
  get undoable() {
    return this.#changes.some((change) => this.#isLeft(change));
  }

  /**
   * Whether a picture is among the samples of a class.
   * @param {number} label
   * @param {number} sum
   */
  has(label, sum) {
    return this.#pictures.has(`${label} ${sum}`);
  }

  /**
   * Begins a recording, which one undo takes back.
   * @returns {Change} to be given to {@link add}
   */
  begin() {
    const change = { added: [], removed: [], over: false };
    this.#changes.push(change);
    return change;
  }

  /**
   * Adds a sample, unless its recording was taken back meanwhile.
   * @param {Omit<Sample, 'id'>} given
   * @param {Change} recording
   */
  add(given, recording) {
    if (recording.over) return;
    const sample = { ...given, id: this.#next++ };
    recording.added.push(sample.id);
    this.#put(sample);
  }

  /**
   * Adds samples of an earlier visit, which no undo takes back.
   * @template {Omit<Sample, 'id'>} T
   * @param {T[]} given in the order in which they came
   * @returns {(T & {id: number})[]}
   */
  restore(given) {
    const samples = given.map((each) => ({ ...each, id: this.#next++ }));
    for (const sample of samples) this.#put(sample);
    return samples;
  }

  /**
   * Takes out a sample; an undo puts it back.
   * @param {number} id
   */
  remove(id) {
    const sample = this.#samples.get(id);
    if (!sample) return;
    this.#changes.push({ added: [], removed: [sample], over: false });
    this.#drop(sample);
  }

  /**
   * Takes back the last recording of which anything is left, or puts back what was taken out last,
   * whichever was later.
   * @returns {{gone: number, back: number}} how many samples went, and came back
   */
  undo() {
    for (let change = this.#changes.pop(); change; change = this.#changes.pop()) {
      change.over = true;
      const left = change.added.flatMap((id) => this.#samples.get(id) ?? []);
      for (const sample of left) this.#drop(sample);
      for (const sample of change.removed) this.#put(sample);
      const [gone, back] = [left.length, change.removed.length];
      if (gone + back) return { gone, back };
    }
    return { gone: 0, back: 0 };
  }

  /** Removes everything for good. */
  clear() {
    for (const change of this.#changes) change.over = true;
    this.#changes = [];
    for (const sample of [...this.#samples.values()]) this.#drop(sample);
  }

  /** @param {Change} change */
  #isLeft({ added, removed }) {
    return removed.length > 0 || added.some((id) => this.#samples.has(id));
  }

  /** @param {Sample} sample */
  #put(sample) {
    this.#samples.set(sample.id, sample);
    this.#counts[sample.label]++;
    const key = `${sample.label} ${sample.sum}`;
    this.#pictures.set(key, (this.#pictures.get(key) ?? 0) + 1);
    this.dispatchEvent(new CustomEvent('add', { detail: sample }));
  }

  /** @param {Sample} sample */
  #drop(sample) {
    this.#samples.delete(sample.id);
    this.#counts[sample.label]--;
    const key = `${sample.label} ${sample.sum}`;
    const left = Number(this.#pictures.get(key)) - 1;
    if (left) this.#pictures.set(key, left);
    else this.#pictures.delete(key);
    this.dispatchEvent(new CustomEvent('remove', { detail: sample }));
  }
}

/**
 * What keeps samples from being learned from.
 * @param {number[]} counts
 * @param {string[]} classes
 * @returns {string} a sentence; empty if nothing does
 */
export function missing(counts, classes) {
  const some = classes.filter((_, i) => counts[i] > 0);
  if (some.length < 2) {
    const what = some.length ? `There are samples of ${some[0]} only` : 'There are no samples yet';
    return `${what}; two of ${listed(classes, 'or')} are enough to begin.`;
  }
  const few = classes.filter((_, i) => counts[i] === 1);
  return few.length ? `Of ${listed(few)} there is one sample only; one more is needed.` : '';
}

/**
 * Which classes a network does not learn, as nobody showed any of them.
 * @param {number[]} counts
 * @param {string[]} classes
 * @returns {string} a sentence; empty if it learns all
 */
export function leftOut(counts, classes) {
  const none = classes.filter((_, i) => counts[i] === 0);
  return none.length ? `Left out, without samples: ${listed(none)}.` : '';
}

/**
 * What makes a network lean to one class.
 * @param {number[]} counts
 * @param {string[]} classes
 * @returns {string} a sentence; empty if they are about as many
 */
export function unbalanced(counts, classes) {
  const shown = counts.filter((count) => count > 0);
  const [most, least] = [Math.max(...shown), Math.min(...shown)];
  if (shown.length < 2 || most <= 2 * least) return '';
  const [many, few] = [classes[counts.indexOf(most)], classes[counts.indexOf(least)]];
  return (
    `There are ${most} samples of ${many} and ${least} of ${few}: it will say ${many} too often. ` +
    `Add some of ${few}.`
  );
}

/**
 * @param {string[]} names
 * @param {string} [word] before the last
 */
function listed(names, word = 'and') {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
}
