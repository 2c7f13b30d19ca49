// A trained tail is of use upon its own base alone, and for its own classes.
import { PageError } from '../fetch.js';
import { Keeper, readNote } from '../keep.js';

/**
 * @typedef {import('../keep.js').Note} Note
 * @typedef {{labels: string[], base: string}} Origin
 *   labels: the classes it answers with, in their order; base: the digest of what it goes on from
 */

/** Keeps tails with where they belong, and brings back only those that belong here. */
export class TailKeeper extends Keeper {
  /** @override */
  read = readOriginNote;

  /**
   * @param {string} name
   * @param {number[]} inputShape
   * @param {Origin} origin
   */
  constructor(name, inputShape, { labels, base }) {
    super(name, { inputShape, classes: labels.length });
    this.origin = { labels, base };
  }

  /**
   * @override
   * @param {import('../tf.js').LayersModel} model
   * @param {Omit<Note, 'saved'>} note
   */
  async save(model, note) {
    await super.save(model, /** @type {any} */ ({ ...note, ...this.origin }));
  }

  /**
   * @override
   * @param {import('../tf.js').LayersModel} model
   */
  async download(model) {
    model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), ...this.origin });
    await super.download(model);
  }

  /** @override */
  async load() {
    const kept = await super.load();
    if (!kept) return null;
    try {
      return this.#own(kept);
    } catch (error) {
      await this.forget();
      throw error;
    }
  }

  /**
   * @override
   * @param {FileList | File[]} files
   */
  async upload(files) {
    return this.#own(await super.upload(files));
  }

  /**
   * @template {{model: import('../tf.js').LayersModel, note: any}} T
   * @param {T} found
   * @returns {T}
   * @throws {PageError} if it belongs elsewhere; then it is freed
   */
  #own(found) {
    const { labels, base } = found.note;
    const { origin } = this;
    const alike = String(labels ?? []) === String(origin.labels);
    if (alike && base === origin.base) return found;
    found.model.dispose();
    if (alike) {
      throw new PageError(
        'That model was trained upon another base than the one of this page, and would answer ' +
          'at random. Train it again here.',
      );
    }
    const names = labels?.length ? labels.join(', ') : 'no names that it tells';
    throw new PageError(
      `That model answers with other classes: ${names}; this page needs ${origin.labels.join(', ')}.`,
    );
  }
}

/**
 * The same of layers that were trained upon others, which they belong to.
 * @param {any} given
 * @returns {ReturnType<typeof readNote> & {labels?: string[], base?: string}}
 */
export function readOriginNote(given) {
  const { labels, base } = given ?? {};
  const names = Array.isArray(labels) && labels.every((each) => typeof each === 'string');
  return {
    ...readNote(given),
    ...(names ? { labels } : {}),
    ...(typeof base === 'string' ? { base } : {}),
  };
}
