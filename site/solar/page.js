// Solar cells: the page of one model and one dataset, as every inspection is.
import { byId } from '../runtime/dom.js';
import { start } from '../runtime/inspect/inspector.js';

const { modelSolar = '', solarCells = '' } = byId('data').dataset;
start({ model: modelSolar, dataset: solarCells });
