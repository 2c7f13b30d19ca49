"""prebake: a static-site generator that compiles models and datasets at build time.

What an author imports is listed in ``__all__`` and loaded on first use, so that
``import prebake`` costs nothing and a step's key depends only on what it really uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .declare.arrays import Arrays
    from .declare.base import Base
    from .declare.by_source import BySource
    from .declare.dataset import Dataset, Holdout
    from .declare.decision import Decision
    from .declare.export import Export
    from .declare.fit import Augment, Cosine, EarlyStopping, Fit, Steps
    from .declare.model import Blank, Converted, Trained
    from .declare.operations import (
        CropToInk,
        Grey,
        Invert,
        Normalise,
        Offset,
        PadToSquare,
        Resize,
        Rgb,
        Scale,
    )
    from .declare.preprocess import Preprocess
    from .declare.pretrain import Pretrain
    from .declare.samples import Samples
    from .declare.source import Folder, Kaggle, Npm, NumpyRows, Pypi, Synthetic, Url
    from .declare.transfer import Transfer
    from .declare.weights import (
        Application,
        FrozenGraph,
        KerasFile,
        SavedModel,
        TfjsModel,
        TorchFile,
    )

__version__ = "0.2.0"

_HOME = {
    "Application": "declare.weights",
    "Arrays": "declare.arrays",
    "Augment": "declare.fit",
    "Base": "declare.base",
    "Blank": "declare.model",
    "BySource": "declare.by_source",
    "Converted": "declare.model",
    "Cosine": "declare.fit",
    "CropToInk": "declare.operations",
    "Dataset": "declare.dataset",
    "Decision": "declare.decision",
    "EarlyStopping": "declare.fit",
    "Export": "declare.export",
    "Fit": "declare.fit",
    "Folder": "declare.source",
    "FrozenGraph": "declare.weights",
    "Grey": "declare.operations",
    "Holdout": "declare.dataset",
    "Invert": "declare.operations",
    "Kaggle": "declare.source",
    "KerasFile": "declare.weights",
    "Normalise": "declare.operations",
    "Npm": "declare.source",
    "NumpyRows": "declare.source",
    "Offset": "declare.operations",
    "PadToSquare": "declare.operations",
    "Preprocess": "declare.preprocess",
    "Pretrain": "declare.pretrain",
    "Pypi": "declare.source",
    "Resize": "declare.operations",
    "Rgb": "declare.operations",
    "Samples": "declare.samples",
    "SavedModel": "declare.weights",
    "Scale": "declare.operations",
    "Steps": "declare.fit",
    "Synthetic": "declare.source",
    "TfjsModel": "declare.weights",
    "TorchFile": "declare.weights",
    "Trained": "declare.model",
    "Transfer": "declare.transfer",
    "Url": "declare.source",
}

__all__ = [
    "Application",
    "Arrays",
    "Augment",
    "Base",
    "Blank",
    "BySource",
    "Converted",
    "Cosine",
    "CropToInk",
    "Dataset",
    "Decision",
    "EarlyStopping",
    "Export",
    "Fit",
    "Folder",
    "FrozenGraph",
    "Grey",
    "Holdout",
    "Invert",
    "Kaggle",
    "KerasFile",
    "Normalise",
    "Npm",
    "NumpyRows",
    "Offset",
    "PadToSquare",
    "Preprocess",
    "Pretrain",
    "Pypi",
    "Resize",
    "Rgb",
    "Samples",
    "SavedModel",
    "Scale",
    "Steps",
    "Synthetic",
    "TfjsModel",
    "TorchFile",
    "Trained",
    "Transfer",
    "Url",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'prebake' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
