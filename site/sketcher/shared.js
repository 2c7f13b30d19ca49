// A finished round in a link: its drawings and guesses stand in the part of the address behind #,
// which no browser sends to a server.
import { PageError } from '../runtime/fetch.js';
import { simplified } from '../runtime/simplify.js';

/**
 * @typedef {import('./round.js').Turn} Turn
 * @typedef {import('../runtime/strokes.js').Stroke} Stroke
 */

const VERSION = 1;
const NEAR = 1.5; // units of 280: points nearer than this to their line are left out
// What a link may hold: far more than a round, far less than would trouble a browser.
const MOST = { text: 65536, bytes: 1 << 19, turns: 12, strokes: 400, points: 20000, guesses: 400 };
const SIDE = 280;

/**
 * Turns as text for a link: JSON with whole units and differences, deflated, in URL-safe Base64.
 * @param {Turn[]} turns
 * @returns {Promise<string>}
 */
export async function pack(turns) {
  const rows = turns.map(({ word, seconds, won, guesses, strokes }) => [
    word,
    tenths(seconds),
    won ? 1 : 0,
    guesses.map((guess) => [guess.name, tenths(guess.seconds)]),
    strokes.map(packStroke),
  ]);
  const json = new TextEncoder().encode(JSON.stringify([VERSION, rows]));
  const bytes = await through(new CompressionStream('deflate-raw'), json, Infinity);
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * The turns of a link, which anybody may have written.
 * @param {string} text
 * @returns {Promise<Turn[]>}
 * @throws {PageError} if it is no such text
 */
export async function unpack(text) {
  if (!globalThis.DecompressionStream) {
    throw new PageError('This browser is too old to open a shared round.');
  }
  try {
    demand(text.length <= MOST.text);
    const letters = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const json = await through(new DecompressionStream('deflate-raw'), bytes, MOST.bytes);
    const [version, rows] = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
    demand(version === VERSION && Array.isArray(rows));
    demand(rows.length >= 1 && rows.length <= MOST.turns);
    return rows.map(unpackTurn);
  } catch (cause) {
    throw new PageError('This link holds no round that can be read: it may have been cut off.', {
      cause,
    });
  }
}

/** @param {Stroke} stroke */
function packStroke({ brush, points }) {
  let [x, y] = [0, 0];
  const steps = simplified(points, NEAR).flatMap((point) => {
    // A stroke may have been drawn beyond the board; a link need not hold it.
    const at = [point.x, point.y].map((v) => Math.round(Math.min(2 * SIDE, Math.max(-SIDE, v))));
    const step = [at[0] - x, at[1] - y];
    [x, y] = at;
    return step;
  });
  return [brush, ...steps];
}

/**
 * @param {any} row
 * @returns {Turn}
 */
function unpackTurn(row) {
  const [word, seconds, won, guesses, strokes] = row;
  demand(Array.isArray(guesses) && guesses.length <= MOST.guesses);
  demand(Array.isArray(strokes) && strokes.length <= MOST.strokes);
  return {
    word: name(word),
    seconds: number(seconds, 0, 1e6) / 10,
    won: won === 1,
    guesses: guesses.map((/** @type {any} */ guess) => ({
      name: name(guess[0]),
      seconds: number(guess[1], 0, 1e6) / 10,
    })),
    strokes: strokes.map(unpackStroke),
  };
}

/**
 * @param {any} row
 * @returns {Stroke}
 */
function unpackStroke(row) {
  demand(Array.isArray(row) && row.length >= 3 && row.length % 2 === 1);
  demand(row.length <= MOST.points);
  const [brush, ...steps] = row;
  const points = [];
  let [x, y] = [0, 0];
  for (let i = 0; i < steps.length; i += 2) {
    x = number(x + number(steps[i], -4 * SIDE, 4 * SIDE), -SIDE, 2 * SIDE);
    y = number(y + number(steps[i + 1], -4 * SIDE, 4 * SIDE), -SIDE, 2 * SIDE);
    points.push({ x, y });
  }
  return { brush: number(brush, 1, 100), points };
}

/**
 * @param {TransformStream<any, Uint8Array>} stream
 * @param {Uint8Array} bytes
 * @param {number} most bytes of the result
 */
async function through(stream, bytes, most) {
  const reader = new Blob([/** @type {any} */ (bytes)]).stream().pipeThrough(stream).getReader();
  const parts = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    demand(length <= most);
    parts.push(next.value);
  }
  return new Uint8Array(await new Blob(/** @type {any} */ (parts)).arrayBuffer());
}

/** @param {number} seconds */
const tenths = (seconds) => Math.round(seconds * 10);

/** @param {unknown} value */
function name(value) {
  demand(typeof value === 'string' && value.length >= 1 && value.length <= 60);
  return /** @type {string} */ (value);
}

/**
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 */
function number(value, least, most) {
  demand(typeof value === 'number' && value >= least && value <= most);
  return /** @type {number} */ (value);
}

/** @param {boolean} holds */
function demand(holds) {
  if (!holds) throw new TypeError('not a shared round');
}
