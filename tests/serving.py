"""A served project, and datasets that take as long as a test wants."""

from __future__ import annotations

import json
import time
from pathlib import Path

import requests

from prebake.serve.http import EVENTS

HELD = """
    import os, time
    from pathlib import Path
    from prebake import Dataset, Samples, Synthetic

    def draw(seed):
        import numpy as np
        root = Path(__file__).parents[1]
        (root / "worker-{name}.pid").write_text(str(os.getpid()))
        while (root / "hold-{name}").exists():
            time.sleep(0.02)
        return Samples(np.full((10, 4, 4), {shade}, np.uint8), np.arange(10) % 2)

    data = Dataset(title="{name}", classes=["a", "b"], tile=(4, 4, 1), licence="CC0-1.0",
                   sources={{"made": Synthetic(draw)}})
"""
"""A dataset that takes as long as a file is there: what a training is to a real site."""


def hold(project, name, shade=1):
    """Adds a page with a dataset that is not ready before :func:`let_go`."""
    (project.root / f"hold-{name}").write_text("")
    project.write(f"datasets/{name}.py", HELD.format(name=name, shade=shade))
    project.page(name, name.title(), f"It is {name}", "Text.", datasets=f"[{name}]")


def let_go(project, name):
    (project.root / f"hold-{name}").unlink()


def worker_of(project, name):
    path = project.root / f"worker-{name}.pid"
    until(lambda: path.exists() and path.read_text())
    return int(path.read_text())


def alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def until(condition, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


class Served:
    """The site as the server gives it."""

    def __init__(self, process, url):
        self.process = process
        self.url = url

    def get(self, path=""):
        return requests.get(self.url + path, timeout=5)

    def until(self, path, text, seconds=40):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = self.get(path)
            if text in answer.text:
                return answer
            time.sleep(0.05)
        raise AssertionError(
            f"{path} never held {text!r}: {answer.status_code} {answer.text[:900]}"
        )

    def events(self, page="/"):
        """The kinds and values of the events that an open page is told."""
        address = f"{self.url}{EVENTS.lstrip('/')}?page={page}"
        with requests.get(address, stream=True, timeout=40) as stream:
            kind = ""
            for line in stream.iter_lines(decode_unicode=True):
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield kind, json.loads(line.removeprefix("data: "))

    def until_event(self, wanted, page="/"):
        """Opens a page and waits until it is told what ``wanted`` accepts."""
        for kind, value in self.events(page):
            if wanted(kind, value):
                return value
        raise AssertionError("the stream ended")

    def until_built(self):
        self.until_event(lambda kind, value: kind == "status" and not value["building"])
