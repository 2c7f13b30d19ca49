// TensorFlow.js as one namespace: the core, layers, and the WebGL backend. The other backend
// is loaded on demand by backend.js.
import '@tensorflow/tfjs-backend-webgl';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
