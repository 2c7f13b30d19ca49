// Questions that come faster than they are answered: one at a time, and the newest counts.

/**
 * @param {() => Promise<void>} task reads what is newest when it starts
 * @param {(error: unknown) => void} onError
 * @returns {() => Promise<void>} asks for one more run; while one is under way, a single one follows
 *   it, however often it is asked for. The promise is kept when all is answered.
 */
export function newestOnly(task, onError) {
  let again = false;
  /** @type {Promise<void> | null} */
  let running = null;
  const run = async () => {
    try {
      while (again) {
        again = false;
        await task();
      }
    } catch (error) {
      onError(error);
    } finally {
      running = null;
    }
  };
  return () => {
    again = true;
    running ??= run();
    return running;
  };
}
