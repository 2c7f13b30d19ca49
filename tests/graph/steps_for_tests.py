"""Steps that the runner's tests run, here and in worker processes."""

from __future__ import annotations

import importlib
import os
import signal
import sys
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
    """As the kernel ends a process when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def leave(context):
    os._exit(9)


def call_exit(context):
    sys.exit("no samples")


def interrupt_itself(context):
    raise KeyboardInterrupt


def crash_hard(context):
    """A segmentation fault in the code of the project."""
    sys.path.insert(0, str(context.root))
    sys.modules.pop("crashing", None)
    importlib.import_module("crashing").crash()


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


def hold(context):
    """Ends when the file that the hint names is gone."""
    hints = context.hints
    if "pid" in hints:
        Path(hints["pid"]).write_text(str(os.getpid()))
    while Path(hints["hold"]).exists():
        time.sleep(0.02)
    write(context)


def note(context):
    """Leaves its name at the end of the file that the hint names."""
    with Path(context.hints["log"]).open("a") as log:
        log.write(f"{context.name}\n")
    write(context)


def die_once(context):
    """Its process dies the first time."""
    died = Path(context.hints["died"])
    if not died.exists():
        died.write_text("")
        os.kill(os.getpid(), signal.SIGKILL)
    write(context)


def threads(context):
    names = ("PREBAKE_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    (context.out / "text").write_text(" ".join(os.environ.get(name, "") for name in names))


def thread_name(context):
    import threading

    (context.out / "text").write_text(f"{os.getpid()} {threading.current_thread().name}")


def nap(context):
    time.sleep(0.55)  # what takes less is not remembered
    write(context)


def shared_word(context):
    sys.path.insert(0, str(context.root))
    (context.out / "text").write_text(importlib.import_module("shared").WORD)


def let_go(context):
    """Lets the step ``hold`` end."""
    Path(context.hints["hold"]).unlink()
    write(context)


def follow(context):
    """Reads a file, and the one that it names."""
    tree, start = context.inputs["tree"], context.params["start"]
    context.read("tree", [start])
    words = (tree / start).read_text().split()
    for name in words[1:]:
        context.read("tree", [name])
    read = [(tree / name).read_text() for name in words[1:] if (tree / name).is_file()]
    (context.out / "text").write_text("".join(read))


def follow_and_edit(context):
    """The same; somebody edits a file while it runs for the first time."""
    follow(context)
    marker = context.inputs["tree"] / "marker"
    if not marker.exists():
        marker.write_text("")
        Path(context.hints["edit"]).write_text("edited")


def read_undeclared(context):
    (context.root / "secret.csv").read_text()
    (context.root / "declared.csv").read_text()
    (context.root / "module.py").read_text()
    write(context)


def edit_input(context):
    """Somebody edits the step's file while it runs for the first time."""
    path = context.inputs["f"] / "in.txt"
    text = path.read_text()
    marker = context.root / "marker"
    if not marker.exists():
        marker.write_text("")
        path.write_text("new")
    (context.out / "text").write_text(text)
