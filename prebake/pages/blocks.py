"""The blocks of a Markdown text: lists, quotes and code, as CommonMark nests them.

Python-Markdown wants four spaces for whatever stands in a list, and knows no fenced code there.
This module reads the structure as the CommonMark specification (0.31, "Container blocks" and
"Leaf blocks") has it, whatever the indentation, so that the text can be written out again in the
form that Python-Markdown reads (:mod:`prebake.pages.outline`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

DEEPEST = 20
"""Lists and quotes in one another. Nobody reads more, and each costs a call."""

Numbered = tuple[int, str]
"""A line with its number in the whole text, from 0; its container's indentation is taken off."""

_ITEM = re.compile(r"(?P<indent> {0,3})(?P<marker>[-+*]|(?P<number>\d{1,9})[.)])(?P<gap> +|$)")
_FENCE = re.compile(r"(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_QUOTE = re.compile(r" {0,3}> ?")
_RULE = re.compile(r" {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?: |$)")
_CONTINUED = re.compile(r" {0,3}(?::|\[\^)")
"""A definition or a footnote, whose further paragraphs are indented."""
_RAW = re.compile(r" {0,3}<(?P<name>[A-Za-z][\w-]*)(?=[\s>/]|$)|(?P<comment> {0,3}<!--)")
_MARKS = re.compile(r"(?: *(?:>|[-+*] |\d{1,9}[.)] ))* *")
"""The marks of containers at the beginning of a line."""
_ALONE = re.compile(r"(?:\{[{%]|aside\w+n\d+n)")
"""What stands for a block of its own, wherever it is: a call in the text, or what one gave."""
# Elements that Python-Markdown takes as a block (its ``block_level_elements``, in short).
_INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr b bdi bdo br button cite code data dfn em i img input kbd label mark q s samp "
        "select small span strong sub sup time u var",
    )
)


@dataclass
class Text:
    """Lines that are no container: paragraphs, headings, tables, blank lines, HTML."""

    lines: list[Numbered]
    raw: bool = False


@dataclass
class Code:
    """Fenced or indented code; ``lines`` holds the fences as well."""

    lines: list[Numbered]
    fenced: bool


@dataclass
class Quote:
    inside: list[Block]


@dataclass
class Item:
    """An item of a list.

    Args:
        marker: ``-``, ``+``, ``*`` or a number with a point.
    """

    marker: str
    inside: list[Block] = field(default_factory=list)


Block = Text | Code | Quote | Item


