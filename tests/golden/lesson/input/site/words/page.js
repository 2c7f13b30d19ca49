// #region add
/**
 * @param {number} a
 * @param {number} b
 */
export function add(a, b) {
  return a + b; // the sum
}
// #endregion

document.title = String(add(1, 2));
