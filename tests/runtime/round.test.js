import assert from 'node:assert/strict';
import test from 'node:test';
import { draw, Round } from '../../site/sketcher/round.js';

/** A round whose clock a test turns. */
function started(words = ['cat', 'sun'], limit = 20) {
  let now = 0;
  const round = new Round(words, { limit, now: () => now });
  const wait = (seconds) => {
    now += 1000 * seconds;
  };
  round.go();
  return { round, wait };
}

const sure = (name) => ({ name, probability: 0.25 });

test('a word is won as soon as it is the first guess', () => {
  const { round, wait } = started();
  wait(2);
  assert.equal(round.guess(sure('dog')), false);
  wait(1.5);
  assert.equal(round.guess(sure('cat')), true);
  const strokes = [{ brush: 3, points: [{ x: 1, y: 2 }] }];
  assert.deepEqual(round.finish(strokes), {
    word: 'cat',
    seconds: 3.5,
    won: true,
    guesses: [
      { name: 'dog', seconds: 2 },
      { name: 'cat', seconds: 3.5 },
    ],
    strokes,
  });
  assert.equal(round.word, 'sun');
  assert.equal(round.running, false);
});

test('a guess that stays is noted once, and an unsure one not at all', () => {
  const { round, wait } = started();
  for (const name of ['dog', 'dog', 'cow', 'dog']) {
    wait(1);
    round.guess(sure(name));
  }
  assert.equal(round.guess({ name: 'cat', probability: 0.249 }), false);
  assert.deepEqual(
    round.finish([]).guesses.map((guess) => guess.name),
    ['dog', 'cow', 'dog'],
  );
});

test('time runs out, and no more than the limit is counted', () => {
  const { round, wait } = started();
  wait(30);
  assert.equal(round.left, 0);
  const { won, seconds } = round.finish([]);
  assert.deepEqual([won, seconds], [false, 20]);
});

test('while it is paused no time passes and no guess counts', () => {
  const { round, wait } = started();
  wait(5);
  round.pause();
  wait(100);
  assert.equal(round.guess(sure('cat')), false);
  round.go();
  wait(1);
  assert.equal(round.spent, 6);
});

test('each turn has its own time and guesses, and after the last the round is over', () => {
  const { round, wait } = started();
  wait(9);
  round.guess(sure('dog'));
  round.finish([]);
  round.go();
  assert.equal(round.spent, 0);
  assert.equal(round.number, 2);
  assert.deepEqual(round.finish([]).guesses, []);
  assert.equal(round.over, true);
  assert.equal(round.word, undefined);
  round.go();
  assert.equal(round.running, false);
});

test('without a limit nobody hurries', () => {
  const { round, wait } = started(['cat'], Number.POSITIVE_INFINITY);
  wait(1000);
  assert.equal(round.left, Number.POSITIVE_INFINITY);
  assert.equal(round.finish([]).seconds, 1000);
});

test('words are drawn without repeats, and no more than there are', () => {
  const words = ['a', 'b', 'c', 'd'];
  const drawn = draw(words, 3, () => 0.999);
  assert.equal(new Set(drawn).size, 3);
  assert.ok(drawn.every((word) => words.includes(word)));
  assert.equal(draw(words, 9).length, 4);
  assert.deepEqual(words, ['a', 'b', 'c', 'd']);
});
