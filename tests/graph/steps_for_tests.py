"""Steps that the runner's tests run, here and in worker processes."""

from __future__ import annotations

import os
import time
from pathlib import Path

from prebake.errors import DatasetError


def write(context):
    (context.out / "text").write_text(context.params["text"])


def join(context):
    parts = [(path / "text").read_text() for _, path in sorted(context.inputs.items())]
    (context.out / "text").write_text("+".join(parts))


def warn(context):
    context.warn("this is odd")
    write(context)


def fail(context):
    raise DatasetError("it is empty.", where=context.name)


def crash(context):
    raise KeyError("surprise")


def die(context):
    os._exit(9)


def meet(context):
    """Ends only if the other step runs at the same time."""
    folder = Path(context.hints["folder"])
    (folder / context.name.replace(" ", "-")).write_text("")
    for _ in range(400):
        if len(list(folder.iterdir())) == 2:
            write(context)
            return
        time.sleep(0.05)
    raise DatasetError("nobody came.")


def progress(context):
    for done in range(1, 4):
        context.progress(done, 3, "parts")
    write(context)
