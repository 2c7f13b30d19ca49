// The service worker: keeps pages that were visited, with all their files, for when there is no
// network. It is served from the site's root under one name; the build puts the site's version in.
//
// Every file but a page itself has its content in its name, so that a kept file never goes stale. A
// page is kept only together with all files that its version names: versions cannot mix. What the
// network gives is compared with the size and the checksum that the build lists: a server that is
// wrong once (an error page with status 200, a file that was cut) must not be believed for ever.

/** The type checker knows pages, not workers. */
const worker = /** @type {any} */ (self);

// A browser compares the worker's text with the one it has: this changes it with the site.
worker.version = 'VERSION';
const ROOT = new URL('./', self.location.href).href;
const FILES = `prebake-files-2:${ROOT}`; // those of the first form were not compared
const PAGES = `prebake-pages:${ROOT}`;
const PATIENCE = 4000; // ms that a slow network may take before a kept page is shown
const AT_ONCE = 6;
const LISTING = `${ROOT}offline.json`;
const FORMAT = 'prebake-offline/2';

/**
 * @typedef {[path: string, bytes: number, sha256: string]} FileEntry the checksum: 32 digits of it
 * @typedef {{title: string, version: string, bytes: number, sha256: string, own: FileEntry[], data: FileEntry[]}} PageEntry
 * @typedef {{format: string, version: string, pages: Record<string, PageEntry>, beside: FileEntry[]}} Listing
 */

/**
 * What is listed, by address, for as long as the browser lets the worker live.
 * @type {Promise<Map<string, FileEntry>> | undefined}
 */
let listed;

worker.addEventListener('install', () => worker.skipWaiting());

worker.addEventListener('activate', (/** @type {any} */ event) => {
  event.waitUntil(Promise.all([worker.clients.claim(), renew().catch(() => {})]));
});

worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(ROOT)) return;
  if (request.headers.has('range')) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else event.respondWith(file(request));
});

worker.addEventListener('message', (/** @type {any} */ event) => {
  const { type, page: url, all } = event.data ?? {};
  const tell = (/** @type {object} */ told) => event.ports[0]?.postMessage(told);
  const work = {
    keep: async () => {
      const kept = await keep(url, Boolean(all), (bytes, total) => tell({ bytes, total }));
      await sweep(await fetchListing());
      return kept;
    },
    forget: () => forget(url),
    state: () => state(url),
  }[/** @type {'keep' | 'forget' | 'state'} */ (type)];
  if (!work) return;
  event.waitUntil(
    work().then(
      (done) => tell({ done }),
      (error) => tell({ error: String(error?.message ?? error) }),
    ),
  );
});

// -- answering -----------------------------------------------------------------------------

/**
 * A page from the network, or as it was kept.
 * @param {Request} request
 */
async function page(request) {
  const kept = () => caches.open(PAGES).then((cache) => cache.match(pageOf(request.url)));
  const network = fetch(request);
  network.catch(() => {}); // it may fail after a kept page was shown
  const late = new Promise((done) => setTimeout(done, PATIENCE));
  try {
    const first = await Promise.race([network, late]);
    if (first) return first;
    return (await kept()) ?? (await network);
  } catch {
    return (await kept()) ?? missing();
  }
}

/**
 * A file as it was kept, or from the network; kept if it is what the build lists. A page that asks
 * past all caches has found what is kept damaged.
 * @param {Request} request
 */
