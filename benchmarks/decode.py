"""Decodes the MNIST sheets in Chromium as PNG and as WebP, side by side.

Prints bytes, and the time from the bytes of a file to the bytes of its pixels: PNG by the
runtime's own decoder, WebP through a bitmap and a canvas. Median of several sheets and rounds.
This is where the numbers beside ``WEBP_MARGIN`` in ``prebake/data/sheet.py`` come from.

    .venv/bin/python benchmarks/decode.py
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SCRIPT = """
import { decodePng } from './site/runtime/png.js';

async function onCanvas(file) {
  const bitmap = await createImageBitmap(new Blob([file]), {
    premultiplyAlpha: 'none', colorSpaceConversion: 'none',
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const rgba = context.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) data[i] = rgba[4 * i];
  return { width, height, data };
}

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
globalThis.measure = async ({ png, webp }, rounds) => {
  const times = { png: [], webp: [] };
  const [a, b] = [bytes(png), bytes(webp)];
  let same = true;
  for (let round = 0; round < rounds; round++) {
    let start = performance.now();
    const one = await decodePng(a);
    times.png.push(performance.now() - start);
    start = performance.now();
    const two = await onCanvas(b);
    times.webp.push(performance.now() - start);
    same &&= one.data.every((value, i) => value === two.data[i]);
  }
  const median = (list) => list.sort((x, y) => x - y)[list.length >> 1];
  const { width, height } = await decodePng(a);
  return { same, pixels: width * height, png: median(times.png), webp: median(times.webp) };
};
"""


def bundled() -> str:
    """The script and the runtime's decoder in one."""
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        entry, out = Path(folder) / "entry.js", Path(folder) / "out.js"
        entry.write_text(SCRIPT.replace("./site/", "../site/"))
        command = ["node_modules/.bin/esbuild", str(entry), "--bundle", f"--outfile={out}"]
        subprocess.run([*command, "--log-level=error"], cwd=ROOT, check=True)
        return out.read_text()


def main() -> None:
    import numpy as np
    from PIL import Image
    from playwright.sync_api import sync_playwright

    from prebake.browser.launch import launch
    from prebake.data.sheet import encode_webp

    sheets = sorted((ROOT / "_site" / "data" / "mnist").glob("*/train-00[0-4].png"))
    if not sheets:
        sys.exit("Build the site first: make site")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        page.evaluate(bundled())
        rows = []
        for sheet in sheets:
            png = sheet.read_bytes()
            webp = encode_webp(np.asarray(Image.open(sheet))[:, :, None])
            files = {"png": png, "webp": webp}
            encoded = {kind: base64.b64encode(data).decode() for kind, data in files.items()}
            found = page.evaluate("([files, n]) => measure(files, n)", [encoded, 15])
            assert found["same"], sheet
            rows.append({**found, "png_bytes": len(png), "webp_bytes": len(webp)})
        browser.close()
    for kind in ("png", "webp"):
        size = sum(row[f"{kind}_bytes"] for row in rows)
        pixels = sum(row["pixels"] for row in rows)
        milliseconds = sum(row[kind] for row in rows)
        print(
            f"{kind:5}{size / len(rows):10,.0f} bytes a sheet"
            f"{milliseconds / len(rows):8.1f} ms{milliseconds * 1e6 / pixels:8.1f} ns a pixel"
        )
    print(json.dumps({"sheets": len(rows), "all_pixels_equal": True}))


if __name__ == "__main__":
    main()
