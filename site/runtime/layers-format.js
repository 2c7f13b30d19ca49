// What reads a layers model; loaded only by a page that has one.
export { loadLayersModel as load } from '@tensorflow/tfjs-layers';
