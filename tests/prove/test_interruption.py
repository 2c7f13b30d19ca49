"""Builds that end before they should, and builds that meet."""

import os
import signal
import time
from pathlib import Path

import pytest

from prebake.graph.store import Store

SLOW = """
    import os, time
    from pathlib import Path
    from prebake import Dataset, Samples, Synthetic

    def draw(seed):
        import numpy as np
        here = Path(__file__).parent
        (here / "worker.pid").write_text(str(os.getpid()))
        while (here / "hold").exists():
            time.sleep(0.02)
        return Samples(np.zeros((10, 4, 4), np.uint8), np.arange(10) % 2)

    slow = Dataset(title="Slow", classes=["a", "b"], tile=(4, 4, 1), licence="CC0-1.0",
                   sources={"made": Synthetic(draw)})
"""


@pytest.fixture
def slow(project):
    project.write("datasets/slow.py", SLOW)
    project.write("datasets/hold", "")
    project.page("two", "Two", "S", "Text.", datasets="[slow]")
    return project


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A dead child of a dead parent may wait a moment for init to collect it.
    stat = Path(f"/proc/{pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] != "Z"


def worker_of(slow):
    path = slow.root / "datasets" / "worker.pid"
    assert until(lambda: path.exists() and path.read_text())
    return int(path.read_text())


def packed(slow):
    return list((slow.store / "v1" / "keys").glob("*/*.json"))


def made(slow):
    return {record.step for record in Store(slow.store).records()}


def test_ctrl_c_stops_a_build_and_loses_nothing_that_was_finished(slow):
    process = slow.start("build")
    worker = worker_of(slow)
    assert until(lambda: made(slow) >= {"pack dots", "picture one", "style site", "extras site"})
    finished = len(packed(slow))
    process.send_signal(signal.SIGINT)
    # Its worker would wait for ever.
    _, error = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Interrupted. Steps that were done are kept for the next build." in error
    assert "Traceback" not in error
    assert until(lambda: not alive(worker))
    assert len(packed(slow)) == finished
    assert not slow.out.exists()
    (slow.root / "datasets" / "hold").unlink()
    statuses = slow.statuses(slow.build())
    assert statuses["pack dots"] == "fresh"
    assert statuses["pack slow"] == "built"


def test_a_killed_build_leaves_no_worker_and_the_next_repairs(slow):
    process = slow.start("build")
    worker = worker_of(slow)
    process.kill()
    process.wait()
    assert until(lambda: not alive(worker))
    (slow.root / "datasets" / "hold").unlink()
    slow.build()
    assert (slow.out / "two" / "index.html").is_file()

    def swept():
        Store(slow.store).sweep()
        return list((slow.store / "v1" / "tmp").iterdir()) == []

    assert until(swept)


@pytest.mark.parametrize("after", [0.05, 0.15, 0.3, 0.5, 0.8])
def test_a_build_killed_at_any_moment_is_repaired_by_the_next(project, after):
    process = project.start("build", "--force", "pack", "--force", "render")
    time.sleep(after)
    process.kill()
    process.communicate()
    project.build()
    want = project.out / "one" / "index.html"
    assert "<em>text</em>" in want.read_text()
    assert project.run("store", "verify").returncode == 0
    assert [p.name for p in project.root.glob("_site*")] == ["_site"]


def test_two_builds_at_once_share_their_work(project):
    first, second = project.start("build", "--explain"), project.start("build", "--explain")
    outputs = [first.communicate(timeout=60), second.communicate(timeout=60)]
    assert [first.returncode, second.returncode] == [0, 0], outputs
    assert project.run("store", "verify").returncode == 0
    assert set(project.statuses(project.build()).values()) == {"fresh"}
    made = sum(out.count("built    pack dots") for out, _ in outputs)
    assert made == 1, outputs