class Unclosed(Exception):
    """Fenced code without an end. ``line`` is the number of its first line, from 0."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class TooDeep(Unclosed):
    """Lists and quotes in one another, more than ``DEEPEST`` of them."""


def parse(text: str) -> list[Block]:
    """The blocks of a text.

    Raises:
        Unclosed: if a fence is never closed.
        TooDeep: if containers nest deeper than ``DEEPEST``.
    """
    return _Reader([(n, _spaces(line)) for n, line in enumerate(text.split("\n"))], 0).blocks()


def is_blank(line: str) -> bool:
    return not line.strip()


def _spaces(line: str) -> str:
    """With the tabs at its beginning as spaces."""
    rest = line.lstrip(" \t")
    return line[: len(line) - len(rest)].expandtabs(4) + rest


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


class _Reader:
    """Reads the lines of one container."""

    def __init__(self, lines: Sequence[Numbered], depth: int) -> None:
        if depth > DEEPEST:
            raise TooDeep(lines[0][0])
        self._lines = lines
        self._depth = depth
        self._at = 0
        self._found: list[Block] = []
        self._paragraph = False
        """Whether the last line is one of a paragraph, which the next may continue."""
        self._continued = False
        """Whether what is indented belongs to a definition or a footnote."""

    def blocks(self) -> list[Block]:
        while self._at < len(self._lines):
            line = self._lines[self._at][1]
            if is_blank(line):
                self._take_text()
                self._paragraph = False
            elif _indent(line) >= 4 and not self._paragraph and not self._continued:
                self._take_indented()
            elif _FENCE.match(line) and self._opens_fence(line):
                self._take_fence()
            elif _QUOTE.match(line):
                self._take_quote()
            elif self._opens_item(line):
                self._take_item()
            elif self._opens_raw(line):
                self._take_raw()
            else:
                self._take_text()
                self._paragraph = not (_HEADING.match(line) or _RULE.fullmatch(line))
                if _indent(line) < 4:
                    self._continued = _CONTINUED.match(line) is not None
        return self._found

    # -- leaves ----------------------------------------------------------------------------

    def _take_text(self) -> None:
        last = self._found[-1] if self._found else None
        if not isinstance(last, Text) or last.raw:
            last = Text([])
            self._found.append(last)
        last.lines.append(self._lines[self._at])
        self._at += 1

    def _take_indented(self) -> None:
        end = self._at
        while end < len(self._lines) and (
            is_blank(self._lines[end][1]) or _indent(self._lines[end][1]) >= 4
        ):
            end += 1
        while is_blank(self._lines[end - 1][1]):
            end -= 1
        self._add(Code(list(self._lines[self._at : end]), fenced=False), end)

    def _opens_fence(self, line: str) -> bool:
        found = _FENCE.match(line)
        # Three backticks with others behind them are a code span.
        return bool(found) and not (found["fence"][0] == "`" and "`" in found["info"])  # type: ignore[index]

    def _take_fence(self) -> None:
        number, line = self._lines[self._at]
        opened = _FENCE.match(line)
        assert opened is not None
        closing = re.compile(rf" {{0,3}}{opened['fence'][0]}{{{len(opened['fence'])},}} *")
        for end in range(self._at + 1, len(self._lines)):
            if closing.fullmatch(self._lines[end][1]):
                width = len(opened["indent"])
                lines = [(n, _without(each, width)) for n, each in self._lines[self._at : end + 1]]
                self._add(Code(lines, fenced=True), end + 1)
                return
        raise Unclosed(number)

    def _opens_raw(self, line: str) -> bool:
        found = _RAW.match(line)
        return bool(found) and (found["name"] or "div").lower() not in _INLINE  # type: ignore[index]

    def _take_raw(self) -> None:
        """An element, to its end, or to the next blank line if it has none."""
        found = _RAW.match(self._lines[self._at][1])
        assert found is not None
        name = found["name"]
        opening = re.compile(rf"<{name}(?=[\s>/]|$)", re.I) if name else re.compile("<!--")
        closing = re.compile(rf"</{name}\s*>", re.I) if name else re.compile("-->")
        still_open, blank = 0, len(self._lines)
        for end in range(self._at, len(self._lines)):
            line = self._lines[end][1]
            still_open += len(opening.findall(line)) - len(closing.findall(line))
            if still_open <= 0:
                self._add(Text(list(self._lines[self._at : end + 1]), raw=True), end + 1)
                return
            if is_blank(line):
                blank = min(blank, end)
        self._add(Text(list(self._lines[self._at : blank]), raw=True), blank)

    # -- containers ------------------------------------------------------------------------

    def _take_quote(self) -> None:
        inside: list[Numbered] = []
        paragraph = _Paragraph()
        end = self._at
        while end < len(self._lines):
            number, line = self._lines[end]
            found = _QUOTE.match(line)
            if found:
                inside.append((number, line[found.end() :]))
            elif inside and paragraph.is_open and self._continues_lazily(line):
                inside.append((number, line))
            else:
                break
            paragraph.read(inside[-1][1])
            end += 1
        self._add(Quote(_Reader(inside, self._depth + 1).blocks()), end)

    def _opens_item(self, line: str) -> bool:
        found = _ITEM.match(line)
        if not found or _RULE.fullmatch(line):
            return False
        empty = is_blank(line[found.end() :])
        # CommonMark: what looks like a list in the middle of a paragraph may be a number in it.
        return not (self._paragraph and (empty or found["number"] not in (None, "1")))

    def _take_item(self) -> None:
        number, line = self._lines[self._at]
        found = _ITEM.match(line)
        assert found is not None
        # Five spaces or more are one, and indented code behind it.
        gap = len(found["gap"]) if 1 <= len(found["gap"]) <= 4 else 1
        width = len(found["indent"]) + len(found["marker"]) + gap
        inside = [(number, line[width:])]
        paragraph = _Paragraph()
        paragraph.read(inside[0][1])
        end = self._at + 1
        while end < len(self._lines):
            number, line = self._lines[end]
            if is_blank(line):
                if not any(not is_blank(each) for _, each in inside):
                    break  # an item that begins with a blank line has nothing
                inside.append((number, ""))
            elif _indent(line) >= width:
                inside.append((number, line[width:]))
            elif paragraph.is_open and self._continues_lazily(line):
                inside.append((number, line.lstrip(" ")))
            else:
                break
            paragraph.read(inside[-1][1])
            end += 1
        while len(inside) > 1 and is_blank(inside[-1][1]):
            inside.pop()
            end -= 1
        marker = f"{found['number']}." if found["number"] else found["marker"]
        self._add(Item(marker, _Reader(inside, self._depth + 1).blocks()), end)

    def _continues_lazily(self, line: str) -> bool:
        """Whether a line without its container's mark goes on with the paragraph in it."""
        return not (
            is_blank(line)
            or _ALONE.match(line)
            or _FENCE.match(line)
            or _QUOTE.match(line)
            or _ITEM.match(line)
            or _HEADING.match(line)
            or _RULE.fullmatch(line)
            or _RAW.match(line)
        )

    def _add(self, block: Block, end: int) -> None:
        self._found.append(block)
        self._at = end
        self._paragraph = self._continued = False


class _Paragraph:
    """Whether the lines of a container that were read so far end in a paragraph."""

    def __init__(self) -> None:
        self.is_open = False
        self._fence = ""

    def read(self, line: str) -> None:
        text = _MARKS.sub("", line)
        fence = _FENCE.match(text)
        if self._fence:
            closes = fence and not fence["info"].strip() and fence["fence"].startswith(self._fence)
            self._fence = "" if closes else self._fence
            self.is_open = False
        elif fence:
            self._fence = fence["fence"]
            self.is_open = False
        else:
            self.is_open = not (is_blank(text) or _HEADING.match(text) or _RULE.fullmatch(text))


def _without(line: str, width: int) -> str:
    """Without up to ``width`` spaces at its beginning."""
    return line[min(width, _indent(line)) :]
