// What is kept with a trained model: when, how good, and upon what.

/**
 * What is kept with a model, as far as it can be believed.
 * @param {any} given
 * @returns {{saved: string, accuracy?: number, images?: number, labels?: string[], base?: string}}
 *   saved: empty if it is no date
 */
export function readNote(given) {
  const { saved, accuracy, images, labels, base } = given ?? {};
  const names = Array.isArray(labels) && labels.every((each) => typeof each === 'string');
  const date = typeof saved === 'string' && !Number.isNaN(Date.parse(saved));
  return {
    saved: date ? new Date(saved).toISOString() : '',
    ...(Number.isFinite(accuracy) && accuracy >= 0 && accuracy <= 1 ? { accuracy } : {}),
    ...(Number.isSafeInteger(images) && images >= 0 ? { images } : {}),
    ...(names ? { labels } : {}),
    ...(typeof base === 'string' ? { base } : {}),
  };
}
