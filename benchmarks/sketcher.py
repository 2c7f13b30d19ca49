"""How long after a stroke's end the new guesses stand on the sketcher page, in headless Chromium.

Needs a built site (``make site``). Draws with the mouse, on the backend that the page picks and on
each of the others; prints the median and the 90th percentile of the time from ``pointerup`` until
a guess about the whole drawing is answered and its bars are changed.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

STROKES = 60

# The promise is kept when nothing newer is waiting to be answered. A frame later it is painted.
WATCH = """() => {
  globalThis.times = [];
  document.querySelector('#pad canvas').addEventListener('pointerup', async () => {
    const began = performance.now();
    await globalThis.prebake.guess();
    globalThis.times.push(performance.now() - began);
  });
}"""


def measure(page, url: str, backend: str) -> tuple[str, list[float]]:
    page.goto(f"{url}sketcher/" + (f"?backend={backend}" if backend else ""))
    page.locator("body[data-ready='true']").wait_for(state="attached", timeout=120_000)
    page.evaluate(WATCH)
    canvas = page.locator("#pad canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for i in range(STROKES):
        at = 0.1 + 0.8 * (i % 12) / 12
        page.mouse.move(box["x"] + at * box["width"], box["y"] + 0.2 * box["height"])
        page.mouse.down()
        page.mouse.move(
            box["x"] + 0.5 * box["width"],
            box["y"] + (0.3 + 0.05 * (i % 12)) * box["height"],
            steps=8,
        )
        page.mouse.up()
        page.wait_for_timeout(60)
        if i % 12 == 11:
            page.get_by_role("button", name="Clear").click()
    return page.evaluate("() => document.body.dataset.backend"), page.evaluate("() => times")


def main() -> None:
    from playwright.sync_api import sync_playwright

    from prebake.browser.host import hosting
    from prebake.browser.launch import launch

    site = ROOT / "_site"
    if not (site / "sketcher" / "index.html").is_file():
        raise SystemExit("There is no built site: run make site first.")
    with sync_playwright() as playwright, hosting({"/": site}) as url:
        browser = launch(playwright)
        print(f"{'backend':<22}{'strokes':>8}{'median ms':>11}{'p90 ms':>9}")
        for wish in ("", "wasm", "webgl", "cpu"):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            backend, times = measure(page, url, wish)
            name = f"{backend}" if wish else f"{backend} (its own choice)"
            p90 = statistics.quantiles(times, n=10)[-1]
            print(f"{name:<22}{len(times):>8}{statistics.median(times):>11.1f}{p90:>9.1f}")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
