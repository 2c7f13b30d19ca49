// What reads a graph model; loaded only by a page that has one.
export { loadGraphModel as load } from '@tensorflow/tfjs-converter';
