"""Finding a Chromium, or installing one.

The order: ``CHROMIUM_PATH``, one on the machine, the one that Playwright downloaded; to
install, Playwright's download, else the distribution's package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import ToolError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find_browser() -> Path | None:
    """The path of a Chromium, or None.

    Raises:
        ToolError: if ``CHROMIUM_PATH`` names no file.
    """
    chosen = os.environ.get("CHROMIUM_PATH")
    if chosen:
        if not Path(chosen).is_file():
            raise ToolError(
                f"there is no such file: {chosen}.",
                where="CHROMIUM_PATH",
                remedy="Correct or unset the variable.",
            )
        return Path(chosen)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return MAC if MAC.is_file() else _playwrights()


def _playwrights() -> Path | None:
    """The browser that ``playwright install`` put into its own cache."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.is_file() else None


def install_browser(say: Callable[[str], None]) -> Path:
    """Installs a Chromium: Playwright's, else the distribution's.

    Raises:
        ToolError: if neither could be.
    """
    say("No Chromium found; trying Playwright's download …")
    problems = []
    for label, commands in _ways():
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                problems.append(f"{label}: {_last_line(done.stderr or done.stdout)}")
                break
        else:
            found = find_browser()
            if found:
                return found
            problems.append(f"{label}: it installed none")
        say(f"{problems[-1]}; trying another way …")
    raise ToolError(
        f"no Chromium could be installed ({'; '.join(problems)}).",
        remedy="Install Chromium or Chrome yourself, or set CHROMIUM_PATH to one.",
    )


def _ways() -> list[tuple[str, list[list[str]]]]:
    ways = [
        ("Playwright's download", [[sys.executable, "-m", "playwright", "install", "chromium"]])
    ]
    prefix = [] if _is_root() else ["sudo", "-n"]
    if shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        # Mesa's software renderer trains twice as fast as the one inside Chromium.
        mesa = ["libgl1-mesa-dri", "libegl1"]
        commands = [[*prefix, "apt-get", "update"], [*prefix, *install, *mesa]]
        ways.append(("apt-get", commands))
    if shutil.which("dnf"):
        ways.append(("dnf", [[*prefix, "dnf", "install", "-y", "chromium"]]))
    return ways


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it failed"
