"""prebake: a static-site generator that compiles models and datasets at build time.

What an author imports is listed in ``__all__`` and loaded on first use, so that
``import prebake`` costs nothing and a step's key depends only on what it really uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .declare.dataset import Dataset, Holdout
    from .declare.samples import Samples
    from .declare.source import Folder, Kaggle, Npm, Pypi, Synthetic, Url

__version__ = "0.1.0"

_HOME = {
    "Dataset": "declare.dataset",
    "Holdout": "declare.dataset",
    "Samples": "declare.samples",
    "Folder": "declare.source",
    "Kaggle": "declare.source",
    "Npm": "declare.source",
    "Pypi": "declare.source",
    "Synthetic": "declare.source",
    "Url": "declare.source",
}

__all__ = [
    "Dataset",
    "Folder",
    "Holdout",
    "Kaggle",
    "Npm",
    "Pypi",
    "Samples",
    "Synthetic",
    "Url",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'prebake' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
