"""Packs MNIST in three ways, one after the other, each in a process of its own.

Prints for each: images a second, bytes an image, and the peak of resident memory while it
packs, in all and beyond what the loaded images take. Runs on Linux. The two
others are what one would write without prebake: Pillow's encoder on the same grids, and zlib
on the same pixels without any filter. Median of three runs.

    .venv/bin/python benchmarks/pack.py [--runs 3]
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import subprocess
import sys
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

WAYS = {
    "prebake": "sheets packed, decoded again and compared",
    "Pillow": "the same grids, Pillow's PNG encoder, optimize=True",
    "zlib": "the same pixels, level 9, no filter",
}


def samples():
    """The tiles of MNIST in the order of packing, from the store."""
    import numpy as np

    from datasets.mnist import load
    from prebake.build import Options, declared, store_folder
    from prebake.data.order import stratified_order
    from prebake.effects import SilentEffects
    from prebake.graph.executor import Processes
    from prebake.graph.runner import Runner
    from prebake.graph.state import State
    from prebake.graph.store import Store

    options = Options(root=ROOT, out=ROOT / "_site", only=["mnist"])
    fetch = [step for step in declared(options)[1] if step.name == "fetch mnist"]
    effects = SilentEffects()
    store, executor = Store(store_folder(None)), Processes(1)
    state = State(ROOT / ".prebake" / "benchmark.json")
    record = Runner(ROOT, store, state, executor, effects).run(fetch)["fetch mnist"].record
    executor.shutdown()
    loaded = load(store.folder(record.digest))
    order = stratified_order(np.asarray(loaded.labels), 0)
    return loaded.images[:, :, :, None], order


def pack_prebake(images, order) -> int:
    from concurrent.futures import ThreadPoolExecutor

    from prebake.data.sheet import choose_coding, in_sheets, make_sheet

    coding = choose_coding(images[order[:1000]])

    def one(numbers: range) -> int:
        return len(make_sheet(images[order[numbers.start : numbers.stop]], coding).data)

    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(one, in_sheets(len(order), coding.tiles)))


def pack_pillow(images, order) -> int:
    from PIL import Image

    from prebake.data.sheet import choose_coding, in_sheets, lay_out

    coding = choose_coding(images[order[:1000]])
    total = 0
    for numbers in in_sheets(len(order), coding.tiles):
        grid = lay_out(images[order[numbers.start : numbers.stop]], coding.columns)
        buffer = io.BytesIO()
        Image.fromarray(grid[:, :, 0]).save(buffer, "PNG", optimize=True)
        total += buffer.tell()
    return total


def pack_zlib(images, order) -> int:
    return sum(
        len(zlib.compress(images[order[start : start + 1156]].tobytes(), 9))
        for start in range(0, len(order), 1156)
    )


def measure(way: str) -> dict[str, float]:
    images, order = samples()
    pack = {"prebake": pack_prebake, "Pillow": pack_pillow, "zlib": pack_zlib}[way]
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew (Linux, proc(5))
    before = memory("VmRSS")
    started = time.perf_counter()
    size = pack(images, order)
    seconds = time.perf_counter() - started
    peak = memory("VmHWM")
    return {
        "images_per_second": len(order) / seconds,
        "bytes_per_image": size / len(order),
        "peak_mb": peak,
        "packing_mb": peak - before,
    }


def memory(name: str) -> float:
    """A figure of this process's resident memory, MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--way", choices=WAYS)
    given = parser.parse_args()
    if given.way:
        print(json.dumps(measure(given.way)))
        return
    print(f"{'':10}{'images/s':>10}{'bytes/image':>13}{'peak MB':>9}{'for packing':>13}")
    for way, meaning in WAYS.items():
        runs = []
        for _ in range(given.runs):
            command = [sys.executable, __file__, "--way", way]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            runs.append(json.loads(done.stdout))
        m = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        print(
            f"{way:10}{m['images_per_second']:10,.0f}{m['bytes_per_image']:13.1f}"
            f"{m['peak_mb']:9,.0f}{m['packing_mb']:10,.0f} MB  {meaning}"
        )


if __name__ == "__main__":
    main()
