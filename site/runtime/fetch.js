// Fetching with progress in bytes, and errors that a page can show.

/** Something the visitor should read: what happened, and what to do. */
export class PageError extends Error {
  /**
   * @param {string} message a sentence
   * @param {{cause?: unknown, retry?: boolean}} [options] retry: whether the same again may help
   */
  constructor(message, { cause, retry = false } = {}) {
    super(message, { cause });
    this.name = 'PageError';
    this.retry = retry;
  }
}

/**
 * The bytes at an address.
 * @param {string} url
 * @param {{signal?: AbortSignal, onBytes?: (count: number) => void, cache?: RequestCache}} [options]
 *   onBytes: is told the bytes of each block that arrives
 * @returns {Promise<Uint8Array>}
 * @throws {PageError} if they cannot be had; an aborted signal's own reason if it is aborted
 */
export async function fetchBytes(url, { signal, onBytes, cache } = {}) {
  const name = url.split('/').pop();
  let response;
  try {
    response = await fetch(url, { signal, cache });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new PageError(`${name} could not be fetched. Are you offline?`, { cause, retry: true });
  }
  if (!response.ok) {
    const text = `${name} could not be fetched: the server answered ${response.status}.`;
    throw new PageError(text, { retry: true });
  }
  try {
    return await readAll(response, onBytes);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new PageError(`The connection broke off while ${name} was fetched.`, {
      cause,
      retry: true,
    });
  }
}

/**
 * What is read from the bytes at an address. If they are not what they should be, they may lie so in
 * a cache: then they are fetched once more, past all caches.
 * @template T
 * @param {string} url
 * @param {(bytes: Uint8Array) => T | Promise<T>} read throws if the bytes are damaged
 * @param {{signal?: AbortSignal, onBytes?: (count: number) => void}} [options]
 * @returns {Promise<T>}
 * @throws {PageError} as `fetchBytes`; what `read` throws of the second answer
 */
export async function fetchSound(url, read, options = {}) {
  const bytes = await fetchBytes(url, options);
  try {
    return await read(bytes);
  } catch {
    return read(await fetchBytes(url, { signal: options.signal, cache: 'reload' }));
  }
}

/**
 * The description of a dataset or a model.
 * @param {string} url of its manifest
 * @param {'dataset' | 'model'} noun
 * @param {string} format that it must have
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 * @throws {PageError} if it cannot be fetched or read, or is of another format
 */
export async function fetchManifest(url, noun, format, options) {
  const parse = (/** @type {Uint8Array} */ bytes) => {
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch (cause) {
      const text = `The description of the ${noun} cannot be read.`;
      throw new PageError(text, { cause, retry: true });
    }
  };
  const manifest = await fetchSound(url, parse, options);
  if (manifest?.format === format) return manifest;
  throw new PageError(`The ${noun} is of another format than ${format}: build the site again.`);
}

/**
 * @param {Response} response
 * @param {((count: number) => void) | undefined} onBytes
 */
async function readAll(response, onBytes) {
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array(await response.arrayBuffer());
  const blocks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    blocks.push(value);
    length += value.length;
    onBytes?.(value.length);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const block of blocks) {
    bytes.set(block, at);
    at += block.length;
  }
  return bytes;
}
