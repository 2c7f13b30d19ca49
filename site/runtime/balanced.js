// Picking samples so that every class counts the same, and holding back whole groups of them.
import { random, shuffled } from './random.js';

/**
 * As many samples of each class, spread over the groups as evenly as can be.
 * @param {number[]} labels
 * @param {string[] | null} groups for each sample what it shares with others; null if that is not
 *   known
 * @param {number} count how many in all
 * @param {number} classes
 * @param {number} seed
 * @returns {{indices: number[], problem: string}} class after class in turn; problem: a sentence
 *   where there are not as many
 */
export function pickBalanced(labels, groups, count, classes, seed) {
  const next = random(seed);
  const queues = Array.from({ length: classes }, (_, label) => spread(labels, groups, label, next));
  const wanted = Math.max(1, Math.floor(count / classes));
  const each = Math.min(wanted, ...queues.map(({ length }) => length));
  const indices = [];
  for (let i = 0; i < each; i++) for (const queue of queues) indices.push(queue[i]);
  const problem =
    each < wanted ? `There are only ${each} of one class, so that ${each} of each were taken.` : '';
  return { indices, problem };
}

/**
 * The samples of a class in a random order that takes one of each group in turn.
 * @param {number[]} labels
 * @param {string[] | null} groups
 * @param {number} label
 * @param {() => number} next
 */
function spread(labels, groups, label, next) {
  /** @type {Map<string, number[]>} */
  const byGroup = new Map();
  for (const i of shuffled(0, labels.length, next)) {
    if (labels[i] !== label) continue;
    const name = groups ? groups[i] : String(i);
    listOf(byGroup, name).push(i);
  }
  const queues = [...byGroup.values()];
  const most = Math.max(0, ...queues.map(({ length }) => length));
  const order = [];
  for (let round = 0; round < most; round++) {
    for (const queue of queues) if (round < queue.length) order.push(queue[round]);
  }
  return order;
}

/**
 * Divides samples so that no group is on both sides, and every class in proportion as nearly as
 * whole groups allow. Every class stays on the side to learn from.
 * @param {number[]} labels
 * @param {string[] | null} groups null to divide sample by sample
 * @param {number} part to hold back, 0 to 1
 * @param {number} seed
 * @returns {{learn: number[], held: number[], problem: string}} problem: a sentence where nothing
 *   could be held back, or not of every class
 */
export function holdOutGroups(labels, groups, part, seed) {
  const names = groups ?? labels.map((_, i) => String(i));
  const classes = Math.max(-1, ...labels) + 1;
  const all = counted(
    labels,
    labels.map((_, i) => i),
    classes,
  );
  const goal = all.map((count) => count * part);
  /** @type {Map<string, number[]>} */
  const byGroup = new Map();
  for (const [i, name] of names.entries()) listOf(byGroup, name).push(i);
  const members = [...byGroup.values()];
  const order = Array.from(shuffled(0, members.length, random(seed)), (i) => members[i]);
  order.sort((a, b) => b.length - a.length); // the large ones first, while they still fit
  const held = new Set();
  let sofar = new Array(classes).fill(0);
  for (const group of order) {
    const then = counted(labels, group, classes).map((count, i) => count + sofar[i]);
    const leaves = then.every((count, i) => all[i] === 0 || count < all[i]);
    if (!leaves || distance(then, goal) >= distance(sofar, goal)) continue;
    sofar = then;
    for (const i of group) held.add(i);
  }
  const of = (/** @type {boolean} */ side) =>
    labels.map((_, i) => i).filter((i) => held.has(i) === side);
  const missing = all.some((count, i) => count > 0 && part > 0 && sofar[i] === 0);
  const problem = missing
    ? `There are too few ${groups ? 'groups' : 'samples'} to hold one of each class back.`
    : '';
  return { learn: of(false), held: of(true), problem };
}

/**
 * Divides samples so that the last ones of each class are held back: what is recorded in one go is
 * much alike, and chance would put twins on both sides.
 * @param {number[]} labels in the order in which they came
 * @param {number} part to hold back, 0 to 1
 * @returns {{learn: number[], held: number[]}}
 */
export function holdOutLast(labels, part) {
  const counts = counted(labels, [...labels.keys()], Math.max(-1, ...labels) + 1);
  const learned = counts.map((count) => Math.max(1, count - Math.round(count * part)));
  const seen = new Array(counts.length).fill(0);
  const isLearned = labels.map((label) => seen[label]++ < learned[label]);
  const of = (/** @type {boolean} */ side) =>
    [...labels.keys()].filter((i) => isLearned[i] === side);
  return { learn: of(true), held: of(false) };
}

/**
 * @param {Map<string, number[]>} lists
 * @param {string} name
 */
function listOf(lists, name) {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

/**
 * @param {number[]} labels
 * @param {number[]} indices
 * @param {number} classes
 */
function counted(labels, indices, classes) {
  const counts = new Array(classes).fill(0);
  for (const i of indices) counts[labels[i]]++;
  return counts;
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function distance(a, b) {
  return a.reduce((sum, each, i) => sum + (each - b[i]) ** 2, 0);
}
