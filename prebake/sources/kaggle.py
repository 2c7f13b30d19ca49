"""Datasets from Kaggle, through its own client."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..declare.source import Kaggle
from ..errors import DownloadError, SourceError


def fetch_kaggle(source: Kaggle, out: Path) -> None:
    """Copies what kagglehub downloads (and caches) to ``out``.

    Raises:
        SourceError: if the client is not installed.
        DownloadError: if Kaggle cannot be reached or refuses.
    """
    where = f"Kaggle dataset {source.handle}"
    try:
        import kagglehub
    except ImportError:
        raise SourceError(
            "the client for Kaggle is not installed.",
            where=where,
            remedy="Run '.venv/bin/pip install -c constraints.txt -e .[kaggle]'.",
        ) from None
    try:
        folder = Path(kagglehub.dataset_download(source.handle))
    except Exception as error:
        raise DownloadError(
            f"could not be downloaded ({type(error).__name__}: {error}).",
            where=where,
            remedy="An account is needed: put its key into ~/.kaggle/kaggle.json, or download the "
            "files by hand and use --data NAME=./folder.",
        ) from None
    shutil.copytree(folder, out, dirs_exist_ok=True)
