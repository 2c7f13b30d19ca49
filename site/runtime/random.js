// Seeded random numbers, so that a run can be repeated.

/**
 * A generator of uniform numbers in [0, 1): Mulberry32 by Tommy Ettinger, public domain.
 * @param {number} seed any whole number
 * @returns {() => number}
 */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The numbers start to end - 1 in a random order (Fisher and Yates).
 * @param {number} start
 * @param {number} end exclusive
 * @param {() => number} next
 * @returns {Uint32Array}
 */
export function shuffled(start, end, next) {
  const numbers = Uint32Array.from({ length: end - start }, (_, i) => start + i);
  for (let i = numbers.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [numbers[i], numbers[j]] = [numbers[j], numbers[i]];
  }
  return numbers;
}
