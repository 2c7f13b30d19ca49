import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rules } from '../../site/runtime/booth/rules.js';

const CLASSES = ['rock', 'paper', 'scissors', 'lizard', 'Spock'];
const TEN = [
  'scissors cuts paper',
  'paper covers rock',
  'rock crushes lizard',
  'lizard poisons Spock',
  'Spock smashes scissors',
  'scissors decapitates lizard',
  'lizard eats paper',
  'paper disproves Spock',
  'Spock vaporises rock',
  'rock crushes scissors',
];

test('of two gestures one wins, and the other loses by the same rule', () => {
  const rules = new Rules(TEN, CLASSES);
  assert.equal(rules.size, 10);
  for (const [i, mine] of CLASSES.entries()) {
    const won = CLASSES.filter((_, j) => rules.outcome(i, j).result === 'won');
    assert.equal(won.length, 2, mine);
    for (const [j] of CLASSES.entries()) {
      const [here, there] = [rules.outcome(i, j), rules.outcome(j, i)];
      assert.equal(here.why, there.why);
      const other = { won: 'lost', lost: 'won', tie: 'tie' };
      assert.equal(there.result, other[here.result]);
    }
  }
});

test('why is said as a sentence', () => {
  const rules = new Rules(TEN, CLASSES);
  assert.deepEqual(rules.outcome(4, 0), { result: 'won', why: 'Spock vaporises rock.' });
  assert.deepEqual(rules.outcome(1, 2), { result: 'lost', why: 'Scissors cuts paper.' });
  assert.deepEqual(rules.outcome(3, 3), { result: 'tie', why: 'Both show lizard.' });
});

test('names may have blanks, and capitals do not matter', () => {
  const rules = new Rules(
    [' Big cup covers cup ', 'Spoon bends big cup', 'cup holds spoon'],
    ['cup', 'big cup', 'spoon'],
  );
  assert.equal(rules.outcome(1, 0).result, 'won');
  assert.equal(rules.outcome(2, 1).why, 'Spoon bends big cup.');
});

test('rules that do not fit are refused with a sentence', () => {
  const refused = (lines, said) => assert.throws(() => new Rules(lines, CLASSES), said);
  refused(TEN.slice(1), /do not say who wins, paper or scissors/);
  refused(
    [...TEN, 'paper wraps rock'],
    /two rules for one pair: "paper covers rock", "paper wraps/,
  );
  refused([...TEN, 'well drowns rock'], /"well drowns rock" does not name two of rock/);
  refused(['rock rocks rock'], /does not name two/);
  refused(['', 'rock'], /does not name two/);
});
