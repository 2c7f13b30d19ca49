// Every way for photographs to come in: chosen, a folder, dropped, pasted, from the camera, samples.
import { Dataset } from '../dataset.js';
import { byId } from '../dom.js';
import { chosen, dropped } from '../drop.js';
import { clearProblem, showProblem } from '../problem.js';
import { drawTile } from '../tiles.js';
import { Camera } from './camera.js';
import { readPhoto } from './photos.js';

/**
 * @typedef {import('./inspector.js').Waiting} Waiting
 */

const SAMPLES = 6;

export class Intake {
  #url;
  #take;
  /** @type {Dataset | null} */
  #dataset = null;
  #given = 0; // samples shown so far
  #shots = 0;
  /** @type {string[]} */
  #classes = [];
  #camera = new Camera(/** @type {HTMLVideoElement} */ (byId('video')));

  /**
   * @param {string} url of the dataset's manifest
   * @param {(waiting: Waiting[]) => void} take
   */
  constructor(url, take) {
    this.#url = url;
    this.#take = take;
    this.#connectFiles();
    this.#connectCamera();
    for (const button of document.querySelectorAll('button[data-class]')) {
      const number = Number(/** @type {HTMLElement} */ (button).dataset.class);
      button.addEventListener('click', () => this.samples(number).catch(showProblem));
    }
  }

  /** @param {string[]} classes */
  enable(classes) {
    this.#classes = classes;
    this.hold(false);
  }

  /** @param {boolean} held */
  hold(held) {
    for (const button of byId('intake').querySelectorAll('button')) button.disabled = held;
    /** @type {HTMLButtonElement} */ (byId('shoot')).disabled = held;
  }

  /**
   * The next few held-out samples of a class.
   * @param {number} number of the class
   */
  async samples(number) {
    const from = this.#given;
    this.#given += SAMPLES;
    this.#take(await this.waiting(number, from, SAMPLES));
  }

  /**
   * Some held-out samples of a class, once around if there are fewer.
   * @param {number} number of the class
   * @param {number} from
   * @param {number} count
   * @returns {Promise<Waiting[]>}
   */
  async waiting(number, from, count) {
    this.#dataset ??= await Dataset.open(this.#url);
    const dataset = this.#dataset;
    const split = Object.keys(dataset.manifest.splits).at(-1) ?? 'test';
    await dataset.load({ [split]: dataset.size(split) });
    const all = Array.from({ length: dataset.loaded(split) }, (_, i) => i);
    const own = all.filter((i) => dataset.label(split, i) === number);
    const truth = this.#classes[number];
    return Array.from({ length: count }, (_, i) => {
      const sample = own[(from + i) % own.length];
      const name = `${truth} sample ${sample + 1}`;
      return { name, truth, read: () => asPhoto(dataset, split, sample, name) };
    });
  }

  #connectFiles() {
    for (const [button, input] of [
      ['pick', 'files'],
      ['pick-folder', 'folder'],
    ]) {
      const field = /** @type {HTMLInputElement} */ (byId(input));
      byId(button).addEventListener('click', () => field.click());
      field.addEventListener('change', () => {
        this.#files(chosen(field.files));
        field.value = ''; // the same files may be chosen again
      });
    }
    const zone = byId('intake');
    for (const kind of ['dragenter', 'dragover']) {
      zone.addEventListener(kind, (event) => {
        event.preventDefault();
        zone.dataset.over = 'true';
      });
    }
    zone.addEventListener('dragleave', () => delete zone.dataset.over);
    zone.addEventListener('drop', (event) => {
      event.preventDefault();
      delete zone.dataset.over;
      dropped(event.dataTransfer).then((files) => this.#files(files), showProblem);
    });
    document.addEventListener('paste', (event) => {
      const files = chosen(event.clipboardData?.files ?? null);
      if (files.length) this.#files(files);
    });
  }

  /** @param {import('../drop.js').Given[]} given */
  #files(given) {
    this.#take(given.map(({ file, path }) => ({ name: path, read: () => readPhoto(file, path) })));
  }

  #connectCamera() {
    const shoot = /** @type {HTMLButtonElement} */ (byId('shoot'));
    const show = (/** @type {boolean} */ shown) => {
      byId('camera').hidden = !shown;
    };
    byId('camera-start').addEventListener('click', async () => {
      clearProblem();
      try {
        show(true);
        shoot.disabled = true; // until there is something to be seen
        if (!(await this.#camera.start(() => show(false)))) return;
        shoot.disabled = false;
        shoot.focus();
      } catch (error) {
        show(false);
        showProblem(error);
      }
    });
    byId('camera-stop').addEventListener('click', () => {
      this.#camera.stop();
      byId('camera-start').focus();
    });
    shoot.addEventListener('click', async () => {
      try {
        const photograph = await this.#camera.photograph();
        const name = `camera ${++this.#shots}`;
        this.#take([{ name, read: () => readPhoto(photograph, name) }]);
      } catch (error) {
        showProblem(error);
      }
    });
  }
}

/**
 * @param {Dataset} dataset
 * @param {string} split
 * @param {number} number
 * @param {string} name
 * @returns {Promise<import('./photos.js').Photo>}
 */
async function asPhoto(dataset, split, number, name) {
  const data = dataset.pixels(split, number);
  const canvas = drawTile(data, dataset.tile);
  const thumbnail = await new Promise((done) =>
    canvas.toBlob((blob) => done(blob ? URL.createObjectURL(blob) : '')),
  );
  return { name, image: { ...dataset.tile, data }, thumbnail };
}
