// TensorFlow.js as one namespace: the core, layers, and plain JavaScript to compute with. Unlike
// runtime/tf.js it leaves out WebGL, a quarter of the download, which two numbers do not need.
import '@tensorflow/tfjs-backend-cpu';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
