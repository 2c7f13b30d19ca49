// Prints the names of the layer classes that tfjs-layers can load from a file, as JSON.
import { serialization } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

const { classNameMap } = serialization.SerializationMap.getMap();
const isLayer = ([made]) => made.prototype instanceof layers.Layer;
const names = Object.keys(classNameMap).filter((name) => isLayer(classNameMap[name]));
console.log(JSON.stringify(names.sort()));
