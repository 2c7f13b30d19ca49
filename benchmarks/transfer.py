"""Fine-tuning MobileNet on blood cells in headless Chromium, in three ways, side by side.

Needs a built site (``make site``). The first way is that of the app which the malaria page
replaces: the whole network is computed for every image of every epoch, and all images are held as
tensors; its batch norms are layers, which tfjs normalises by the batch in training, frozen or not.
The second is the same with the frozen norms as the maps that they are. The third is the page's: the
base once for each image on the fastest backend, then the tail alone; which backend that is, it
finds out by measuring, once for a device, which stands apart. Same images, epochs, layers to train,
browser; all train on WebGL. Prints seconds, and the most tensors and megabytes of them that were
there after any kernel.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)

SETTINGS = {"count": 120, "epochs": 5, "batch": 24, "rate": 0.001}
PAGE = '<!doctype html><meta charset="utf-8"><title>transfer</title><body>'


def bundle(out: Path) -> str:
    """The script of the benchmark; its name in ``out``."""
    request = {
        "root": str(ROOT),
        "out": str(out),
        "entries": {"transfer": "benchmarks/transfer.js"},
        "splitting": True,
        "redirects": [],
    }
    tool = ROOT / "prebake" / "steps" / "bundle.mjs"
    done = subprocess.run(
        ["node", str(tool)], input=json.dumps(request), capture_output=True, text=True, check=True
    )
    outputs = json.loads(done.stdout)["outputs"]
    return next(name for name, each in outputs.items() if each["entry"])


def write_whole(out: Path) -> list[str]:
    """Base and tail as the one network that they are: in ``normed`` with all layers as they are in
    Keras, and in ``folded`` with the frozen norms folded. Gives the names of what is to be trained.
    """
    from prebake.build import Options, build, store_folder
    from prebake.effects import SilentEffects
    from prebake.graph.store import Store
    from prebake.tfjs.keras_folder import load_keras
    from prebake.tfjs.layers import write_layers_model
    from prebake.training.base import joined

    built = build(Options(root=ROOT, out=ROOT / "_site"), SilentEffects())
    folder = Store(store_folder(None)).folder(built.outcomes["split malaria"].record.digest)
    base, tail = (load_keras(folder / part / "keras") for part in ("base", "tail"))
    base.trainable = False
    whole = joined(base, tail)
    write_layers_model(whole, out / "folded", trainable=True)
    trained = [layer.name for layer in whole.layers if layer.trainable_weights]
    for layer in whole.layers:
        layer.trainable = True
    write_layers_model(whole, out / "normed", trainable=True)
    return trained


def address(site: Path, pattern: str) -> str:
    (found,) = site.glob(pattern)
    return "/" + found.relative_to(site).as_posix()


def main() -> None:
    from playwright.sync_api import sync_playwright

    from prebake.browser.host import hosting
    from prebake.browser.launch import launch

    site = ROOT / "_site"
    if not (site / "malaria" / "index.html").is_file():
        raise SystemExit("There is no built site: run make site first.")
    with tempfile.TemporaryDirectory() as held:
        out = Path(held)
        script = bundle(out)
        trained = write_whole(out)
        (out / "index.html").write_text(f'{PAGE}<script type="module" src="{script}"></script>')
        given = {
            **SETTINGS,
            "models": {w: f"/__benchmark__/{w}/model.json" for w in ("normed", "folded")},
            "trained": trained,
            "dataset": address(site, "data/malaria/*/manifest.json"),
            "base": {
                "base": address(site, "models/malaria-base/*/manifest.json"),
                "tail": address(site, "models/malaria/*/manifest.json"),
            },
        }
        found = {}
        with sync_playwright() as playwright, hosting({"/": site, "/__benchmark__/": out}) as url:
            browser = launch(playwright)
            for way in ("normed", "folded", "split"):
                page = browser.new_page()
                page.set_default_timeout(900_000)
                page.goto(f"{url}__benchmark__/index.html")
                page.locator("body[data-ready='true']").wait_for(state="attached")
                found[way] = page.evaluate(f"(given) => {way}(given)", given)
                page.close()
            browser.close()
    report(found)


def report(found: dict) -> None:
    picked = found["split"]["picked"]
    print(f"finding the base's fastest backend: {picked['seconds']:.1f} s, {picked['backends']}")
    rows = [
        ("as the original does", found["normed"]),
        ("with norms folded", found["folded"]),
        ("base once, then tail", found["split"]["first"]),
        ("the tail once more", {**found["split"]["again"], "backends": "webgl"}),
    ]
    print(f"{'':<22}{'on':>14}{'seconds':>9}{'faster':>8}{'tensors':>9}{'MB':>9}{'held':>7}")
    for name, row in rows:
        ratio = rows[0][1]["seconds"] / row["seconds"]
        print(
            f"{name:<22}{row['backends']:>14}{row['seconds']:>9.1f}{ratio:>7.1f}x"
            f"{row['tensors']:>9,}{row['megabytes']:>9.1f}{row['accuracy']:>7.0%}"
        )


if __name__ == "__main__":
    main()
