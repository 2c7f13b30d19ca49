// Small helpers for building what the page shows.

/**
 * An element with attributes and children. Values are set as text, never as HTML.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string | number | boolean>} [attributes] false leaves one out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(key, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

/**
 * The element with an id.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return /** @type {T} */ (found);
}

/**
 * Fills a table: a caption, a row of headings, rows whose first cell is a heading.
 * @param {HTMLTableElement} table
 * @param {{caption: string, head: string[], rows: (string | number | Node)[][]}} content
 */
export function fillTable(table, { caption, head, rows }) {
  const headings = head.map((text) => element('th', { scope: 'col' }, text));
  table.replaceChildren(
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, ...headings)),
    element('tbody', {}, ...rows.map(bodyRow)),
  );
}

/** @param {(string | number | Node)[]} cells */
function bodyRow(cells) {
  const made = cells.map((cell, i) => {
    const content = typeof cell === 'number' ? cell.toLocaleString('en') : cell;
    return i === 0 ? element('th', { scope: 'row' }, content) : element('td', {}, content);
  });
  return element('tr', {}, ...made);
}

/**
 * 0.9634 as 96.3 %.
 * @param {number} share
 * @param {number} [digits]
 */
export function percent(share, digits = 1) {
  return `${(share * 100).toFixed(digits)} %`;
}

/**
 * Seconds as a person says them.
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${Math.round(seconds % 60)} s`;
}

/**
 * Bytes as megabytes.
 * @param {number} bytes
 */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
