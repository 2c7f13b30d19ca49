"""Colours and helpers of the drawings on a model card: SVG for light and dark pages."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from xml.sax.saxutils import escape

# The page's own colours (site/styles/tokens.css): a drawing in an <img> cannot read them.
LIGHT = {
    "paper": "#fbfaf8",
    "ink": "#211d1a",
    "soft": "#655d55",
    "rule": "#ddd7cf",
    "accent": "#b3401a",
    "good": "#2f6f4e",
}
DARK = {
    "paper": "#171412",
    "ink": "#ece7e1",
    "soft": "#aaa198",
    "rule": "#3a342f",
    "accent": "#f08c5f",
    "good": "#7cc49d",
}
FONT = 12
"""The size of all text, in the units of the drawing."""


def _variables(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())


STYLE = (
    f":root{{{_variables(LIGHT)}}}"
    f"@media(prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
    f'text{{font:{FONT}px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;'
    "font-variant-numeric:tabular-nums;fill:var(--soft)}"
    ".ink{fill:var(--ink)}.bold{font-weight:600}.end{text-anchor:end}.mid{text-anchor:middle}"
    ".grid{stroke:var(--rule)}.mark{stroke:var(--soft);stroke-dasharray:2 3}"
    ".line{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}"
    ".line.train{stroke:var(--soft)}.line.held{stroke:var(--accent)}"
    ".train{fill:var(--soft)}.held{fill:var(--accent)}.line.train,.line.held{fill:none}"
    ".hit{fill:var(--good)}.miss{fill:var(--accent)}"
)


def svg(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """A whole drawing without a background; its title says what it shows."""
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n'
        f"<title>{clean(title)}</title>\n<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def text(x: float, y: float, content: str, kind: str = "") -> str:
    """Text with its baseline at ``y``. ``kind`` is one or more classes of the style."""
    classes = f' class="{kind}"' if kind else ""
    return f'<text x="{number(x)}" y="{number(y)}"{classes}>{clean(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "grid") -> str:
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f'<line class="{kind}" {ends}/>'


def number(value: float) -> str:
    """A coordinate, as short as a tenth of a unit can be written."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def clean(content: str) -> str:
    """For XML, which cannot hold control characters at all."""
    return escape("".join(c if c.isprintable() else " " for c in content))


def width_of(content: str, size: float = FONT, *, bold: bool = False) -> float:
    """About how wide a text is, rather too much: the reader's font is not known here."""
    return sum(_width(char) for char in content) * size * (1.1 if bold else 1)


def _width(char: str) -> float:
    """In units of the font's size, of DejaVu Sans, a wide one."""
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if unicodedata.combining(char):
        return 0.0
    return 0.38 if char in "iljtfrI.,:;'|! ()" else 0.92 if char in "mwMW<>&@%…" else 0.64


def fitted(content: str, most: float) -> str:
    """The text, or its beginning and its end if it is wider than ``most``: the names of classes
    often begin alike, and often end alike."""
    shown, kept = content, len(content)
    while width_of(shown) > most and kept > 2:
        kept -= 1
        head = math.ceil(kept * 2 / 3)
        end = content[len(content) - (kept - head) :]
        shown = f"{content[:head].rstrip()}…{end.lstrip()}"
    return shown
