"""Where the weights of a converted model come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ..errors import DeclarationError
from .source import Npm, Pypi, Source, Url


@dataclass(frozen=True)
class Weights:
    """The base of all origins of weights."""

    @property
    def path(self) -> str:
        """The file or folder, relative to the project; empty if there is none."""
        return ""

    def describe(self) -> str:
        raise NotImplementedError


@dataclass(frozen=True)
class Application(Weights):
    """A model of Keras Applications, by the name of its function (``MobileNetV2``).

    Args:
        name: of the function in ``keras.applications``.
        weights: ``imagenet`` (fetched by Keras, from its cache if it is there), a file in the
            project, or None for the initial ones.
        arguments: for the function, such as ``{"alpha": 0.25, "input_shape": (96, 96, 3)}``.
    """

    name: str
    weights: str | None = "imagenet"
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]+", self.name):
            raise DeclarationError(
                f"Application({self.name!r}): expected a name such as 'MobileNetV2'."
            )
        if "weights" in self.arguments:
            raise DeclarationError("Application: give weights=… itself, not among the arguments.")

    @property
    def path(self) -> str:
        return "" if self.weights in (None, "imagenet") else str(self.weights)

    def describe(self) -> str:
        return f"keras.applications.{self.name}, weights {self.weights or 'initial'}"


@dataclass(frozen=True)
class KerasFile(Weights):
    """A ``.keras`` file, or a legacy ``.h5``.

    Args:
        file: relative to the project.
        allow_lambda: the names of Lambda layers whose code may run. They hold Python code, so
            that a file from elsewhere could do anything: name only those you have read.
    """

    file: str
    allow_lambda: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "allow_lambda", tuple(self.allow_lambda))
        if PurePosixPath(self.file).suffix not in (".keras", ".h5", ".hdf5"):
            raise DeclarationError(f"KerasFile({self.file!r}): expected a .keras or .h5 file.")

    @property
    def path(self) -> str:
        return self.file

    def describe(self) -> str:
        return f"the file {self.file}"


@dataclass(frozen=True)
class SavedModel(Weights):
    """A SavedModel folder; it becomes a graph model.

    Args:
        folder: relative to the project.
        signature: the one that a page asks.
        output: the output of the signature that it asks for, where there are several.
    """

    folder: str
    signature: str = "serving_default"
    output: str = ""

    @property
    def path(self) -> str:
        return self.folder

    def describe(self) -> str:
        return f"the SavedModel {self.folder}, signature {self.signature}"


@dataclass(frozen=True)
class FrozenGraph(Weights):
    """A frozen GraphDef (``.pb``); it becomes a graph model.

    Args:
        file: relative to the project.
        inputs: the names of its placeholders.
        outputs: the names of the nodes to answer with.
    """

    file: str
    inputs: Sequence[str]
    outputs: Sequence[str]

    def __post_init__(self) -> None:
        for name in ("inputs", "outputs"):
            given = getattr(self, name)
            if isinstance(given, str) or not given:
                raise DeclarationError(f"FrozenGraph({name}={given!r}): expected a list of names.")
            if len(given) > 1:
                raise DeclarationError(
                    f"FrozenGraph({name}={list(given)}): expected one name.",
                    remedy="Declare one model for each pair of input and output.",
                )
            object.__setattr__(self, name, tuple(given))

    @property
    def path(self) -> str:
        return self.file

    def describe(self) -> str:
        return f"the frozen graph {self.file}"


@dataclass(frozen=True)
class TfjsModel(Weights):
    """A folder with a tfjs layers model, such as what a visitor downloaded from a page."""

    folder: str

    @property
    def path(self) -> str:
        return self.folder

    def describe(self) -> str:
        return f"the TensorFlow.js model {self.folder}"


@dataclass(frozen=True)
class TorchFile(Weights):
    """A state dict of PyTorch, for the same architecture in Keras. PyTorch is not needed, and
    nothing in the file is run.

    Args:
        source: the package or address that has it; its hash is pinned there.
        file: the path in the package, or the name of the file.
        build: ``build() -> keras.Model`` with layers called as the entries are: the layer
            ``features.0.0`` takes ``features.0.0.weight``.
        ignore: shell patterns of entries that the model has no use for.
    """

    source: Source
    file: str
    build: Callable[[], Any]
    ignore: Sequence[str] = ("*.num_batches_tracked",)

    def __post_init__(self) -> None:
        if not isinstance(self.source, Npm | Pypi | Url):
            raise DeclarationError(
                f"TorchFile(source={self.source!r}): expected Pypi(…), Npm(…) or Url(…)."
            )
        if PurePosixPath(self.file).suffix not in (".pth", ".pt"):
            raise DeclarationError(f"TorchFile({self.file!r}): expected a .pth or .pt file.")
        if not callable(self.build):
            raise DeclarationError(f"TorchFile(build={self.build!r}): expected a function.")
        if isinstance(self.ignore, str):
            raise DeclarationError(f"TorchFile(ignore={self.ignore!r}): expected a list.")
        object.__setattr__(self, "ignore", tuple(self.ignore))

    def describe(self) -> str:
        return f"{PurePosixPath(self.file).name} of the {self.source.describe()}"
