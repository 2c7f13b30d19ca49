import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCsv, readLabels } from '../../site/runtime/labels.js';

const CLASSES = ['Uninfected', 'Parasitized'];
const read = (text) => readLabels(text, CLASSES);

test('rows give a path and the number of a class', () => {
  const { rows, problems } = read('Parasitized/a.png,Parasitized\nUninfected/b.png,Uninfected\n');
  assert.deepEqual(problems, []);
  assert.deepEqual(rows, [
    { path: 'Parasitized/a.png', label: 1, line: 1 },
    { path: 'Uninfected/b.png', label: 0, line: 2 },
  ]);
});

test('CR LF, a byte order mark, headings, blank lines, blanks and small letters are all right', () => {
  const { rows, problems } = read(
    '\uFEFFimage,class\r\n\r\n a.png , parasitized \r\nb.png,UNINFECTED\r\n',
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    rows.map(({ path, label, line }) => [path, label, line]),
    [
      ['a.png', 1, 3],
      ['b.png', 0, 4],
    ],
  );
});

test('quoted cells may hold commas, quotes and ends of lines', () => {
  const found = readCsv('"a, b.png","say ""hi"""\n"two\nlines",x\nlast,row');
  assert.deepEqual(found, [
    { cells: ['a, b.png', 'say "hi"'], line: 1 },
    { cells: ['two\nlines', 'x'], line: 2 },
    { cells: ['last', 'row'], line: 4 },
  ]);
});

test('paths as Windows writes them', () => {
  assert.equal(read('Parasitized\\a.png,Parasitized').rows[0].path, 'Parasitized/a.png');
});

test('a line that does not fit is left out with a sentence, and the rest goes on', () => {
  const { rows, problems } = read(
    'a.png,Parasitized\nb.png,Infected\nc.png\n,Uninfected\nd.png,Uninfected',
  );
  assert.deepEqual(
    rows.map(({ path }) => path),
    ['a.png', 'd.png'],
  );
  assert.deepEqual(problems, [
    'Line 2: the class "Infected" is not known; expected Uninfected or Parasitized.',
    'Line 3: expected "name.png,Class", found "c.png".',
    'Line 4: expected "name.png,Class", found ",Uninfected".',
  ]);
});

test('a first line that names an image of an unknown class is no heading', () => {
  assert.equal(read('a.png,Healthy').problems.length, 1);
  assert.deepEqual(read('file,label').problems, []);
});

test('an empty table has no rows', () => {
  assert.deepEqual(read(''), { rows: [], problems: [] });
});
