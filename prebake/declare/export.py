"""In which form a model goes to the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import DeclarationError
from .schema import suggest

FORMATS = ("auto", "layers", "graph")
STORAGES = ("auto", "none", "float16", "uint16", "uint8")
BACKENDS = ("webgl", "wasm", "cpu", "webgpu")


@dataclass(frozen=True)
class Export:
    """In which form a model goes to the page.

    Args:
        format: ``layers`` can be trained in the page, ``graph`` only predicts; ``auto`` takes
            layers if the page trains it, else the smaller of the two that agree with Keras.
        quantize: how weights are stored: ``none`` (float32), ``float16``, ``uint16``, ``uint8``,
            or ``auto`` for the smallest download within the tolerance.
        tolerance: how much worse than float32 the metric may get on the held-out split (0.001 is
            a tenth of a percent of accuracy).
        metric: the one that the tolerance is about.
        trainable: whether a page goes on training it.
        backends: those that a page may use; ``check`` proves each of them.
        heat: for a graph model of two classes, the name of the layer whose maps are pooled and
            classified: the model answers with ``heat`` too, how much each place of the maps
            speaks for the class of the Decision (the second one without it).
    """

    format: Literal["auto", "layers", "graph"] = "auto"
    quantize: Literal["auto", "none", "float16", "uint16", "uint8"] = "auto"
    tolerance: float = 0.001
    metric: str = "accuracy"
    trainable: bool = False
    backends: Sequence[str] = ("webgl", "wasm", "cpu")
    heat: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.backends, str):
            raise DeclarationError(
                f"Export(backends={self.backends!r}): expected a list of names, such as "
                f"[{self.backends!r}]."
            )
        object.__setattr__(self, "backends", tuple(self.backends))
        for name, known in (("format", FORMATS), ("quantize", STORAGES)):
            value = getattr(self, name)
            if value not in known:
                raise DeclarationError(
                    f"Export({name}={value!r}).", remedy=suggest(str(value), known)
                )
        for backend in self.backends:
            if backend not in BACKENDS:
                raise DeclarationError(
                    f"Export(backends={self.backends!r}).", remedy=suggest(backend, BACKENDS)
                )
        if not self.backends:
            raise DeclarationError("Export(backends=()): expected at least one.")
        if not isinstance(self.tolerance, int | float) or not self.tolerance >= 0:
            raise DeclarationError(f"Export(tolerance={self.tolerance!r}): expected 0 or more.")
        if not isinstance(self.heat, str):
            raise DeclarationError(f"Export(heat={self.heat!r}): expected the name of a layer.")
        if self.heat and self.format != "graph":
            raise DeclarationError(
                f"Export(format={self.format!r}, heat={self.heat!r}): only a graph model says "
                "where it looked.",
                remedy="Use format='graph'.",
            )
        if self.trainable and self.format == "graph":
            raise DeclarationError(
                "Export(format='graph', trainable=True): a page cannot train a graph model.",
                remedy="Use format='layers'.",
            )
