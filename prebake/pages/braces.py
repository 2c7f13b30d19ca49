"""Braces in code are code: Jinja must not see them.

Before Jinja runs, the braces of code blocks and code spans become characters that no text has; they
become braces again when the page is HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .blocks import Block, Code, Item, Quote, Text

# Unicode has set these aside for use within a program (section 23.7, "Noncharacters").
_HIDDEN = str.maketrans("{}", "\ufdd0\ufdd1")
_SHOWN = str.maketrans("\ufdd0\ufdd1", "{}")
_SPAN = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)", re.S)
_JINJA = re.compile(r"\{[{%#]")


def hide_braces(text: str, blocks: Iterable[Block]) -> str:
    """The text with other characters for the braces in its code; as many lines as before."""
    lines = text.split("\n")
    for block in blocks:
        _hide(lines, block)
    return "\n".join(lines)


def show_braces(html: str) -> str:
    """Undoes :func:`hide_braces`."""
    return html.translate(_SHOWN)


def _hide(lines: list[str], block: Block) -> None:
    if isinstance(block, Quote | Item):
        for each in block.inside:
            _hide(lines, each)
    elif isinstance(block, Code):
        for number, _ in block.lines:
            lines[number] = lines[number].translate(_HIDDEN)
    elif isinstance(block, Text) and not block.raw:
        for numbers in _paragraphs(block):
            _hide_in_spans(lines, numbers)


def _paragraphs(block: Text) -> Iterable[list[int]]:
    """The numbers of lines that stand together."""
    numbers: list[int] = []
    for number, line in [*block.lines, (-1, "")]:
        if line.strip():
            numbers.append(number)
        elif numbers:
            yield numbers
            numbers = []


def _hide_in_spans(lines: list[str], numbers: list[int]) -> None:
    whole = "\n".join(lines[number] for number in numbers)
    if "`" not in whole or not _JINJA.search(whole):
        return
    hidden = _SPAN.sub(lambda span: span[0].translate(_HIDDEN), whole)
    for number, line in zip(numbers, hidden.split("\n"), strict=True):
        lines[number] = line
