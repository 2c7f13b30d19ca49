"""Kills the build at one moment: when it has changed files a given number of times.

Python imports a module of this name as it starts, in worker processes too.
"""

import os
import signal
import sys

_CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "shutil.copyfile"}


def _watch() -> None:
    role, _, number = os.environ["PREBAKE_TEST_KILL"].partition(":")
    folder = os.environ["PREBAKE_TEST_KILL_IN"]
    is_worker = "--multiprocessing-fork" in sys.orig_argv
    if is_worker != (role == "worker"):
        return
    # A worker takes its build with it, as a power failure would.
    victim = os.getppid() if is_worker else os.getpid()
    left = int(number)

    def hear(event: str, arguments: tuple) -> None:
        nonlocal left
        writes = (
            event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax")
        )
        if not (writes or event in _CHANGES) or not str(arguments[0]).startswith(folder):
            return
        left -= 1
        if left == 0:
            os.kill(victim, signal.SIGKILL)

    sys.addaudithook(hear)


if "PREBAKE_TEST_KILL" in os.environ:
    _watch()
