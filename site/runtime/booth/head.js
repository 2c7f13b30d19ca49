// The layers that a booth trains: their number of units and what they begin with are the visitor's
// choice, so that they are made here and not at the build.
import * as tf from '../tf.js';

/**
 * @param {object} given
 * @param {number[]} given.shape of what the base makes of an image, [height, width, channels]
 * @param {number} given.classes
 * @param {number} given.units of the hidden layer
 * @param {boolean} given.flatten all features in a row; else their mean over all places
 * @param {number} given.seed of the initial weights
 * @returns {tf.Sequential} from features to logits
 */
export function createHead({ shape, classes, units, flatten, seed }) {
  const first = { inputShape: shape };
  const gather = flatten
    ? tf.layers.flatten(first)
    : tf.layers.globalAveragePooling2d({ ...first, dataFormat: 'channelsLast' });
  const hidden = tf.layers.dense({
    units,
    activation: 'relu',
    kernelInitializer: tf.initializers.heNormal({ seed }),
  });
  const answers = tf.layers.dense({
    units: classes,
    kernelInitializer: tf.initializers.glorotNormal({ seed: seed + 1 }),
  });
  return tf.sequential({ layers: [gather, hidden, answers] });
}
