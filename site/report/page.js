// The report: what report.json says, as tables.
import { sameClass } from '../runtime/card.js';
import { byId, duration, fillTable, percent } from '../runtime/dom.js';
import { fetchBytes, PageError } from '../runtime/fetch.js';

/**
 * @typedef {(string | number)[]} Row
 * @typedef {{caption: string, head: string[], rows: Row[], text: string}} Table
 */

const kilobytes = (/** @type {number} */ bytes) =>
  bytes < 1e6 ? `${Math.round(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;

/**
 * @param {Record<string, any>} models
 * @returns {Table}
 */
function modelTable(models) {
  const rows = Object.entries(models).flatMap(([name, model]) =>
    Object.entries(model.parity).map(([backend, parity], i) => [
      name,
      i ? '' : model.draft ? 'draft' : `${model.kind}, ${model.format}`,
      i ? '' : model.parameters,
      i ? '' : kilobytes(model.bytes),
      i ? '' : judged(model),
      backend,
      parity.max_abs_error.toExponential(1),
      sameClass(parity),
      model.latency_ms[backend] === undefined ? '' : `${model.latency_ms[backend]} ms`,
    ]),
  );
  const head = ['Model', 'Kind', 'Parameters', 'Bytes', 'Metric', 'Backend', 'Error', 'Same class'];
  const count = Object.keys(models).length;
  return {
    caption: 'Models, and their answers on each backend compared with Python',
    head: [...head, 'One answer'],
    rows,
    text: `${count} compiled, each proven with its golden samples before the site was published.`,
  };
}

/** @param {any} model */
function judged(model) {
  const split = model.metrics.test ?? model.metrics.train;
  if (!split) return '';
  const [name, value] = Object.entries(split)[0];
  return name === 'accuracy' ? percent(value, 2) : `${name} ${value.toPrecision(3)}`;
}

/**
 * @param {Record<string, any>} datasets
 * @returns {Table}
 */
function datasetTable(datasets) {
  return {
    caption: 'Datasets as they were packed',
    head: ['Dataset', 'Source', 'Samples', 'Classes', 'Sheets', 'Bytes', 'Licence'],
    rows: Object.entries(datasets).map(([name, each]) => [
      name,
      each.source,
      each.samples,
      each.classes,
      each.sheets,
      kilobytes(each.bytes),
      each.licence,
    ]),
    text: 'Packed into lossless sheets; a page fetches those it needs.',
  };
}

/**
 * @param {Record<string, any>} pages
 * @returns {Table}
 */
function pageTable(pages) {
  return {
    caption: 'Pages, and the script that each loads, as a host sends it',
    head: ['Page', 'Script at once', 'Script on demand', 'Models', 'Datasets'],
    rows: Object.entries(pages).map(([name, page]) => [
      name,
      kilobytes(page.js_brotli_bytes),
      kilobytes(page.lazy_js_brotli_bytes),
      page.models.join(', '),
      page.datasets.join(', '),
    ]),
    text: 'Bytes are those of brotli, which hosts send to every browser of today.',
  };
}

/**
 * @param {any} build
 * @returns {Table}
 */
function buildTable(build) {
  const steps = /** @type {any[]} */ (build.steps);
  const count = (/** @type {string} */ status) => steps.filter((s) => s.status === status).length;
  return {
    caption: 'Steps; a fresh one was not run, as nothing it depends on had changed',
    head: ['Step', 'What happened', 'Why', 'Seconds'],
    rows: steps.map((each) => [each.name, each.status, each.reason, each.seconds.toFixed(1)]),
    text: `It took ${duration(build.seconds)}: ${count('built')} steps were run, ${count('restored')} came out of the store, ${count('fresh')} were fresh.`,
  };
}

/**
 * @param {string} id
 * @param {Table} table
 */
function show(id, { text, ...content }) {
  const element = /** @type {HTMLTableElement} */ (byId(`${id}-table`));
  byId(`${id}-text`).textContent = content.rows.length ? text : 'None on this site.';
  element.hidden = content.rows.length === 0;
  if (content.rows.length) fillTable(element, content);
}

async function start() {
  try {
    const bytes = await fetchBytes('../report.json', { cache: 'no-cache' });
    const report = JSON.parse(new TextDecoder().decode(bytes));
    show('models', modelTable(report.models));
    show('datasets', datasetTable(report.datasets));
    show('pages', pageTable(report.pages));
    show('build', buildTable(report.build));
  } catch (error) {
    const text = error instanceof PageError ? error.message : 'report.json cannot be read.';
    for (const id of ['models', 'datasets', 'pages', 'build'])
      byId(`${id}-text`).textContent = text;
  }
  document.body.dataset.ready = 'true';
}

start();
