"""Times builds of many text pages, and bundling all of this site's scripts.

A site of short Markdown pages with this site's own templates and styles: cold, unchanged, and
after one edit; the seconds of bundling are told apart. Then the bundle of all pages of this site,
cold. Each figure is the median of a few runs, each cold one with a store of its own.

    .venv/bin/python benchmarks/pages.py [PAGES]
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = 3
BUNDLES = ("bundle", "style", "weigh")
TEXT = """---
title: Lesson {number}
summary: What lesson {number} is about.
---

## What it is about

Lesson {number} has *some* words, a [link](../lesson-{other}/), a list and a table.

- one
- two

| a | b |
|---|---|
| 1 | 2 |

```python
print({number})
```
"""


def write_site(folder: Path, pages: int) -> None:
    """A project of that many pages, with this site's templates, styles and runtime."""
    shutil.copytree(ROOT / "templates", folder / "templates")
    for name in ("styles", "runtime", "static"):
        shutil.copytree(ROOT / "site" / name, folder / "site" / name)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, folder / name)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / "site" / "site.toml").write_text('[site]\ntitle = "Lessons"\n', "utf-8")
    front = "---\ntitle: Lessons\nsummary: All of them.\ntemplate: gallery\n---\n"
    (folder / "site" / "index.md").write_text(front, "utf-8")
    for number in range(pages):
        page = folder / "site" / f"lesson-{number}"
        page.mkdir()
        text = TEXT.format(number=number, other=(number + 1) % pages)
        (page / "index.md").write_text(text, "utf-8")


def build(folder: Path, store: Path) -> tuple[float, float]:
    """The seconds of a build, and those of its bundles."""
    words = [sys.executable, "-m", "prebake.cli", "build", "--quiet", "--store", str(store)]
    started = time.perf_counter()
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    subprocess.run(words, cwd=folder, check=True, capture_output=True, env=environment)
    seconds = time.perf_counter() - started
    steps = json.loads((folder / "_site" / "report.json").read_text("utf-8"))["build"]["steps"]
    bundled = [
        step["seconds"]
        for step in steps
        if step["status"] == "built" and step["name"].startswith(BUNDLES)
    ]
    return seconds, sum(bundled)


def text_pages(count: int) -> None:
    cold, without, unchanged, edited = [], [], [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as held:
            folder, store = Path(held) / "site", Path(held) / "store"
            folder.mkdir()
            write_site(folder, count)
            seconds, bundled = build(folder, store)
            cold.append(seconds)
            without.append(seconds - bundled)
            unchanged += [build(folder, store)[0] for _ in range(RUNS)]
            page = folder / "site" / "lesson-0" / "index.md"
            page.write_text(page.read_text("utf-8") + "\nEdited.\n", "utf-8")
            edited.append(build(folder, store)[0])
    for what, seconds in (
        ("cold", cold),
        ("cold, without the bundles", without),
        ("unchanged", unchanged),
        ("one page edited", edited),
    ):
        print(f"{count} text pages, {what:27}{statistics.median(seconds):6.2f} s")


def bundles() -> None:
    """All scripts of this site, as the step ``bundle scripts`` bundles them."""
    from prebake.build import Options, declared
    from prebake.graph.step import Context

    _, steps = declared(Options(ROOT, ROOT / "_site"))
    step = next(each for each in steps if each.name == "bundle scripts")
    from prebake.steps import bundle

    found = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as held:
            inputs = {name: given.root for name, given in step.inputs.items()}
            out = Path(held) / "out"
            out.mkdir()
            told: list[str] = []
            context = Context(
                step.name, step.params, inputs, out, ROOT, {}, told, lambda *_: None, out
            )
            started = time.perf_counter()
            bundle.scripts(context)
            found.append(time.perf_counter() - started)
    print(f"bundle of all {len(step.params['entries'])} scripts{statistics.median(found):22.2f} s")


if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # this folder has a models.py, which is not the project's
    text_pages(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
    bundles()
