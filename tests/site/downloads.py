"""Files that a page gives to be kept."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Download, Locator


def downloads(button: Locator, folder: Path, count: int) -> list[Path]:
    """What is downloaded when a button is pressed, in ``folder``, once as many files are there."""
    given: list[Download] = []

    def keep(download: Download) -> None:
        given.append(download)

    page = button.page
    page.on("download", keep)
    button.click()
    while len(given) < count:
        page.wait_for_event("download")
    page.remove_listener("download", keep)
    paths = [folder / download.suggested_filename for download in given]
    for download, path in zip(given, paths, strict=True):
        download.save_as(path)
    return paths
