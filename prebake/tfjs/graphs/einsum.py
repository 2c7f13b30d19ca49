"""Einsum as a matrix product."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from string import ascii_letters
from typing import Any


def einsum(operation: Any) -> Any:
    """As a matrix product; WASM has no Einsum, and others multiply out every pair."""
    import tensorflow as tf

    equation = operation.get_attr("equation").decode()
    terms, _, out = equation.partition("->")
    left, _, right = terms.partition(",")
    if "..." in left and "..." not in right:
        rest = operation.inputs[0].shape.rank - len(left) + 3
        if rest > 2:
            return None  # TensorFlow 2.19 itself gets three axes wrong
        letters = "".join(sorted(set(ascii_letters) - set(equation))[:rest])
        left, out = left.replace("...", letters), out.replace("...", letters)
    plain = all(len(set(t)) == len(t) and t.isalpha() for t in (left, right, out))
    if not plain or (set(left) ^ set(right)) - set(out):
        return None
    batch = [label for label in left if label in right and label in out]
    inner = [label for label in left if label in right and label not in out]
    rows = [label for label in left if label not in right]
    columns = [label for label in right if label not in left]
    sizes = _Sizes(zip((left, right), operation.inputs, strict=True))
    a = sizes.matrices(operation.inputs[0], left, batch, rows, inner)
    b = sizes.matrices(operation.inputs[1], right, batch, inner, columns)
    product = tf.matmul(a, b)
    order = [*batch, *rows, *columns]
    if len(rows) != 1 or len(columns) != 1:
        product = tf.reshape(product, sizes.shape([label] for label in order))
    return _transposed(product, order, list(out))


class _Sizes:
    """The size of each axis of an einsum by its letter: a number, or a tensor if it is open."""

    def __init__(self, operands: Iterable[tuple[str, Any]]) -> None:
        self.known: dict[str, int] = {}
        self.axes: dict[str, tuple[Any, int]] = {}
        for labels, tensor in operands:
            for axis, (label, size) in enumerate(zip(labels, tensor.shape, strict=True)):
                self.axes[label] = (tensor, axis)
                if size is not None:
                    self.known[label] = size

    def matrices(
        self, tensor: Any, labels: str, batch: list[str], rows: list[str], columns: list[str]
    ) -> Any:
        """The operand as ``[*batch, rows, columns]``; of the last two each may be many axes."""
        import tensorflow as tf

        turned = _transposed(tensor, list(labels), [*batch, *rows, *columns])
        if len(rows) == 1 and len(columns) == 1:
            return turned
        return tf.reshape(turned, self.shape([*([label] for label in batch), rows, columns]))

    def shape(self, groups: Iterable[Sequence[str]]) -> list[Any]:
        """The size of each group of axes; one that is open is left to TensorFlow as -1."""
        sizes: list[Any] = []
        left = False
        for group in groups:
            if all(label in self.known for label in group) or left:
                sizes.append(math.prod(self._size(label) for label in group))
            else:
                sizes.append(-1)
                left = True
        return sizes

    def _size(self, label: str) -> Any:
        import tensorflow as tf

        if label in self.known:
            return self.known[label]
        tensor, axis = self.axes[label]
        return tf.shape(tensor)[axis]


def _transposed(tensor: Any, labels: list[str], wanted: list[str]) -> Any:
    import tensorflow as tf

    if labels == wanted:
        return tensor
    return tf.transpose(tensor, [labels.index(label) for label in wanted])
