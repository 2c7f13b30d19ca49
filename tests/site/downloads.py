"""Files that a page gives to be kept."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Download, Locator


def downloads(button: Locator, folder: Path, count: int) -> list[Path]:
    """What is downloaded when a button is pressed, in ``folder``, once as many files are there."""
    given: list[Download] = []
    button.page.on("download", given.append)
    button.click()
    while len(given) < count:
        button.page.wait_for_event("download")
    button.page.remove_listener("download", given.append)
    paths = [folder / download.suggested_filename for download in given]
    for download, path in zip(given, paths, strict=True):
        download.save_as(path)
    return paths
