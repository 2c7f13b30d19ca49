// Small functions on lists of numbers.

/**
 * The index of the largest number.
 * @param {ArrayLike<number>} numbers
 */
export function argMax(numbers) {
  let best = 0;
  for (let i = 1; i < numbers.length; i++) if (numbers[i] > numbers[best]) best = i;
  return best;
}

/**
 * The k largest numbers with their indices, largest first.
 * @param {ArrayLike<number>} numbers
 * @param {number} k
 * @returns {{index: number, value: number}[]}
 */
export function topK(numbers, k) {
  return Array.from(numbers, (value, index) => ({ index, value }))
    .sort((a, b) => b.value - a.value)
    .slice(0, k);
}

/**
 * @param {number} start
 * @param {number} end exclusive
 * @returns {number[]}
 */
export function range(start, end) {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