async function file(request) {
  const cache = await caches.open(FILES);
  const again = request.cache === 'reload' || request.cache === 'no-store';
  const entry = await entryOf(request.url);
  if (entry && !again) {
    const found = await cache.match(request, { ignoreVary: true });
    if (found) return found;
  }
  if (entry) {
    const { body, response } = await fetchListed(entry, again);
    if (body) return keepBody(cache, entry, body, response);
    return response;
  }
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await cache.match(request, { ignoreVary: true, ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

/**
 * A listed file from the network; if it is damaged, once more, past all caches.
 * @param {FileEntry} entry
 * @param {boolean} again whether to begin past all caches
 * @returns {Promise<{response: Response, body?: ArrayBuffer}>} the body only if it is what is listed
 */
async function fetchListed([path, bytes, checksum], again = false) {
  /** @type {Response | undefined} */
  let response;
  for (const cache of /** @type {RequestCache[]} */ (again ? ['reload'] : ['default', 'reload'])) {
    response = await fetch(ROOT + path, { cache });
    if (!response.ok) continue;
    const body = await response.clone().arrayBuffer();
    if (body.byteLength === bytes && (await sha256(body)).startsWith(checksum)) {
      return { response, body };
    }
  }
  return { response: /** @type {Response} */ (response) };
}

/**
 * @param {Cache} cache
 * @param {FileEntry} entry
 * @param {ArrayBuffer} body
 * @param {Response} response as it came
 * @returns {Promise<Response>}
 */
async function keepBody(cache, [path], body, response) {
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  headers.delete('Content-Encoding'); // it is plain now
  headers.set('Content-Length', String(body.byteLength));
  const whole = new Response(body, { status, statusText, headers });
  await cache.put(ROOT + path, whole.clone()).catch(() => {}); // no room: the page goes on
  return whole;
}

/**
 * What the build lists of an address.
 * @param {string} url
 * @returns {Promise<FileEntry | undefined>}
 */
async function entryOf(url) {
  const plain = url.split('#')[0];
  if (plain === LISTING) return undefined;
  const known = (await listedFiles()).get(plain);
  if (known || !hasContentInName(plain)) return known;
  // It may be of a version that this worker has not seen yet.
  listed = undefined;
  return (await listedFiles(true)).get(plain);
}

/**
 * Every listed file by its address; none while there is no list.
 * @param {boolean} [anew] whether to ask the network first
 */
function listedFiles(anew = false) {
  listed ??= (anew ? fetchListing() : keptListing().then((kept) => kept ?? fetchListing()))
    .then(byAddress)
    .catch(() => {
      listed = undefined;
      return new Map();
    });
  return listed;
}

/**
 * @param {Listing} listing
 * @returns {Map<string, FileEntry>}
 */
function byAddress({ pages, beside }) {
  const all = Object.values(pages).flatMap(({ own, data }) => [...own, ...data]);
  return new Map([...all, ...beside].map((entry) => [ROOT + entry[0], entry]));
}

function missing() {
  const text = 'This page was not kept, and there is no network.';
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${text}</title><p>${text} <a href="${ROOT}">All pages</a></p></html>`;
  return new Response(html, { status: 503, headers: { 'Content-Type': 'text/html' } });
}

// -- keeping -------------------------------------------------------------------------------

/**
 * Keeps a page with all its files; the page itself comes last.
 * @param {string} url of the page, relative to the site's root
 * @param {boolean} all with the samples that it may ask for
 * @param {(bytes: number, total: number) => void} [onProgress]
 */
async function keep(url, all, onProgress = () => {}) {
  for (let attempt = 0; attempt < 2; attempt++) {
    const listing = await fetchListing();
    const entry = listing.pages[url];
    if (!entry) throw new Error('The site has no such page any more.');
    const wanted = all ? [...entry.own, ...entry.data] : entry.own;
    await fetchFiles(wanted, onProgress);
    await Promise.all([...listing.beside.map(keepIfSound), refreshReport()]);
    const response = await fetch(ROOT + url, { cache: attempt ? 'reload' : 'no-cache' });
    const body = await response.arrayBuffer();
    // The site may have been replaced in between: then once more.
    if ((await sha256(body)) !== entry.sha256) continue;
    const pages = await caches.open(PAGES);
    const headers = { 'Content-Type': 'text/html; charset=utf-8', 'X-Kept': all ? 'all' : 'own' };
    await pages.put(ROOT + url, new Response(body, { headers }));
    return state(url);
  }
  throw new Error('The site is just being replaced. Try again in a moment.');
}

/**
 * @param {FileEntry[]} wanted
 * @param {(bytes: number, total: number) => void} onProgress
 */
async function fetchFiles(wanted, onProgress) {
  const cache = await caches.open(FILES);
  const total = wanted.reduce((sum, [, bytes]) => sum + bytes, 0);
  let bytes = 0;
  const waiting = [...wanted];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [path, size] = next;
      if (!(await cache.match(ROOT + path, { ignoreVary: true }))) {
        const { response, body } = await fetchListed(next);
        if (!response.ok) throw new Error(`${path}: the server answered ${response.status}.`);
        if (!body) throw new Error(`${path}: the server sent something else. Try again later.`);
        await cache.put(ROOT + path, new Response(body, { headers: response.headers }));
      }
      bytes += size;
      onProgress(bytes, total);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    waiting.length = 0;
  }
}

/**
 * Keeps a file that lies beside the pages, if it is what the build lists; a page works without it.
 * @param {FileEntry} entry
 */
async function keepIfSound(entry) {
  try {
    const { response, body } = await fetchListed(entry);
    if (body) await keepBody(await caches.open(FILES), entry, body, response);
  } catch {
    // There is no network for it now.
  }
}

/** The report says of each build how long it took, so that the build cannot list it. */
async function refreshReport() {
  try {
    const response = await fetch(`${ROOT}report.json`, { cache: 'no-cache' });
    await response.clone().json();
    if (response.ok) await (await caches.open(FILES)).put(`${ROOT}report.json`, response);
  } catch {
    // A page works without it.
  }
}

/** @param {string} url */
async function forget(url) {
  const pages = await caches.open(PAGES);
  await pages.delete(ROOT + url);
  await sweep(await fetchListing());
  return state(url);
}

/**
 * What is kept of a page, and what keeping all of it would cost.
 * @param {string} url
 */
async function state(url) {
  const listing = await fetchListing();
  const entry = listing.pages[url];
  if (!entry) return { known: false };
  const [files, pages] = await Promise.all([caches.open(FILES), caches.open(PAGES)]);
  const lacking = async (/** @type {FileEntry[]} */ entries) => {
    let bytes = 0;
    for (const [path, size] of entries) {
      if (!(await files.match(ROOT + path, { ignoreVary: true }))) bytes += size;
    }
    return bytes;
  };
  const [own, data] = [await lacking(entry.own), await lacking(entry.data)];
  const total = [...entry.own, ...entry.data].reduce((sum, [, size]) => sum + size, entry.bytes);
  const page = await pages.match(ROOT + url);
  // Only with all its own files does a page work: a browser may have removed some.
  const kept = Boolean(page) && own === 0;
  const missing = own + data + (page ? 0 : entry.bytes);
  return { known: true, version: entry.version, kept, missing, total };
}

/** After an update: the pages that were kept, as they are now. */
async function renew() {
  const listing = await fetchListing();
  const pages = await caches.open(PAGES);
  for (const request of await pages.keys()) {
    const url = request.url.slice(ROOT.length);
    const kept = await pages.match(request);
    if (!listing.pages[url]) await pages.delete(request);
    else await keep(url, kept?.headers.get('X-Kept') === 'all');
  }
}

/**
 * Removes files that no page of this version names. A page of an older version that is open may
 * still ask for some: then another time, by the next page that is opened alone.
 * @param {Listing} listing
 */
async function sweep(listing) {
  const open = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (open.length > 1) return;
  const named = new Set();
  for (const entry of Object.values(listing.pages)) {
    for (const [path] of [...entry.own, ...entry.data]) named.add(ROOT + path);
  }
  const files = await caches.open(FILES);
  for (const request of await files.keys()) {
    if (hasContentInName(request.url) && !named.has(request.url)) await files.delete(request);
  }
  for (const name of await caches.keys()) {
    if (
      name.startsWith('prebake-') &&
      name.endsWith(`:${ROOT}`) &&
      ![FILES, PAGES].includes(name)
    ) {
      await caches.delete(name);
    }
  }
}

/**
 * @returns {Promise<Listing>} from the network, or as it was last seen
 * @throws {Error} if there is none
 */
async function fetchListing() {
  /** @type {unknown} */
  let problem;
  for (const cache of /** @type {RequestCache[]} */ (['no-cache', 'reload'])) {
    try {
      const response = await fetch(LISTING, { cache });
      if (!response.ok) throw new Error(`offline.json: the server answered ${response.status}.`);
      const listing = readListing(await response.clone().json());
      await (await caches.open(FILES)).put(LISTING, response);
      listed = Promise.resolve(byAddress(listing));
      return listing;
    } catch (error) {
      problem = error;
    }
  }
  const kept = await keptListing();
  if (!kept) throw problem;
  return kept;
}

/** @returns {Promise<Listing | undefined>} as it was last seen */
async function keptListing() {
  const kept = await (await caches.open(FILES)).match(LISTING);
  try {
    return kept && readListing(await kept.json());
  } catch {
    return undefined;
  }
}

/**
 * @param {any} value what offline.json holds
 * @returns {Listing}
 */
function readListing(value) {
  if (value?.format !== FORMAT) throw new Error('offline.json: the server sent something else.');
  return value;
}

// -- small things --------------------------------------------------------------------------

/**
 * The address under which a page is kept: its folder, whatever stands behind it.
 * @param {string} url
 */
function pageOf(url) {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/index\.html$/, '');
}

/**
 * Whether the name of a file changes with its content.
 * @param {string} url
 */
function hasContentInName(url) {
  const path = url.slice(ROOT.length);
  return /^assets\/|^(models|data)\/[^/]+\/[0-9a-f]{16}\/|(picture|slash)-[0-9a-f]{8}\.|(^|\/)files\/[0-9a-f]{10}\//.test(
    path,
  );
}

/** @param {ArrayBuffer} body */
async function sha256(body) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
