// A photograph with the places that spoke for the class that one looks for.

/** Of the heat, below which a place is left as it is, and how strong the colour is at most. */
const FROM = 0.15;
const STRONGEST = 0.6;

/**
 * Draws a photograph as the model saw it, and over it where it looked.
 * @param {HTMLCanvasElement} canvas
 * @param {{data: ArrayLike<number>, width: number, height: number}} seen grey values 0..255
 * @param {{data: ArrayLike<number>, width: number, height: number} | null} heat any numbers; only
 *   those above 0 speak for the class
 */
export function drawHeat(canvas, seen, heat) {
  const { width, height } = seen;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) return;
  const image = context.createImageData(width, height);
  const largest = heat ? Math.max(0, ...Array.from(heat.data)) : 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const share = heat && largest > 0 ? between(heat, x / width, y / height) / largest : 0;
      const strength = share > FROM ? STRONGEST * ((share - FROM) / (1 - FROM)) : 0;
      const grey = seen.data[i] * (1 - strength);
      image.data.set([grey + 255 * strength, grey + 90 * strength, grey, 255], 4 * i);
    }
  }
  context.putImageData(image, 0, 0);
}

/**
 * Between the four nearest places, whose values stand in their middle.
 * @param {{data: ArrayLike<number>, width: number, height: number}} heat
 * @param {number} u 0..1 from the left
 * @param {number} v 0..1 from the top
 */
export function between({ data, width, height }, u, v) {
  const x = Math.min(width - 1, Math.max(0, u * width - 0.5));
  const y = Math.min(height - 1, Math.max(0, v * height - 0.5));
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [x1, y1] = [Math.min(x0 + 1, width - 1), Math.min(y0 + 1, height - 1)];
  const [right, down] = [x - x0, y - y0];
  const at = (/** @type {number} */ i, /** @type {number} */ j) => data[j * width + i];
  const above = at(x0, y0) * (1 - right) + at(x1, y0) * right;
  const below = at(x0, y1) * (1 - right) + at(x1, y1) * right;
  return above * (1 - down) + below * down;
}
