// Keeping a trained model: in this browser (IndexedDB), as files, and back.
import { PageError } from './fetch.js';
import * as tf from './tf.js';

/**
 * @typedef {object} Note what is kept with a model
 * @property {string} saved ISO 8601 date and time; empty if it is not known
 * @property {number} [accuracy] 0..1
 * @property {number} [images] it was trained on
 */

/**
 * What is kept with a model, as far as it can be believed.
 * @param {any} given
 * @returns {Note}
 */
export function readNote(given) {
  const { saved, accuracy, images } = given ?? {};
  const date = typeof saved === 'string' && !Number.isNaN(Date.parse(saved));
  return {
    saved: date ? new Date(saved).toISOString() : '',
    ...(Number.isFinite(accuracy) && accuracy >= 0 && accuracy <= 1 ? { accuracy } : {}),
    ...(Number.isSafeInteger(images) && images >= 0 ? { images } : {}),
  };
}

/** One model under one name. */
export class Keeper {
  /** How a note is read. */
  read = readNote;

  /**
   * @param {string} name
   * @param {{inputShape: number[], classes: number}} expected of a model that is brought back
   */
  constructor(name, expected) {
    this.url = `indexeddb://${name}`;
    this.name = name;
    this.expected = expected;
  }

  /**
   * Keeps the model in this browser, in place of the one before.
   * @param {tf.LayersModel} model
   * @param {Omit<Note, 'saved'>} note
   * @throws {PageError} if the browser keeps nothing (private windows, a full disk)
   */
  async save(model, note) {
    // As it is read back: what is not known yet is left out.
    model.setUserDefinedMetadata(this.read({ ...note, saved: new Date().toISOString() }));
    try {
      await model.save(this.url);
    } catch (cause) {
      throw new PageError(
        'The model could not be kept: this browser allows no storage here. Download it instead.',
        { cause },
      );
    }
  }

  /**
   * The kept model with its note, or null.
   * @throws {PageError} if it is there and cannot be read
   * @returns {Promise<{model: tf.LayersModel, note: Note} | null>}
   */
  async load() {
    if (!(await this.kept())) return null;
    try {
      return await this.#take(tf.io.getLoadHandlers(this.url)[0]);
    } catch (cause) {
      // One that no longer fits, from an older version of the page, is of no use. Any other
      // error may pass, and what was learned is not thrown away for it.
      if (!(cause instanceof PageError)) {
        const text = 'The kept network could not be read. Reload the page to try again.';
        throw new PageError(text, { cause, retry: true });
      }
      await this.forget();
      return null;
    }
  }

  /** Whether a model is kept in this browser. */
  async kept() {
    try {
      return this.url in (await tf.io.listModels());
    } catch {
      return false;
    }
  }

  async forget() {
    if (await this.kept()) await tf.io.removeModel(this.url);
  }

  /**
   * Saves the model as two files, `NAME.json` and `NAME.weights.bin`.
   * @param {tf.LayersModel} model
   */
  async download(model) {
    await model.save(`downloads://${this.name}`);
  }

  /**
   * Reads back what {@link download} saved.
   * @param {FileList | File[]} files
   * @throws {PageError} if they are not the two files, of a model of another shape, or of one that
   *   does not answer with numbers
   */
  async upload(files) {
    // Few visitors upload: the reader comes when it is asked for.
    const { takeModelFiles } = await import('./uploaded.js');
    const { inputShape } = this.expected;
    return takeModelFiles([...files], this.name, inputShape, (from) => this.#take(from));
  }

  /**
   * Builds the model and fills in its weights. Done in steps, as `loadLayersModel` leaves tensors
   * behind where the weights do not fit the layers.
   * @param {tf.io.IOHandler} from
   * @returns {Promise<{model: tf.LayersModel, note: Note}>}
   */
  async #take(from) {
    const artifacts = await from.load?.();
    if (!artifacts?.modelTopology || !artifacts.weightData || !artifacts.weightSpecs) {
      throw new Error('the files hold no layers or no weights');
    }
    const model = await tf.models.modelFromJSON(/** @type {any} */ (artifacts.modelTopology));
    try {
      this.#demandShape(model);
      const weights = tf.io.decodeWeights(artifacts.weightData, artifacts.weightSpecs);
      try {
        model.loadWeights(weights);
      } finally {
        tf.dispose(weights);
      }
    } catch (cause) {
      model.dispose();
      throw cause;
    }
    const note = this.read(artifacts.userDefinedMetadata);
    model.setUserDefinedMetadata(note);
    return { model, note };
  }

  /** @param {tf.LayersModel} model */
  #demandShape(model) {
    const input = model.inputs[0].shape.slice(1).join(' x ');
    const output = model.outputs[0].shape.at(-1);
    const wanted = this.expected.inputShape.join(' x ');
    if (input !== wanted || output !== this.expected.classes) {
      throw new PageError(
        `That model takes ${input} and answers with ${output} numbers; this page needs ` +
          `${wanted} and ${this.expected.classes}.`,
      );
    }
  }
}
