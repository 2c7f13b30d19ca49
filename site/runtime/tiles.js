// Drawing samples.

/**
 * A sample as a canvas of its own size; the style sheet scales it.
 * @param {ArrayLike<number>} pixels height * width * channels bytes
 * @param {import('./sheet.js').Tile} tile
 * @param {string} [text] what a screen reader says; without it the canvas is decoration
 * @param {HTMLCanvasElement} [canvas] to draw on in place of a new one
 */
export function drawTile(pixels, tile, text = '', canvas = document.createElement('canvas')) {
  const { width, height, channels } = tile;
  canvas.width = width;
  canvas.height = height;
  canvas.classList.add('tile');
  if (text) {
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', text);
    canvas.removeAttribute('aria-hidden');
  } else {
    canvas.setAttribute('aria-hidden', 'true');
  }
  const context = canvas.getContext('2d');
  const image = new ImageData(width, height);
  for (let i = 0, j = 0; i < width * height; i++, j += channels) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = pixels[channels === 3 ? j + c : j];
    image.data[4 * i + 3] = 255;
  }
  context?.putImageData(image, 0, 0);
  return canvas;
}
