// tfjs-core's hash of strings needs 64-bit integers in JavaScript, 3 KB of every page. Only one
// operator uses it, on tensors of text, which no model of prebake takes.

/** @returns {never} */
export function hexToLong() {
  throw new Error('hashes of strings are left out of this bundle');
}

export const fingerPrint64 = hexToLong;
