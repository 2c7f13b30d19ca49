// Games of the rock-paper-scissors kind: of every two gestures one wins, and a rule says why.
import { PageError } from '../fetch.js';

/**
 * @typedef {{winner: number, loser: number, text: string}} Rule
 * @typedef {{result: 'won' | 'lost' | 'tie', why: string}} Outcome
 */

export class Rules {
  /** @type {Map<string, Rule>} */
  #byPair = new Map();

  /**
   * @param {string[]} lines such as "scissors cuts paper": the winner, what it does, the loser
   * @param {string[]} classes
   * @throws {PageError} if a line names no two classes, or a pair has no rule or two
   */
  constructor(lines, classes) {
    this.classes = classes;
    for (const line of lines) this.#add(line.trim());
    for (const [i, first] of classes.entries()) {
      for (const [j, second] of classes.entries()) {
        if (i < j && !this.#of(i, j)) {
          throw new PageError(`The rules do not say who wins, ${first} or ${second}.`);
        }
      }
    }
  }

  get size() {
    return this.#byPair.size;
  }

  /**
   * @param {number} mine the number of a class
   * @param {number} theirs
   * @returns {Outcome}
   */
  outcome(mine, theirs) {
    if (mine === theirs) return { result: 'tie', why: `Both show ${this.classes[mine]}.` };
    const { winner, text } = /** @type {Rule} */ (this.#of(mine, theirs));
    const why = `${text[0].toUpperCase()}${text.slice(1)}.`;
    return { result: winner === mine ? 'won' : 'lost', why };
  }

  /** @param {string} line */
  #add(line) {
    const lower = line.toLowerCase();
    const named = (/** @type {(name: string) => boolean} */ fits) => {
      const found = this.classes.filter((name) => fits(name.toLowerCase()));
      // Of "rock" and "big rock" the longer one is meant.
      return this.classes.indexOf(found.sort((a, b) => b.length - a.length)[0]);
    };
    const winner = named((name) => lower.startsWith(`${name} `));
    const loser = named((name) => lower.endsWith(` ${name}`));
    if (winner < 0 || loser < 0 || winner === loser) {
      throw new PageError(
        `The rule "${line}" does not name two of ${this.classes.join(', ')}; expected "winner does loser".`,
      );
    }
    const before = this.#of(winner, loser);
    if (before)
      throw new PageError(`There are two rules for one pair: "${before.text}", "${line}".`);
    this.#byPair.set(pair(winner, loser), { winner, loser, text: line });
  }

  /**
   * @param {number} a
   * @param {number} b
   */
  #of(a, b) {
    return this.#byPair.get(pair(a, b));
  }
}

/**
 * @param {number} a
 * @param {number} b
 */
function pair(a, b) {
  return `${Math.min(a, b)} ${Math.max(a, b)}`;
}
