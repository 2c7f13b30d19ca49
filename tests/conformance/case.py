"""What a case of the suite is, and short ways to write one."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

Expectation = Literal["agrees", "refused"]


@dataclass(frozen=True)
class Case:
    """A Keras model and what the writer has to make of it.

    Args:
        name: unique, for readers.
        layer: the class the case is about.
        build: makes the model.
        expect: whether tfjs can compute the same.
        inputs: makes the arrays of one batch, one for each input of the model; without it
            they are drawn to fit the inputs.
        batches: the sizes of the batches, which are fed one after the other.
        blames: the class whose layer a refusal has to name, if not that of ``layer``.
    """

    name: str
    layer: str
    build: Callable[[], Any]
    expect: Expectation
    inputs: Callable[[np.random.Generator, int], list[np.ndarray]] | None = None
    batches: tuple[int, ...] = (3, 2)
    blames: str = ""


class Lazy:
    """A module that is imported when it is first used: collecting tests needs no TensorFlow."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._module), name)


keras = Lazy("keras")
layers = Lazy("keras.layers")
ops = Lazy("keras.ops")


def agrees(layer: str, about: str, build: Callable[[], Any], **more: Any) -> Case:
    return Case(f"{layer} {about}", layer, build, "agrees", **more)


def refused(layer: str, about: str, build: Callable[[], Any], **more: Any) -> Case:
    return Case(f"{layer} {about}", layer, build, "refused", **more)


def chain(shape: tuple[int | None, ...], *stack: Any, **more: Any) -> Any:
    """A Sequential model of layers on inputs of a shape."""
    return keras.Sequential([keras.Input(shape, **more), *stack])


def graph(
    wire: Callable[..., Any], *shapes: tuple[int | None, ...], dtype: str | None = None
) -> Any:
    """A functional model: ``wire`` makes its outputs from one input of each shape."""
    inputs = [keras.Input(shape, dtype=dtype) for shape in shapes]
    return keras.Model(inputs, wire(*inputs))


def alone(
    layer: str,
    about: str,
    shape: tuple[int | None, ...],
    expect: Expectation = "agrees",
    **config: Any,
) -> Case:
    """A model of one layer and nothing else."""

    def build() -> Any:
        return chain(shape, getattr(layers, layer)(**config))

    return Case(f"{layer} {about}", layer, build, expect)


def on_pair(
    layer: str,
    about: str,
    shapes: tuple[tuple[int | None, ...], ...],
    expect: Expectation = "agrees",
    **config: Any,
) -> Case:
    """A model of one layer that takes a list of inputs."""

    def build() -> Any:
        return graph(lambda *tensors: getattr(layers, layer)(**config)(list(tensors)), *shapes)

    return Case(f"{layer} {about}", layer, build, expect)


def pixels(
    *shapes: tuple[int, ...],
) -> Callable[[np.random.Generator, int], list[np.ndarray]]:
    """Numbers from 0 to 255."""

    def draw(random: np.random.Generator, batch: int) -> list[np.ndarray]:
        return [random.integers(0, 256, (batch, *shape)) for shape in shapes]

    return draw


def whole_numbers(
    top: int, *shapes: tuple[int, ...], zeros: bool = True
) -> Callable[[np.random.Generator, int], list[np.ndarray]]:
    """Integers below ``top`` for inputs of these shapes."""

    def draw(random: np.random.Generator, batch: int) -> list[np.ndarray]:
        low = 0 if zeros else 1
        return [random.integers(low, top, (batch, *shape)).astype("int32") for shape in shapes]

    return draw


def padded(
    *shapes: tuple[int, ...], front: bool = False
) -> Callable[[np.random.Generator, int], list[np.ndarray]]:
    """Sequences of different lengths that end (or begin) with zeros, for a mask to hide."""

    def draw(random: np.random.Generator, batch: int) -> list[np.ndarray]:
        arrays = [random.normal(size=(batch, *shape)) for shape in shapes]
        return [_pad(array, 1 + 2 * index, front) for index, array in enumerate(arrays)]

    return draw


def padded_words(
    top: int, *shapes: tuple[int, ...], front: bool = False
) -> Callable[[np.random.Generator, int], list[np.ndarray]]:
    """The same of integers from 1 to below ``top``."""

    def draw(random: np.random.Generator, batch: int) -> list[np.ndarray]:
        arrays = [random.integers(1, top, (batch, *shape)) for shape in shapes]
        return [_pad(array, 1 + 2 * index, front) for index, array in enumerate(arrays)]

    return draw


def _pad(array: np.ndarray, first: int, front: bool) -> np.ndarray:
    """Hides ``first`` steps of the first sequence and one more of each that follows."""
    for row in range(len(array)):
        hidden = (row + first) % array.shape[1]
        if hidden:
            array[row, slice(None, hidden) if front else slice(-hidden, None)] = 0
    return array
