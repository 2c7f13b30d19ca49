import subprocess
import sys

import pytest

import prebake


def test_the_public_names():
    assert prebake.__all__ == [
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
    for name in prebake.__all__:
        assert getattr(prebake, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Datset"):
        prebake.Datset  # noqa: B018


def test_declaring_needs_neither_numpy_nor_tensorflow():
    code = (
        "import sys; from prebake import *; "
        "print([m for m in ('numpy', 'tensorflow', 'PIL', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
