// What the page shows of its state; nothing here changes it.
import { byId, element, fillTable, percent } from '../runtime/dom.js';
import { showCurves } from '../runtime/transfer/curves.js';

/**
 * @typedef {import('./cells.js').Cell} Cell
 * @typedef {import('./learning.js').Picked} Picked
 * @typedef {import('./learning.js').Exam} Exam
 * @typedef {import('../runtime/training.js').Run} Run
 * @typedef {import('../runtime/elements/paged-table.js').PagedTable} PagedTable
 * @typedef {import('../runtime/inspect/roc-plot.js').RocPlot} RocPlot
 */

const STRIP = 10;
const WRONG = 18;

/**
 * The images of a run: what each is, its one-hot columns, and what it is for.
 * @param {Picked} picked
 * @param {string[]} classes
 */
export function showCells({ learn, watch }, classes) {
  const rows = [
    ...learn.map((cell) => ({ cell, role: 'learn' })),
    ...watch.map((cell) => ({ cell, role: 'held' })),
  ];
  const totals = classes.map((_, label) => rows.filter(({ cell }) => cell.label === label).length);
  const known = new Set(rows.map(({ cell }) => cell.slide).filter(Boolean)).size;
  const slides = known ? `${known} slides` : 'slides that are not known';
  /** @type {PagedTable} */ (byId('cells')).show({
    caption: `${rows.length} images of ${slides}, ${watch.length} of them held back`,
    head: ['Id', 'Image', 'Class', ...classes, 'Slide', 'For'],
    count: rows.length,
    cells: (i) => {
      const { cell, role } = rows[i];
      const hot = classes.map((_, label) => Number(label === cell.label));
      const slide = cell.slide || 'not known';
      return [cell.name, pictureOf(cell), classes[cell.label], ...hot, slide, role];
    },
    sums: ['All', rows.length, '', ...totals, known || '', ''],
  });
  // Classes come in turn in the rows, and in the strip.
  const step = 2 * Math.max(1, Math.floor(rows.length / 2 / STRIP)) + 1;
  const some = Array.from({ length: STRIP }, (_, i) => rows[(i * step) % rows.length]);
  byId('strip').replaceChildren(...(rows.length ? some : []).map(({ cell }) => pictureOf(cell)));
}

/**
 * A small picture of a cell; one that was not read yet is read now, as it comes in sight.
 * @param {Cell} cell
 */
function pictureOf(cell) {
  if (cell.picture) return cell.picture();
  const place = element('span', {}, '…');
  cell.read().then(
    ({ picture }) => {
      cell.picture = picture;
      place.replaceWith(picture());
    },
    // Why it cannot be read is said when it is to be learned from, and it is left out.
    () => place.replaceChildren('unreadable'),
  );
  return place;
}

/**
 * @param {Pick<Run, 'batches' | 'epochs'>} run
 * @param {number} epochs
 */
export function showRun(run, epochs) {
  showCurves(run, epochs);
  byId('epochs-details').hidden = run.epochs.length === 0;
  const number = (/** @type {any} */ value) => (value === undefined ? '' : value.toFixed(4));
  fillTable(/** @type {HTMLTableElement} */ (byId('epochs-table')), {
    caption: 'After each epoch',
    head: [
      'Epoch',
      'Accuracy',
      'Cross-entropy',
      'Loss',
      'Held: accuracy',
      'Held: cross-entropy',
      'Held: loss',
    ],
    rows: run.epochs.map((point) => {
      const p = /** @type {any} */ (point);
      return [
        p.epoch,
        percent(p.acc),
        number(p.categoricalCrossentropy),
        number(p.loss),
        p.val_acc === undefined ? '' : percent(p.val_acc),
        number(p.val_categoricalCrossentropy),
        number(p.val_loss),
      ];
    }),
  });
}

/**
 * @param {Exam | null} exam
 * @param {string[]} classes
 * @param {number} positive
 * @param {string} where the held-out images come from
 */
