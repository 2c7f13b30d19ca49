// The part of the TensorFlow.js core that tfjs-vis uses. It asks for all of it, which would
// bring every operation into the script that each visitor loads at once (20 KB more).
import '@tensorflow/tfjs-core/dist/public/chained_ops/cast';
import '@tensorflow/tfjs-core/dist/public/chained_ops/equal';
import '@tensorflow/tfjs-core/dist/public/chained_ops/max';
import '@tensorflow/tfjs-core/dist/public/chained_ops/mean';
import '@tensorflow/tfjs-core/dist/public/chained_ops/min';
import '@tensorflow/tfjs-core/dist/public/chained_ops/sum';
import '@tensorflow/tfjs-core/dist/public/chained_ops/transpose';

export {
  dispose,
  maximum,
  scalar,
  Tensor,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
