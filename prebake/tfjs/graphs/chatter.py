"""The chatter of TensorFlow and Keras: kept from the terminal, and of errors the core."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps TensorFlow's chatter from the terminal; what matters in it is raised anyway.

    Its C++ part writes to the file descriptor of standard error itself.
    """
    sys.stderr.flush()
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


def first_line(error: BaseException) -> str:
    """What an error says, without Keras's frame around it and its colours."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith("Exception encountered when calling")]
    return (said or [type(error).__name__])[0].rstrip(".") + "."
