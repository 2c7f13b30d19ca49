"""Blocks of a Markdown text as Python-Markdown reads them.

What stands in a list is indented by four spaces, a list and a block of its own have a blank line
before them, and code in a list or a quote is set aside as HTML: Python-Markdown has no fenced code
there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from .blocks import Block, Code, Item, Quote, Text, is_blank

Aside = Callable[[str], str]
"""Takes the Markdown of a code block and gives the word that stands for its HTML."""


def write(blocks: Iterable[Block], aside: Aside, mark: re.Pattern[str]) -> str:
    """The text of some blocks.

    Args:
        aside: sets code aside.
        mark: what stands for a block in the text.
    """
    return "\n".join(_Writer(aside, mark).lines(blocks, nested=False))


class _Writer:
    def __init__(self, aside: Aside, mark: re.Pattern[str]) -> None:
        self._aside = aside
        self._mark = mark

    def lines(self, blocks: Iterable[Block], nested: bool) -> list[str]:
        found: list[str] = []
        last: Block | None = None
        for block in blocks:
            apart = isinstance(block, Quote | Item) and type(block) is not type(last)
            if apart and found and not is_blank(found[-1]) and not (nested and type(block) is Item):
                found.append("")
            found += self._block(block, nested)
            last = block
        return found

    def _block(self, block: Block, nested: bool) -> list[str]:
        if isinstance(block, Text):
            return self._text(block, nested)
        if isinstance(block, Code):
            lines = [line for _, line in block.lines]
            return ["", self._aside("\n".join(lines)), ""] if nested else lines
        inside = self.lines(block.inside, nested=True)
        if isinstance(block, Quote):
            return [f"> {line}".rstrip() for line in inside]
        while len(inside) > 1 and is_blank(inside[0]):
            inside.pop(0)
        first, *others = inside or [""]
        return [f"{block.marker} {first}", *(f"    {line}".rstrip() for line in others)]

    def _text(self, block: Text, nested: bool) -> list[str]:
        """Lines as they are, but that what stands for a block is one, and that in a container
        up to three spaces, which say nothing, are left out."""
        if block.raw:
            return [line for _, line in block.lines]
        found = []
        for _, line in block.lines:
            if nested and not line.startswith("    "):
                line = line.lstrip(" ")
            if self._mark.search(line):
                found += self._apart(line)
            else:
                found.append(line)
        return found

    def _apart(self, line: str) -> list[str]:
        parts: list[str] = [""]
        end = 0
        for mark in self._mark.finditer(line):
            before = line[end : mark.start()].strip()
            parts += [before, ""] if before else []
            parts += [mark[0], ""]
            end = mark.end()
        behind = line[end:].strip()
        return [*parts, behind] if behind else parts
