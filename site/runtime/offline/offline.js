// On every page: registers the worker that keeps pages for when there is no network, offers to keep
// this one with all its samples, and says when the site was replaced by a newer version.
import { element, megabytes } from '../dom.js';

/**
 * @typedef {{version: string, known: boolean, kept: boolean, missing: number, total: number}} Kept
 */

const ROOT = new URL(
  document.querySelector('link[rel="manifest"]')?.getAttribute('href') ?? './',
  location.href,
);
const HOME = new URL('./', ROOT).href;

/** The address of this page, relative to the site's root. */
const page = (location.origin + location.pathname).replace(/index\.html$/, '').slice(HOME.length);

/**
 * Asks the worker.
 * @param {ServiceWorker} worker
 * @param {object} message
 * @param {(bytes: number, total: number) => void} [onProgress]
 * @returns {Promise<Kept>}
 */
function ask(worker, message, onProgress) {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      if (data.error) reject(new Error(data.error));
      else if (data.done) resolve(data.done);
      else onProgress?.(data.bytes, data.total);
    };
    worker.postMessage({ ...message, page }, [port2]);
  });
}

/**
 * The button in the footer, and what it says.
 * @param {ServiceWorker} worker
 * @param {Kept} state
 */
function offer(worker, state) {
  const place = document.querySelector('footer');
  if (!place) return;
  const text = element('span', { role: 'status' });
  const button = element('button', { type: 'button', class: 'keep' });
  const line = element('p', { class: 'offline' }, text, ' ', button);
  const show = (/** @type {Kept} */ now) => {
    state = now;
    const all = now.kept && now.missing === 0;
    text.textContent = all
      ? `This page works without a network. It holds ${megabytes(now.total)} on this device.`
      : now.kept
        ? 'This page works without a network, with what it has shown so far.'
        : 'This page needs the network: it is not kept on this device.';
    button.textContent = all
      ? 'Remove it'
      : `Keep all of it (${megabytes(now.missing)}${now.kept ? ' more' : ''})`;
    button.disabled = false;
  };
  button.addEventListener('click', async () => {
    button.disabled = true;
    const type = state.kept && state.missing === 0 ? 'forget' : 'keep';
    try {
      const now = await ask(worker, { type, all: true }, (bytes, total) => {
        text.textContent = `Keeping this page: ${megabytes(bytes)} of ${megabytes(total)}.`;
      });
      show(now);
    } catch (error) {
      text.textContent = `It could not be kept: ${/** @type {Error} */ (error).message}`;
      button.disabled = false;
    }
  });
  show(state);
  place.prepend(line);
}

/**
 * Says that a newer version of this page is there, once.
 * @param {Kept} state
 */
function compare({ known, version }) {
  const own = document.querySelector('meta[name="version"]')?.getAttribute('content');
  const told = document.querySelector('.update');
  if (!known || version === own || told || !navigator.onLine) return;
  const reload = element('button', { type: 'button' }, 'Reload');
  // Past all caches: one of them may be why the page is old.
  reload.addEventListener('click', () =>
    fetch(location.href, { cache: 'reload' })
      .catch(() => {})
      .finally(() => location.reload()),
  );
  const text = element('span', {}, 'This site was updated.');
  document.body.append(element('div', { class: 'update', role: 'status' }, text, ' ', reload));
}

async function start() {
  const { serviceWorker } = navigator;
  if (!serviceWorker || document.documentElement.dataset.development) return;
  // Without a network there is nothing to register, and what was registered goes on.
  const registration = await serviceWorker
    .register(new URL('offline-worker.js', HOME), { scope: HOME })
    .catch(() => null);
  const { active } = await serviceWorker.ready;
  if (!active) return;
  const state = await ask(active, { type: 'keep', all: false }).catch(() =>
    ask(active, { type: 'state' }),
  );
  if (state.known) offer(active, state);
  compare(state);
  serviceWorker.addEventListener('controllerchange', async () => {
    const { controller } = serviceWorker;
    if (controller) compare(await ask(controller, { type: 'state' }));
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) registration?.update().catch(() => {});
  });
  document.body.dataset.offline = 'true';
}

/** After the page's own work has begun. */
const later = () => start().catch((error) => console.info(`not kept: ${error.message}`));
if (document.readyState === 'complete') later();
else addEventListener('load', later);
