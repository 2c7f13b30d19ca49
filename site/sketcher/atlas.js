// What the network knows: every word with drawings that were held out, to be searched.
import { byId, element, percent } from '../runtime/dom.js';
import { PageError } from '../runtime/fetch.js';
import { range } from '../runtime/numbers.js';
import { drawTile } from '../runtime/tiles.js';

const FIRST = 500; // held-out drawings fetched at once: some of every word
const EACH = 12; // drawings shown of an opened word

/**
 * Fills the list as soon as it comes into view.
 * @param {string} url of the dataset's manifest
 */
export function openAtlas(url) {
  const list = byId('atlas');
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    fill(url);
  });
  watcher.observe(list.closest('.stage') ?? list);
  byId('search').addEventListener('input', search);
}

/** @param {string} url */
async function fill(url) {
  const message = byId('atlas-message');
  const retry = /** @type {HTMLButtonElement} */ (byId('atlas-retry'));
  message.textContent = 'Fetching drawings …';
  retry.hidden = true;
  try {
    // Not before it is looked at: reading datasets brings tensors that guessing does without.
    const { Dataset } = await import('../runtime/dataset.js');
    const dataset = await Dataset.open(url);
    await dataset.load({ test: FIRST });
    byId('atlas').replaceChildren(...items(dataset));
    message.textContent = '';
    search();
  } catch (error) {
    console.warn(error instanceof PageError ? error.message : error);
    message.textContent = error instanceof PageError ? error.message : String(error);
    retry.hidden = false;
    retry.onclick = () => fill(url);
  }
}

/**
 * @typedef {import('../runtime/dataset.js').Dataset} Dataset
 */

/** @param {Dataset} dataset */
function items(dataset) {
  const recall = (byId('atlas').dataset.recall ?? '').trim().split(' ').map(Number);
  /** @type {number[][]} by class the numbers of its held-out drawings */
  const members = dataset.classes.map(() => []);
  for (const number of range(0, dataset.size('test'))) {
    members[dataset.label('test', number)].push(number);
  }
  return dataset.classes.map((name, i) => item(dataset, name, members[i], recall[i]));
}

/**
 * @param {Dataset} dataset
 * @param {string} name
 * @param {number[]} members
 * @param {number} recall
 */
function item(dataset, name, members, recall) {
  const loaded = dataset.loaded('test');
  const first = members.find((number) => number < loaded) ?? members[0];
  const tile = drawTile(dataset.pixels('test', first), dataset.tile);
  const details = element('details', {}, element('summary', {}, tile, element('span', {}, name)));
  details.addEventListener('toggle', () => {
    if (details.open && !details.querySelector('.tiles'))
      open(dataset, details, name, members, recall);
  });
  return element('li', { 'data-name': name.toLowerCase() }, details);
}

/**
 * @param {Dataset} dataset
 * @param {HTMLDetailsElement} details
 * @param {string} name
 * @param {number[]} members
 * @param {number} recall
 */
async function open(dataset, details, name, members, recall) {
  details.querySelector('.hint')?.remove(); // of a try that failed
  const words = element('p', { class: 'hint' }, 'Fetching drawings …');
  details.append(words);
  try {
    const shown = members.slice(0, EACH);
    await dataset.load({ test: Math.max(...shown) + 1 });
    const tiles = shown.map((number, i) =>
      element(
        'li',
        {},
        drawTile(dataset.pixels('test', number), dataset.tile, `${name}, drawing ${i + 1}`),
      ),
    );
    words.textContent = `Named at the first guess: ${percent(recall, 0)} of ${members.length} drawings.`;
    details.append(element('ul', { class: 'tiles' }, ...tiles));
  } catch (error) {
    words.textContent = error instanceof PageError ? error.message : String(error);
  }
}

function search() {
  const wanted = /** @type {HTMLInputElement} */ (byId('search')).value.trim().toLowerCase();
  const rows = /** @type {HTMLElement[]} */ ([...byId('atlas').children]);
  for (const row of rows) row.hidden = !(row.dataset.name ?? '').includes(wanted);
  const count = rows.filter((row) => !row.hidden).length;
  if (rows.length) byId('found').textContent = `${count} ${count === 1 ? 'word' : 'words'}`;
}
