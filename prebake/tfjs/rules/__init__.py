"""For each layer class of Keras the rule that brings it to tfjs-layers, or refuses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..lowering import Use
from ..network import Ref

Rule = Callable[[Use], list[Ref]]


def rule_for(use: Use) -> Rule:
    """The rule for a layer, by its exact class: a subclass may compute anything."""
    import keras

    from . import (
        activation,
        convolution,
        core,
        merge,
        normalization,
        operation,
        pooling,
        preprocessing,
        recurrent,
        wrapper,
    )

    if not isinstance(use.layer, keras.Layer):
        return operation.rule
    if isinstance(use.layer, keras.Model):
        return nested
    name = use.class_name
    known = getattr(keras.layers, name, None) is type(use.layer)
    tables: tuple[Any, ...] = (
        activation,
        convolution,
        core,
        merge,
        normalization,
        pooling,
        preprocessing,
        recurrent,
        wrapper,
    )
    found = [table.RULES[name] for table in tables if known and name in table.RULES]
    # Some of Keras's own are in no public module, such as ConvNeXt's LayerScale.
    own = known or type(use.layer).__module__.partition(".")[0] == "keras"
    return found[0] if found else (unknown if own else foreign)


def nested(use: Use) -> list[Ref]:
    return use.nested(use.layer)


def unknown(use: Use) -> list[Ref]:
    raise use.refuse("tfjs-layers has no layer that computes the same.")


def foreign(use: Use) -> list[Ref]:
    raise use.refuse(
        "it is a layer of your own, which tfjs-layers does not know.",
        "Build it from Keras's layers, or export the model with format='graph'.",
    )
