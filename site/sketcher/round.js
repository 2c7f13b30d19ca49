// A round to play: some words, so many seconds for each, and what was guessed when.

/**
 * @typedef {import('../runtime/strokes.js').Stroke} Stroke
 * @typedef {{name: string, seconds: number}} Guess what the network thought from then on
 * @typedef {{word: string, seconds: number, won: boolean, guesses: Guess[], strokes: Stroke[]}} Turn
 */

const STEADY = 0.25; // a guess counts as one from this probability on

export class Round {
  /** @type {Turn[]} */
  turns = [];
  #words;
  #limit;
  #now;
  #spent = 0; // seconds of this turn before the last pause
  /** @type {number | null} when it went on; null while it stands still */
  #since = null;
  /** @type {Guess[]} */
  #guesses = [];

  /**
   * @param {string[]} words
   * @param {{limit: number, now?: () => number}} options limit: seconds for each word, Infinity
   *   for no limit; now: milliseconds
   */
  constructor(words, { limit, now = () => performance.now() }) {
    this.#words = words;
    this.#limit = limit;
    this.#now = now;
  }

  /** The word to draw; undefined when the round is over. */
  get word() {
    return this.#words[this.turns.length];
  }

  get number() {
    return this.turns.length + 1;
  }

  get length() {
    return this.#words.length;
  }

  get over() {
    return this.turns.length === this.#words.length;
  }

  /** Whether the clock runs. */
  get running() {
    return this.#since !== null;
  }

  /** Seconds spent on the word. */
  get spent() {
    return this.#spent + (this.#since === null ? 0 : (this.#now() - this.#since) / 1000);
  }

  /** Seconds left; Infinity without a limit. */
  get left() {
    return Math.max(0, this.#limit - this.spent);
  }

  /** Starts the clock, or lets it go on. */
  go() {
    if (!this.over) this.#since ??= this.#now();
  }

  /** Stops the clock: nobody draws while the page is out of sight. */
  pause() {
    this.#spent = this.spent;
    this.#since = null;
  }

  /**
   * Notes what the network thinks.
   * @param {{name: string, probability: number}} best
   * @returns {boolean} whether it is the word
   */
  guess({ name, probability }) {
    if (!this.running || probability < STEADY) return false;
    if (this.#guesses.at(-1)?.name !== name) this.#guesses.push({ name, seconds: this.spent });
    return name === this.word;
  }

  /**
   * Ends the turn, won or not, and stands at the next word.
   * @param {Stroke[]} strokes
   * @returns {Turn}
   */
  finish(strokes) {
    const { word } = this;
    const won = this.#guesses.at(-1)?.name === word;
    const seconds = Math.min(this.spent, this.#limit);
    const turn = { word, seconds, won, guesses: this.#guesses, strokes };
    this.turns.push(turn);
    this.#guesses = [];
    this.#spent = 0;
    this.#since = null;
    return turn;
  }
}

/**
 * Some of the words, each once.
 * @param {string[]} words
 * @param {number} count
 * @param {() => number} [random] 0 to below 1
 * @returns {string[]}
 */
export function draw(words, count, random = Math.random) {
  const left = [...words];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [word] = left.splice(Math.floor(random() * left.length), 1);
    return word;
  });
}
