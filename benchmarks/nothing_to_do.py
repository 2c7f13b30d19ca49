"""Times ``python build.py`` with nothing to do beside ``python -c "import tensorflow"``.

The two take turns, so that a machine that slows down slows both. Median of five.

    .venv/bin/python benchmarks/nothing_to_do.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5


def seconds(*words: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    seconds("build.py")
    builds, imports = [], []
    for _ in range(RUNS):
        builds.append(seconds("build.py"))
        imports.append(seconds("-c", "import tensorflow"))
    build, tensorflow = statistics.median(builds), statistics.median(imports)
    print(f"python build.py, nothing to do   {build:6.2f} s")
    print(f'python -c "import tensorflow"    {tensorflow:6.2f} s')
    print(f"ratio                            {build / tensorflow:6.3f}")


if __name__ == "__main__":
    main()
