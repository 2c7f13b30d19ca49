"""A model between Keras and TensorFlow.js: layers, their calls, and what flows between them.

The shape of a tfjs topology, before names and node indices are settled. A Keras model is
lowered into it (:mod:`.lowering`), the writer reads it (:mod:`.topology`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(eq=False)
class LayerSpec:
    """A layer as tfjs-layers knows it.

    Args:
        class_name: as tfjs-layers registers it.
        name: unique in the whole model once it is settled.
        config: JSON, without the name; keys in snake_case as Keras 2 had them.
        weights: by the name that tfjs gives them below the layer's own, in the order of the
            layer; float32 or int32.
        inner: for a nested model its network.
        origin: the name of the Keras layer it comes from, for messages.
    """

    class_name: str
    name: str
    config: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    inner: Network | None = None
    origin: str = ""


@dataclass(eq=False)
class Call:
    """One use of a layer on the outputs of other calls."""

    layer: LayerSpec
    inputs: list[Ref]


@dataclass(frozen=True)
class Ref:
    """One output of a call."""

    call: Call
    index: int = 0


@dataclass(eq=False)
class Network:
    """Calls in an order in which each comes after those it reads.

    ``sequential`` says that the author wrote it as a chain; it stays one if it can.
    """

    name: str
    calls: list[Call] = field(default_factory=list)
    inputs: list[Ref] = field(default_factory=list)
    outputs: list[Ref] = field(default_factory=list)
    sequential: bool = False

    def call(self, layer: LayerSpec, *inputs: Ref) -> Ref:
        """Adds a call and returns its first output."""
        made = Call(layer, list(inputs))
        self.calls.append(made)
        return Ref(made)

    def layers(self) -> list[LayerSpec]:
        """Each layer once, in the order of its first call."""
        return list(dict.fromkeys(call.layer for call in self.calls))

    def is_chain(self) -> bool:
        """Whether every layer is used once, on the output of the one before."""
        if len(self.inputs) != 1 or len(self.outputs) != 1:
            return False
        if len(self.layers()) != len(self.calls) or self.calls[0] is not self.inputs[0].call:
            return False
        pairs = zip(self.calls, self.calls[1:], strict=False)
        linked = all(then.inputs == [Ref(first)] for first, then in pairs)
        return linked and self.outputs == [Ref(self.calls[-1])]

    def walk(self) -> Iterator[LayerSpec]:
        """Every layer, those of nested models after the layer that holds them."""
        for layer in self.layers():
            yield layer
            if layer.inner is not None:
                yield from layer.inner.walk()
