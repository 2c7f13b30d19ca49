"""The next batches are prepared while the network learns from this one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Ahead(Generic[Made]):
    """Calls a function for one argument after the other, in a thread of its own, a few of them
    before they are asked for.

    tf.data has the same, but takes it away from functions of Python where operations have to be
    deterministic. Here the order of the calls is fixed, and what a call returns may depend on
    nothing but its argument.

    Args:
        function: what makes a batch.
        count: how many are made before they are asked for.
    """

    def __init__(self, function: Callable[[int], Made], count: int = 3) -> None:
        self._function = function
        self._count = count
        self._pool = ThreadPoolExecutor(1, "batches")
        self._waiting: deque[tuple[int, Future[Made]]] = deque()
        self._rest: deque[int] = deque()

    def start(self, arguments: Sequence[int]) -> None:
        """Begins with the first of them; what was begun before is forgotten."""
        while self._waiting:
            self._waiting.popleft()[1].cancel()
        self._rest = deque(arguments)
        self._fill()

    def get(self, argument: int) -> Made:
        """What the function made of an argument; those before it are passed over. One that is
        not among those to come is worked out at once, out of turn.

        Raises:
            Exception: what the function raised.
        """
        if all(argument != each for each, _ in self._waiting) and argument not in self._rest:
            return self._pool.submit(self._function, argument).result()
        while True:
            each, made = self._waiting.popleft()
            self._fill()
            if each == argument:
                return made.result()
            made.cancel()

    def close(self) -> None:
        """Ends the thread; nothing can be asked for any more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _fill(self) -> None:
        while self._rest and len(self._waiting) < self._count:
            argument = self._rest.popleft()
            self._waiting.append((argument, self._pool.submit(self._function, argument)))
