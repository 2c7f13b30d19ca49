"""The node indices of a topology: those that tfjs arrives at when it builds the model."""

from __future__ import annotations

import random

import pytest

from prebake.tfjs.network import Call, LayerSpec, Network, Ref
from prebake.tfjs.order import node_indices, reference


def layer(name: str, inner: Network | None = None) -> LayerSpec:
    return LayerSpec("Dense" if inner is None else "Functional", name, inner=inner)


def calls_of(network: Network, spec: LayerSpec) -> list[Call]:
    return [call for call in network.calls if call.layer is spec]


def rebuilt(network: Network, indices: dict[Call, int]) -> dict[str, list[Call | None]]:
    """What ``Container.fromConfig`` makes of the topology, with the call behind every node: each
    call is written with the names and indices of what it reads, in the order of its index."""
    written = {
        spec: sorted(calls_of(network, spec), key=indices.__getitem__) for spec in network.layers()
    }
    nodes: dict[str, list[Call | None]] = {
        spec.name: [None] if spec.inner is not None else [] for spec in written
    }
    waiting = dict(written)
    for _ in range(50):
        for spec in written:
            todo, waiting[spec] = waiting[spec], []
            for call in todo:
                refs = [reference(ref, indices) for ref in call.inputs]
                if all(len(nodes[name]) > node for name, node, _ in refs):
                    nodes[spec.name].append(call)
                else:
                    waiting[spec] = [*waiting[spec], call]
    assert not any(waiting.values())
    return nodes


def demand_right(network: Network) -> dict[Call, int]:
    indices = node_indices(network)
    nodes = rebuilt(network, indices)
    for call, index in indices.items():
        assert nodes[call.layer.name][index] is call
    return indices


def test_a_chain_has_node_0_everywhere() -> None:
    network = Network("chain")
    ref = network.call(layer("in"))
    for name in ("a", "b"):
        ref = network.call(layer(name), ref)
    assert set(demand_right(network).values()) == {0}


def test_a_shared_layer_counts_its_calls() -> None:
    network, shared = Network("shared"), layer("shared")
    first = network.call(shared, network.call(layer("in")))
    second = network.call(shared, first)
    indices = demand_right(network)
    assert [reference(ref, indices) for ref in (first, second)] == [
        ["shared", 0, 0],
        ["shared", 1, 0],
    ]


def test_a_nested_model_begins_with_node_1() -> None:
    network, nested = Network("outer"), layer("nested", Network("inner"))
    first = network.call(nested, network.call(layer("in")))
    network.call(nested, Ref(first.call, 1))
    assert sorted(demand_right(network)[call] for call in calls_of(network, nested)) == [1, 2]


def test_the_call_that_can_be_made_first_is_node_0() -> None:
    """Written first, it would wait for a layer that comes later in the list, and tfjs would make
    the other one before it."""
    network, shared = Network("awkward"), layer("shared")
    start = network.call(layer("in"))
    late_layer = layer("late")
    early = network.call(shared, start)
    late = network.call(shared, network.call(late_layer, start))
    network.calls = [start.call, late.call, early.call, calls_of(network, late_layer)[0]]
    indices = demand_right(network)
    assert (indices[early.call], indices[late.call]) == (0, 1)


@pytest.mark.parametrize("seed", range(50))
def test_whatever_the_layers_share_every_node_is_the_right_one(seed: int) -> None:
    demand_right(knot(random.Random(seed)))


def knot(dice: random.Random) -> Network:
    """A few layers, some of them models, called again and again on each other's outputs; the
    calls stand in one of the orders in which each comes after those it reads."""
    network = Network("knot")
    specs = [
        layer(f"layer{i}", Network("inner") if dice.random() < 0.2 else None)
        for i in range(dice.randint(2, 5))
    ]
    refs = [network.call(layer(f"in{i}")) for i in range(dice.randint(1, 2))]
    for _ in range(dice.randint(3, 9)):
        inputs = [dice.choice(refs) for _ in range(dice.randint(1, 2))]
        refs.append(network.call(dice.choice(specs), *inputs))
    network.calls = _another_order(network.calls, dice)
    return network


def _another_order(calls: list[Call], dice: random.Random) -> list[Call]:
    order: list[Call] = []
    while len(order) < len(calls):
        free = [c for c in calls if c not in order and all(r.call in order for r in c.inputs)]
        order.append(dice.choice(free))
    return order


def test_a_knot_whose_first_guess_leads_nowhere() -> None:
    """Written in this order, layer ``a`` waits for node 0 of ``b`` and ``b`` for node 1 of ``a``."""
    network, a, b = Network("knot"), layer("a"), layer("b")
    one = network.call(a, network.call(layer("in")))
    two = network.call(b, one)
    three = network.call(a, two)
    four = network.call(a, one)
    five = network.call(a, three)
    network.call(b, five, two)
    network.call(layer("join"), four, five)
    demand_right(network)
