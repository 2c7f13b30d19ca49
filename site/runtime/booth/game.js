// A round against the computer: a countdown, both gestures, who wins and why, and the score.
import { byId } from '../dom.js';
import { PageError } from '../fetch.js';
import { random } from '../random.js';
import { Rules } from './rules.js';

const BEATS = ['3', '2', '1', 'Show!'];
const BEAT = 700; // ms

export class Game {
  #score = { won: 0, lost: 0, tie: 0 };

  /**
   * @param {string[]} classes
   * @param {() => Promise<number>} look the class that is shown, once it is sure; -1 if it never is
   * @param {number} seed of the computer's gestures
   */
  constructor(classes, look, seed) {
    const lines = Array.from(document.querySelectorAll('#rules li'), (li) => li.textContent ?? '');
    this.rules = new Rules(lines, classes);
    this.classes = classes;
    this.look = look;
    this.next = random(seed);
    byId('score-reset').addEventListener('click', () => this.reset());
  }

  get score() {
    return { ...this.#score };
  }

  /** Plays one round. */
  async play() {
    const theirs = Math.floor(this.next() * this.classes.length);
    byId('verdict').textContent = '';
    for (const beat of BEATS) {
      byId('countdown').textContent = beat;
      await new Promise((done) => setTimeout(done, BEAT));
    }
    const mine = await this.#seen();
    if (mine === null) return;
    if (mine < 0) {
      byId('verdict').textContent =
        'Your gesture was not clear. Hold it still in the middle of the picture, and play again.';
      return;
    }
    const { result, why } = this.rules.outcome(mine, theirs);
    this.#score[result]++;
    const said = { won: 'You win!', lost: 'The computer wins.', tie: 'A tie.' }[result];
    const both = `You show ${this.classes[mine]}, the computer ${this.classes[theirs]}.`;
    byId('verdict').textContent = `${both} ${result === 'tie' ? said : `${why} ${said}`}`;
    this.#tell();
  }

  /** @returns {Promise<number | null>} null if nothing could be seen, which is said */
  async #seen() {
    try {
      return await this.look();
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      byId('verdict').textContent = error.message;
      return null;
    } finally {
      byId('countdown').textContent = '';
    }
  }

  reset() {
    this.#score = { won: 0, lost: 0, tie: 0 };
    byId('verdict').textContent = '';
    this.#tell();
    byId('play').focus();
  }

  #tell() {
    const { won, lost, tie } = this.#score;
    const played = won + lost + tie > 0;
    byId('tally').textContent = played ? `You ${won}, the computer ${lost}, ties ${tie}.` : '';
    byId('score-reset').hidden = !played;
  }
}
