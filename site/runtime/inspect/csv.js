// Tables as text that spreadsheets read (RFC 4180).

/**
 * @param {string[]} header
 * @param {(string | number)[][]} rows
 * @returns {string} lines ending in CR LF
 */
export function toCsv(header, rows) {
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** @param {string | number} value */
function cell(value) {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  // A name that begins like a formula would be run by the spreadsheet that opens it.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
