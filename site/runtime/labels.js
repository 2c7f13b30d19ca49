// Tables of images and their classes, as text with commas (RFC 4180).

/**
 * @typedef {{path: string, label: number, line: number}} LabelRow label: the number of the class
 */

/**
 * Reads rows such as `Parasitized/name.png,Parasitized`. A byte order mark, lines that end in CR LF,
 * blank lines and a first line of headings are all right.
 * @param {string} text
 * @param {string[]} classes
 * @returns {{rows: LabelRow[], problems: string[]}} problems: a sentence for each line that is left
 *   out
 */
export function readLabels(text, classes) {
  /** @type {LabelRow[]} */
  const rows = [];
  const problems = [];
  for (const { cells, line } of readCsv(text)) {
    const [path = '', name = ''] = cells.map((cell) => cell.trim());
    const label = classes.findIndex((each) => each.toLowerCase() === name.toLowerCase());
    if (label >= 0 && path) rows.push({ path: path.replaceAll('\\', '/'), label, line });
    else if (cells.length < 2 || !path || !name) {
      problems.push(`Line ${line}: expected "name.png,Class", found "${cells.join(',')}".`);
    } else if (line > 1 || /\.\w+$/.test(path)) {
      problems.push(
        `Line ${line}: the class "${name}" is not known; expected ${classes.join(' or ')}.`,
      );
    }
  }
  return { rows, problems };
}

/**
 * The rows of a table, without blank ones.
 * @param {string} text
 * @returns {{cells: string[], line: number}[]} line: counted from 1
 */
export function readCsv(text) {
  /** @type {{cells: string[], line: number}[]} */
  const found = [];
  let cells = [''];
  let quoted = false;
  let line = 1;
  let first = 1;
  const end = () => {
    if (cells.some((cell) => cell.trim())) found.push({ cells, line: first });
    cells = [''];
  };
  const letters = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i];
    if (letter === '\n' || letter === '\r') line++;
    if (quoted) {
      const escaped = letter === '"' && letters[i + 1] === '"';
      if (letter === '"' && !escaped) quoted = false;
      else cells[cells.length - 1] += letter;
      if (escaped) i++;
    } else if (letter === '"' && cells[cells.length - 1] === '') quoted = true;
    else if (letter === ',') cells.push('');
    else if (letter === '\n' || letter === '\r') {
      end();
      first = line;
    } else cells[cells.length - 1] += letter;
  }
  end();
  return found;
}
