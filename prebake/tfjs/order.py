"""The order of layers and calls in a topology, and the node indices that follow from it.

tfjs builds a model by going through its layers again and again, making every call whose
inputs exist (tfjs-layers, engine/container.ts: ``Container.fromConfig``). Only that order
decides which call becomes node 0 of a shared layer, node 1 and so on: written differently,
a model loads and answers wrongly. So the order is worked out here with the same procedure.
"""

from __future__ import annotations

from ..errors import ModelError
from .network import Call, LayerSpec, Network, Ref


def node_indices(network: Network) -> dict[Call, int]:
    """For each call the index that its node will have among its layer's nodes."""
    layers = network.layers()
    queues = {layer: [c for c in network.calls if c.layer is layer] for layer in layers}
    for _ in range(len(network.calls) + 1):
        made = _as_tfjs_makes_them(layers, queues)
        if made == queues:
            return {
                call: _first(layer) + i for layer in layers for i, call in enumerate(made[layer])
            }
        queues = made
    raise ModelError(
        "its shared layers call each other in an order that tfjs cannot rebuild.",
        where=network.name,
        remedy="Export it with format='graph'.",
    )


def _as_tfjs_makes_them(
    layers: list[LayerSpec], queues: dict[LayerSpec, list[Call]]
) -> dict[LayerSpec, list[Call]]:
    """The calls of each layer in the order in which tfjs makes them, given the order in which
    they are written.

    tfjs lets a call wait until the layer it reads from has as many nodes as the index asks for.
    Once calls are written in the order in which they are made, that is the same as waiting for
    the very call, which is what is done here.
    """
    made: dict[LayerSpec, list[Call]] = {layer: [] for layer in layers}
    done: set[Call] = set()
    waiting = {layer: list(calls) for layer, calls in queues.items()}
    while any(waiting.values()):
        before = len(done)
        for layer in layers:
            todo, waiting[layer] = waiting[layer], []
            for call in todo:
                if all(ref.call in done for ref in call.inputs):
                    made[layer].append(call)
                    done.add(call)
                else:
                    waiting[layer].append(call)
        if len(done) == before:
            break
    return made


def _first(layer: LayerSpec) -> int:
    # A nested model has made node 0 already, for its own inputs and outputs.
    return 1 if layer.inner is not None else 0


def reference(ref: Ref, indices: dict[Call, int]) -> list:
    """A tensor as a topology names it: layer, node, output."""
    return [ref.call.layer.name, indices[ref.call], ref.index]
