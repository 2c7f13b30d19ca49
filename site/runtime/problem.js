// What went wrong, as a sentence on the page.
import { byId } from './dom.js';
import { PageError } from './fetch.js';

/**
 * Shows an error in the elements `message` and `retry` of a page.
 * @param {unknown} error
 * @param {() => void} [retry] offered where another try may help
 */
export function showProblem(error, retry) {
  console.warn(error instanceof PageError ? error.message : error);
  const known = error instanceof PageError;
  const message = byId('message');
  message.dataset.kind = 'error';
  message.textContent = known ? error.message : `Something went wrong: ${error}`;
  const button = /** @type {HTMLButtonElement} */ (byId('retry'));
  button.hidden = !(known && error.retry && retry);
  button.onclick = retry ?? null;
}

/** Takes the sentence away, once what failed has worked. */
export function clearProblem() {
  byId('message').textContent = '';
  byId('retry').hidden = true;
}
