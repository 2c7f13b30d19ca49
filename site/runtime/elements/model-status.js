// <model-status>: fetching a compiled model with progress in bytes, the backend that computes it,
// and the visitor's choice of another.
//
// Attribute: `label`, what the model is called. Method: load(url). Property: `settled`, a promise
// that is kept as soon as no backend is being tried: until then nothing else should compute.
// Event: `backend`, after the visitor chose another one.
import { keepWish, pickBackend, recallWish } from '../backends.js';
import { fillParity } from '../card.js';
import { element, megabytes } from '../dom.js';
import { loadGolden } from '../golden.js';
import { loadModel } from '../model.js';

const NAMES = {
  webgl: 'the graphics processor (WebGL)',
  webgpu: 'the graphics processor (WebGPU)',
  wasm: 'the processor (WebAssembly)',
  cpu: 'the processor (plain JavaScript)',
};

export class ModelStatus extends HTMLElement {
  #bar = element('progress', { max: '1', value: '0' });
  #text = element('p', { class: 'model-state', role: 'status' });
  #select = element('select', { disabled: true });
  /** @type {import('../model.js').CompiledModel | null} */
  #model = null;
  /** @type {import('../golden.js').GoldenSamples | null} */
  #golden = null;
  /** @type {Promise<void>} */
  settled = Promise.resolve();

  connectedCallback() {
    if (this.#text.isConnected) return;
    const label = this.getAttribute('label') ?? 'The model';
    this.#bar.setAttribute('aria-label', `${label}: bytes fetched`);
    this.#bar.hidden = true;
    this.#select.id = `${this.id || 'model'}-backend`;
    const choice = element('label', { for: this.#select.id }, 'Compute on');
    this.append(this.#text, this.#bar, element('div', { class: 'actions' }, choice, this.#select));
    this.#select.addEventListener('change', () => {
      this.settled = this.#choose();
    });
  }

  /**
   * Fetches a model, picks a backend by measuring it on this device, and warms it up.
   * @param {string} url of its manifest
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<import('../model.js').CompiledModel>}
   * @throws {import('../fetch.js').PageError}
   */
  async load(url, { signal } = {}) {
    const label = this.getAttribute('label') ?? 'The model';
    this.#bar.hidden = false;
    const model = await loadModel(url, {
      signal,
      onProgress: (bytes, total) => {
        this.#bar.max = total;
        this.#bar.value = bytes;
        this.#text.textContent = `${label}: ${megabytes(bytes)} of ${megabytes(total)} fetched`;
      },
    });
    try {
      this.#golden = await loadGolden(model, { signal });
    } catch (error) {
      model.dispose();
      throw error;
    } finally {
      this.#bar.hidden = true;
    }
    this.#model = model;
    // What the address asks for holds for this visit, what the visitor chose for later ones too.
    const wish = new URLSearchParams(location.search).get('backend') ?? recallWish(model);
    await this.#pick(wish);
    this.#offer(model.manifest.backends, wish);
    fillParity().catch(() => {}); // the card says less then, and the page works
    return model;
  }

  /**
   * While something else computes, the backend must not change under it.
   * @param {boolean} busy
   */
  hold(busy) {
    this.#held = busy;
    this.#select.disabled = busy || !this.#golden;
  }
  #held = false;

  /**
   * @param {string[]} backends
   * @param {string | null} wish
   */
  #offer(backends, wish) {
    const current = this.dataset.backend ?? '';
    const automatic = element('option', { value: '' }, 'the fastest here');
    const options = backends.map((name) =>
      element('option', { value: name }, NAMES[/** @type {keyof typeof NAMES} */ (name)] ?? name),
    );
    this.#select.replaceChildren(automatic, ...options);
    this.#select.value = wish === current ? wish : '';
    this.#select.disabled = this.#held;
  }

  async #choose() {
    const wish = this.#select.value;
    const url = new URL(location.href);
    if (wish) url.searchParams.set('backend', wish);
    else url.searchParams.delete('backend');
    history.replaceState(null, '', url);
    this.#select.disabled = true;
    try {
      if (this.#model) keepWish(this.#model, wish);
      await this.#pick(wish);
      this.dispatchEvent(new CustomEvent('backend', { bubbles: true }));
    } catch (error) {
      this.#text.textContent = `It cannot be computed here: ${/** @type {Error} */ (error).message}`;
    } finally {
      this.#select.disabled = this.#held;
    }
  }

  /** @param {string | null} wish */
  async #pick(wish) {
    const model = this.#model;
    const golden = this.#golden;
    if (!model || !golden) return;
    const { backend, measured } = await pickBackend(model, golden, {
      wish,
      onTry: (name) => {
        this.#text.textContent = `Warming up on ${NAMES[name]} …`;
      },
    });
    this.dataset.backend = backend;
    document.body.dataset.backend = backend;
    const own = measured.find((each) => each.backend === backend);
    const refused = wish && wish !== backend ? ` ${spell(wish)} does not work here.` : '';
    const time = own ? `, ${own.milliseconds.toFixed(1)} ms for one answer` : '';
    this.#text.textContent = `Computed on ${NAMES[backend]}${time}.${refused}`;
  }
}

/** @param {string} name */
const spell = (name) => NAMES[/** @type {keyof typeof NAMES} */ (name)] ?? name;

customElements.define('model-status', ModelStatus);
