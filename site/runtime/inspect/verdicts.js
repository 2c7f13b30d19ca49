// What a threshold does: who is called positive, how often that is right, and the whole curve.

/**
 * @typedef {{positive: Uint8Array, probabilities: Float64Array}} Judged samples whose class is
 *   known: 1 for positive ones, and the probability that a model gives them
 * @typedef {{hits: number, misses: number, alarms: number, passes: number}} Confusion
 *   true positives, false negatives, false positives, true negatives
 * @typedef {{threshold: number, recall: number, fallout: number}} RocPoint
 *   fallout: the part of the negative samples that is called positive
 */

/**
 * The held-out samples of a model's manifest.
 * @param {{positive: string, probabilities: number[]}} heldOut
 * @returns {Judged}
 */
export function judgedOf({ positive, probabilities }) {
  return {
    positive: Uint8Array.from(positive, Number),
    probabilities: Float64Array.from(probabilities),
  };
}

/**
 * @param {Judged} judged
 * @param {number} threshold a sample with this probability or more is called positive
 * @returns {Confusion}
 */
export function confusionAt({ positive, probabilities }, threshold) {
  const counts = { hits: 0, misses: 0, alarms: 0, passes: 0 };
  for (let i = 0; i < positive.length; i++) {
    const called = probabilities[i] >= threshold;
    if (positive[i]) counts[called ? 'hits' : 'misses']++;
    else counts[called ? 'alarms' : 'passes']++;
  }
  return counts;
}

/**
 * @param {Confusion} confusion
 * @returns {{recall: number, precision: number, accuracy: number, fallout: number}} NaN where
 *   nothing is there to be counted
 */
export function marksOf({ hits, misses, alarms, passes }) {
  return {
    recall: hits / (hits + misses),
    precision: hits / (hits + alarms),
    accuracy: (hits + passes) / (hits + misses + alarms + passes),
    fallout: alarms / (alarms + passes),
  };
}

/**
 * The receiver operating characteristic: one point for each probability that occurs, from none
 * called positive to all of them.
 * @param {Judged} judged
 * @returns {RocPoint[]}
 */
export function rocOf({ positive, probabilities }) {
  const order = Array.from(positive.keys()).sort((a, b) => probabilities[b] - probabilities[a]);
  const positives = positive.reduce((sum, each) => sum + each, 0);
  const negatives = positive.length - positives;
  let [hits, alarms] = [0, 0];
  /** @type {RocPoint[]} */
  const points = [{ threshold: Number.POSITIVE_INFINITY, recall: 0, fallout: 0 }];
  order.forEach((sample, i) => {
    if (positive[sample]) hits++;
    else alarms++;
    // Samples of one probability are called positive together.
    if (probabilities[order[i + 1]] === probabilities[sample]) return;
    points.push({
      threshold: probabilities[sample],
      recall: hits / positives,
      fallout: alarms / negatives,
    });
  });
  return points;
}

/**
 * The area under the curve: the probability that a positive sample gets more than a negative one.
 * @param {RocPoint[]} points
 */
export function areaUnder(points) {
  let area = 0;
  for (let i = 1; i < points.length; i++) {
    const width = points[i].fallout - points[i - 1].fallout;
    area += (width * (points[i].recall + points[i - 1].recall)) / 2;
  }
  return area;
}

/**
 * Between which bounds a share lies of which a sample is known: the score interval of E. B. Wilson,
 * "Probable inference", 1927, which holds for small samples and for shares of 0 and 1 too.
 * @param {number} successes
 * @param {number} samples
 * @param {number} [z] of the normal distribution; 1.96 for 95 of 100 samples
 * @returns {[number, number]} 0..1; all of it without samples
 */
export function wilson(successes, samples, z = 1.959964) {
  if (samples === 0) return [0, 1];
  const share = successes / samples;
  const spread = z * Math.sqrt((share * (1 - share)) / samples + (z / (2 * samples)) ** 2);
  const middle = share + z ** 2 / (2 * samples);
  const scale = 1 + z ** 2 / samples;
  return [Math.max(0, (middle - spread) / scale), Math.min(1, (middle + spread) / scale)];
}
