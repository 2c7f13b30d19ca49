// The part of a model card that is known only after the site was built: what `check` measured in
// browsers. It stands in report.json beside the site's pages.
import { element, percent } from './dom.js';
import { fetchBytes } from './fetch.js';

/** Adds a row for each backend that was checked to the parity tables of this page. */
export async function fillParity() {
  const tables = /** @type {NodeListOf<HTMLTableElement>} */ (
    document.querySelectorAll('table[data-parity]')
  );
  for (const table of tables) {
    const bytes = await fetchBytes(`${table.dataset.root}report.json`, { cache: 'no-cache' });
    const report = JSON.parse(new TextDecoder().decode(bytes));
    const model = report.models?.[table.dataset.parity ?? ''];
    if (model?.digest === table.dataset.digest) fill(table, model);
  }
}

/**
 * How many samples came out as the class that Python gave them, as a table shows it.
 * @param {import('./golden.js').Parity} parity
 */
export function sameClass({ top1_agreement: share }) {
  return share === null ? '–' : percent(share, 0);
}

/**
 * @param {HTMLTableElement} table
 * @param {any} model
 */
function fill(table, model) {
  const rows = Object.entries(model.parity).map(([backend, parity]) => {
    const latency = model.latency_ms[backend];
    const cells = [
      parity.max_abs_error.toExponential(1),
      sameClass(parity),
      String(parity.samples),
      latency === undefined ? 'not measured' : `${latency} ms`,
    ];
    const name = backend === 'node' ? 'Node, at the build' : backend;
    const head = element('th', { scope: 'row' }, name);
    return element('tr', {}, head, ...cells.map((text) => element('td', {}, text)));
  });
  table.tBodies[0].replaceChildren(...rows);
}
