"""Masks: where Keras has one, where tfjs has one, and whether those who read them agree.

tfjs-layers (engine/executor.ts) hands all layers one object of arguments. Once a layer has had
a masked input, the mask stays in that object: each layer that reads a mask gets the last one,
even where its own input has none. And a nested model gets its mask only that way, and passes
none on. So masks are followed on both sides while a model is lowered, and where they are read
the two must be the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..network import Call, LayerSpec, Network, Ref

if TYPE_CHECKING:
    from ..lowering import Use

RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM2D")

READERS = (*RECURRENT, "Bidirectional", "Softmax")
"""The layers of tfjs that compute something else when there is a mask."""

_KEEP = (
    "Activation",
    "AlphaDropout",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "LayerNormalization",
    "PReLU",
    "ReLU",
    "SpatialDropout1D",
    "TimeDistributed",
)
"""The layers of tfjs whose output has the mask of their input."""


@dataclass(eq=False)
class Mask:
    """One mask, told from others by identity."""

    maker: LayerSpec


@dataclass(frozen=True)
class Reading:
    """A layer that reads a mask: the one that Keras gives it, and the one tfjs knows for its
    input. ``entering`` is the mask of the nested model it stands in."""

    use: Use
    keras: Mask | None
    tfjs: Mask | None
    entering: Mask | None

    def agrees(self, made: set[Mask]) -> bool:
        if self.tfjs is not None:
            return self.tfjs is self.keras
        if self.keras is None:
            return not made
        return self.entering is self.keras and made == {self.keras}


class Masks:
    """The masks of one model and those nested in it."""

    def __init__(self) -> None:
        self.of: dict[Call, Mask] = {}
        """The mask that the outputs of a call have in tfjs: all have the same, also the states
        of a recurrent layer."""
        self.entering: dict[Network, Mask | None] = {}
        self.readings: list[Reading] = []

    def called(self, call: Call) -> None:
        """Works out what mask the outputs of a call have."""
        mask = self._after(call)
        if mask is not None:
            self.of[call] = mask

    def at(self, ref: Ref) -> Mask | None:
        return self.of.get(ref.call)

    def _after(self, call: Call) -> Mask | None:
        spec = call.layer
        masks = [self.at(ref) for ref in call.inputs]
        name, config = spec.class_name, spec.config
        if name == "Masking" or config.get("mask_zero"):
            return Mask(spec)
        if name == "Concatenate" and any(masks):
            return Mask(spec)
        if name == "Bidirectional":
            config = config["layer"]["config"]
        elif name not in RECURRENT:
            return masks[0] if name in _KEEP else None
        return masks[0] if config["return_sequences"] else None

    def read(self, use: Use) -> None:
        """Notes that a layer reads the mask of its first input."""
        tfjs, entering = self.at(use.inputs[0]), self.entering[use.network]
        self.readings.append(Reading(use, use.masks[0], tfjs, entering))

    def check(self) -> None:
        """Once everything is lowered.

        Raises:
            UnsupportedLayer: for the first layer that would read another mask in tfjs.
        """
        if all(reading.keras is None for reading in self.readings):
            self._leave_out_embeddings()
        made = set(self.of.values())
        for reading in self.readings:
            if not reading.agrees(made):
                raise _refusal(reading)

    def _leave_out_embeddings(self) -> None:
        """Where nobody reads a mask, an Embedding need not make one."""
        makers = {mask.maker for mask in self.of.values()}
        if any(maker.class_name == "Masking" for maker in makers):
            return
        for maker in makers:
            if "mask_zero" in maker.config:
                maker.config["mask_zero"] = False
        self.of.clear()


def in_keras(use: Use, refs: Sequence[Ref]) -> list[Mask | None]:
    """The masks that the outputs of a layer have in Keras."""
    layer, name = use.layer, use.class_name
    first = use.masks[0] if use.masks else None
    if name in ("Embedding", "Masking", "Concatenate"):
        return [use.lowering.masks.at(refs[0])]
    if name in RECURRENT or name == "Bidirectional":
        return [first if layer.return_sequences else None, *[None] * (len(refs) - 1)]
    return [first if getattr(layer, "supports_masking", False) else None] * len(refs)


def _refusal(reading: Reading) -> Any:
    remedy = "Let no mask be made (mask_zero=False, no Masking), or export with format='graph'."
    if reading.keras is None:
        return reading.use.refuse(
            "its input has no mask, but tfjs would give it the mask of another layer of the model.",
            remedy,
        )
    return reading.use.refuse(
        "the mask it reads in Keras does not reach it in tfjs, where some layers and nested "
        "models pass none on.",
        remedy,
    )
