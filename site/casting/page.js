// Castings: the page of one model and one dataset, as every inspection is.
import { byId } from '../runtime/dom.js';
import { start } from '../runtime/inspect/inspector.js';

const { modelCasting = '', casting = '' } = byId('data').dataset;
start({ model: modelCasting, dataset: casting });