export function showExam(exam, classes, positive, where) {
  byId('exam').hidden = !exam;
  byId('no-exam').hidden = Boolean(exam);
  if (!exam) return;
  const right = exam.samples - exam.wrong.length;
  byId('score').textContent =
    `${percent(exam.accuracy)} right: ${right} of ${exam.samples} held-out cells of ${where}.`;
  showConfusion(exam, classes);
  const rate = (
    /** @type {string} */ name,
    /** @type {number} */ label,
    /** @type {string} */ of,
  ) => {
    const { right: hits, samples, share, interval } = exam.perClass[label];
    const bounds = samples ? interval.map((bound) => percent(bound)).join(' to ') : '';
    return [name, samples ? percent(share) : 'none', bounds, `${hits} of ${samples} ${of}`];
  };
  fillTable(/** @type {HTMLTableElement} */ (byId('rates')), {
    caption: 'With 95 % confidence intervals (Wilson)',
    head: ['Rate', 'Share', 'From … to', 'Counted'],
    rows: [
      rate('Sensitivity', positive, classes[positive]),
      rate('Specificity', 1 - positive, classes[1 - positive]),
    ],
  });
  const { share } = exam.perClass[positive];
  const fallout = 1 - exam.perClass[1 - positive].share;
  const both = exam.perClass.every(({ samples }) => samples > 0);
  byId('roc').hidden = !both;
  if (both) {
    /** @type {RocPlot} */ (byId('roc')).show(exam.roc, { recall: share, fallout }, exam.area);
  }
  byId('area').textContent = both
    ? `Area under the curve: ${exam.area.toFixed(3)}. 1 is perfect, 0.5 is chance.`
    : 'The test has images of one class alone, so that there is no curve.';
  showWrong(exam, classes);
}

/**
 * @param {Exam} exam
 * @param {string[]} classes
 */
function showConfusion({ confusion }, classes) {
  const table = /** @type {HTMLTableElement} */ (byId('confusion'));
  fillTable(table, {
    caption: 'Rows: what it is. Columns: what the network says.',
    head: ['Is', ...classes],
    rows: confusion.map((row, label) => [classes[label], ...row]),
  });
  for (const [label, row] of confusion.entries()) {
    const all = row.reduce((sum, count) => sum + count, 0) || 1;
    for (const [guess, count] of row.entries()) {
      const cell = table.tBodies[0].rows[label].cells[guess + 1];
      cell.className = label === guess ? 'hit' : 'miss';
      cell.style.setProperty('--share', `${Math.round(Math.sqrt(count / all) * 100)}%`);
    }
  }
}

/**
 * @param {Exam} exam
 * @param {string[]} classes
 */
function showWrong({ wrong }, classes) {
  byId('wrong-title').textContent = wrong.length
    ? `What it got wrong: ${wrong.length}, the surest first`
    : 'It got nothing wrong';
  const items = wrong.slice(0, WRONG).map(({ cell, guess, probability }) => {
    const text = `${cell.name}: is ${classes[cell.label]}, taken for ${classes[guess]}`;
    return element(
      'li',
      {},
      pictureOf(cell),
      element('span', {}, text),
      element('small', {}, percent(probability, 0)),
    );
  });
  byId('wrong').replaceChildren(...items);
}

/**
 * A list of what was left out; the first few in full.
 * @param {string} id
 * @param {string[]} problems
 */
export function showRefused(id, problems) {
  const most = 8;
  const list = byId(id);
  const shown = problems.slice(0, most);
  if (problems.length > most) shown.push(`… and ${problems.length - most} more.`);
  list.replaceChildren(...shown.map((text) => element('li', {}, text)));
  list.hidden = problems.length === 0;
}

/**
 * The networks kept in this browser, with what can be done with each.
 * @param {import('../runtime/transfer/shelf.js').Kept[]} kept
 * @param {string} inUse the id of the one in use
 * @param {(action: 'load' | 'remove', id: string) => void} act
 */
export function showShelf(kept, inUse, act) {
  const button = (
    /** @type {'load' | 'remove'} */ action,
    /** @type {string} */ text,
    /** @type {import('../runtime/transfer/shelf.js').Kept} */ each,
  ) => {
    const label = `${text} the network of ${dateOf(each.saved)}`;
    const made = element('button', { type: 'button', 'aria-label': label }, text);
    made.dataset.action = action;
    made.addEventListener('click', () => act(action, each.id));
    return made;
  };
  fillTable(/** @type {HTMLTableElement} */ (byId('shelf')), {
    caption: kept.length ? 'Kept in this browser' : 'Nothing is kept in this browser yet',
    head: kept.length ? ['Trained', 'Accuracy', 'Images', 'Actions'] : [],
    rows: kept.map((each) => {
      const actions = element('span', { class: 'row-actions' });
      actions.append(
        each.id === inUse ? element('em', {}, 'in use') : button('load', 'Load', each),
        button('remove', 'Delete', each),
      );
      const score = each.accuracy === null ? 'not tested' : percent(each.accuracy);
      return [dateOf(each.saved), score, each.images, actions];
    }),
  });
}

/** @param {string} saved ISO 8601 */
export function dateOf(saved) {
  return new Date(saved).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'medium' });
}
