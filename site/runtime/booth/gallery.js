// The samples on the page: a counter and small pictures for each class, each to be taken out.
import { byId, element } from '../dom.js';
import { leftOut, missing, unbalanced } from './collection.js';

/**
 * @typedef {import('./collection.js').Collection} Collection
 * @typedef {import('./collection.js').Sample} Sample
 */

const SHOWN = 48; // pictures of a class at most; all of them are learned from

export class Gallery {
  /** @type {Map<number, {item: HTMLElement, url: string}>} */
  #items = new Map();
  /** @type {number[][]} of each class those that are out of sight, the newest at the end */
  #hidden;

  /**
   * @param {Collection} collection
   * @param {string[]} classes
   */
  constructor(collection, classes) {
    this.collection = collection;
    this.classes = classes;
    this.#hidden = classes.map(() => []);
    collection.addEventListener('add', (event) => {
      this.#add(/** @type {CustomEvent<Sample>} */ (event).detail);
    });
    collection.addEventListener('remove', (event) => {
      this.#remove(/** @type {CustomEvent<Sample>} */ (event).detail);
    });
  }

  /** @param {Sample} sample */
  #add({ id, label, picture }) {
    const name = this.classes[label];
    const url = URL.createObjectURL(picture);
    const button = element(
      'button',
      { type: 'button', class: 'thumb', 'aria-label': `Remove this picture of ${name}` },
      element('img', { src: url, alt: '', loading: 'lazy' }),
    );
    button.addEventListener('click', () => this.#takeOut(id, label));
    const item = element('li', {}, button);
    item.dataset.id = String(id);
    this.#items.set(id, { item, url });
    this.#place(id, label, item);
    this.#count(label);
  }

  /**
   * The newest ones are in sight, from the newest to the oldest; one that is put back comes where
   * it was.
   * @param {number} id
   * @param {number} label
   * @param {HTMLElement} item
   */
  #place(id, label, item) {
    const list = this.#list(label);
    const shown = /** @type {HTMLElement[]} */ ([...list.children]);
    const older = shown.find((each) => Number(each.dataset.id) < id);
    const hidden = this.#hidden[label];
    if (Number(hidden.at(-1)) > id) {
      hidden.splice(
        hidden.findIndex((each) => each > id),
        0,
        id,
      );
    } else if (!older && shown.length === SHOWN) {
      hidden.push(id);
    } else {
      list.insertBefore(item, older ?? null);
      const last = /** @type {HTMLElement} */ (list.lastElementChild);
      if (shown.length < SHOWN) return;
      last.remove();
      hidden.push(Number(last.dataset.id));
    }
  }

  /** @param {Sample} sample */
  #remove({ id, label }) {
    const shown = this.#items.get(id);
    if (!shown) return;
    const hidden = this.#hidden[label];
    if (!shown.item.isConnected) hidden.splice(hidden.lastIndexOf(id), 1);
    shown.item.remove();
    URL.revokeObjectURL(shown.url);
    this.#items.delete(id);
    this.#fill(label);
    this.#count(label);
  }

  /** Older pictures come back in sight where newer ones were taken out. @param {number} label */
  #fill(label) {
    const list = this.#list(label);
    const hidden = this.#hidden[label];
    while (list.children.length < SHOWN && hidden.length) {
      const older = this.#items.get(Number(hidden.pop()));
      list.append(/** @type {{item: HTMLElement}} */ (older).item);
    }
  }

  /**
   * @param {number} id
   * @param {number} label
   */
  #takeOut(id, label) {
    const next = this.#items.get(id)?.item.nextElementSibling?.querySelector('button');
    this.collection.remove(id);
    const rest = next ?? this.#list(label).querySelector('button') ?? byId('undo');
    /** @type {HTMLElement} */ (rest).focus();
  }

  /** @param {number} label */
  #list(label) {
    const list = document.querySelector(`#classes > [data-class="${label}"] .thumbs`);
    return /** @type {HTMLElement} */ (list);
  }

  /** @param {number} label */
  #count(label) {
    const { counts, size, undoable } = this.collection;
    byId(`count-${label}`).textContent = counts[label].toLocaleString('en');
    /** @type {HTMLButtonElement} */ (byId('undo')).disabled = !undoable;
    const said = size ? `${size.toLocaleString('en')} samples.` : 'No samples yet.';
    const says = [missing, leftOut, unbalanced];
    const lacking = size ? says.map((say) => say(counts, this.classes)).find(Boolean) : '';
    byId('have').textContent = [said, lacking].filter(Boolean).join(' ');
  }
}
