// Many pieces of work, in order, a few ahead of time, so that the page stays alive.

/**
 * Prepares items a few ahead (fetching, decoding) and finishes them one by one, in their order.
 * @template Item, Ready
 * @param {Item[]} items
 * @param {object} work
 * @param {(item: Item) => Promise<Ready>} work.prepare may run for several items at a time
 * @param {(ready: Ready, item: Item) => Promise<void>} work.finish runs for one at a time
 * @param {(error: unknown, item: Item) => void} work.onRefused an item that failed; others go on
 * @param {(done: number, total: number) => void} [work.onProgress]
 * @param {AbortSignal} [work.signal] stops before the next item
 * @param {number} [work.ahead] how many are prepared at most while one is finished
 * @returns {Promise<number>} how many were finished or refused
 */
export async function inOrder(
  items,
  { prepare, finish, onRefused, onProgress, signal, ahead = 2 },
) {
  /** @type {Promise<{ready: Ready} | {error: unknown}>[]} */
  const waiting = [];
  let next = 0;
  const fill = () => {
    while (next < items.length && waiting.length <= ahead)
      waiting.push(settled(prepare, items[next++]));
  };
  for (let done = 0; done < items.length; done++) {
    if (signal?.aborted) return done;
    fill();
    const outcome = await /** @type {Promise<any>} */ (waiting.shift());
    if (signal?.aborted) return done;
    try {
      if ('error' in outcome) throw outcome.error;
      await finish(outcome.ready, items[done]);
    } catch (error) {
      onRefused(error, items[done]);
    }
    onProgress?.(done + 1, items.length);
    // A frame between two items: what was found is seen, and a click is heard.
    await breath();
  }
  return items.length;
}

/**
 * @template Item, Ready
 * @param {(item: Item) => Promise<Ready>} prepare
 * @param {Item} item
 */
async function settled(prepare, item) {
  try {
    return { ready: await prepare(item) };
  } catch (error) {
    return { error };
  }
}

/** Lets the browser paint and listen, also while the page is out of sight. */
const breath = () => new Promise((done) => setTimeout(done, 0));
