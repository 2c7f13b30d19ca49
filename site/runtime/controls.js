// The numbers a visitor can change, from one table, mirrored in the address: a link gives
// somebody else the same experiment.

/**
 * @typedef {object} Control
 * @property {number} value the default
 * @property {number} min
 * @property {number} max
 * @property {boolean} [whole] whether only whole numbers make sense
 */

/**
 * Connects inputs (by id, the control's name) with the address.
 * @template {string} K
 */
export class Controls {
  /** @param {Record<K, Control>} table */
  constructor(table) {
    this.table = table;
    const given = new URLSearchParams(location.search);
    for (const name of this.#names()) {
      const input = this.#input(name);
      const { min, max, value } = table[name];
      Object.assign(input, { min, max });
      const wish = given.has(name) ? Number(given.get(name)) : value;
      input.value = String(this.#valid(name, wish) ? wish : value);
      input.addEventListener('change', () => this.#mirror());
    }
  }

  /**
   * The values, or the first thing that is wrong with them as a sentence.
   * @returns {{values: Record<K, number>, problem: string, field: HTMLInputElement | null}}
   */
  read() {
    const values = /** @type {Record<K, number>} */ ({});
    for (const name of this.#names()) {
      const field = this.#input(name);
      values[name] = field.value.trim() === '' ? Number.NaN : Number(field.value);
      const good = this.#valid(name, values[name]);
      field.setAttribute('aria-invalid', String(!good));
      if (!good) return { values, problem: this.#problem(name), field };
    }
    return { values, problem: '', field: null };
  }

  /**
   * Brings a field to whoever has to change it, out of folded details too.
   * @param {HTMLInputElement | null} field
   */
  show(field) {
    const details = field?.closest('details');
    if (details) details.open = true;
    field?.focus();
  }

  /** @param {boolean} disabled */
  disable(disabled) {
    for (const name of this.#names()) this.#input(name).disabled = disabled;
  }

  #names() {
    return /** @type {K[]} */ (Object.keys(this.table));
  }

  /** @param {K} name */
  #input(name) {
    return /** @type {HTMLInputElement} */ (document.getElementById(name));
  }

  /**
   * @param {K} name
   * @param {number} value
   */
  #valid(name, value) {
    const { min, max, whole } = this.table[name];
    return value >= min && value <= max && (!whole || Number.isInteger(value));
  }

  /** @param {K} name */
  #problem(name) {
    const { min, max, whole } = this.table[name];
    const label = this.#input(name).labels?.[0]?.textContent?.trim() ?? name;
    const kind = whole ? 'a whole number' : 'a number';
    const spell = (/** @type {number} */ n) =>
      n.toLocaleString('en', { maximumFractionDigits: 20 });
    return `${label}: ${kind} from ${spell(min)} to ${spell(max)}.`;
  }

  #mirror() {
    const url = new URL(location.href);
    for (const name of this.#names()) {
      const value = Number(this.#input(name).value);
      if (value === this.table[name].value || !this.#valid(name, value)) {
        url.searchParams.delete(name);
      } else {
        url.searchParams.set(name, String(value));
      }
    }
    history.replaceState(null, '', url);
  }
}
