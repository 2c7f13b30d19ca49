"""Reading a drawing back: its words, and where they stand."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Word:
    text: str
    x: float
    y: float
    kind: str
    turned: bool


def parsed(drawing: str) -> ET.Element:
    """The root of a drawing that is well-formed XML and needs nothing but itself."""
    root = ET.fromstring(drawing)
    assert root.tag == f"{SVG}svg"
    assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "")
    assert "nan" not in drawing.lower().replace("nano", "") and "inf" not in drawing.lower()
    return root


def title(drawing: str) -> str:
    return parsed(drawing).findtext(f"{SVG}title") or ""


def words(drawing: str) -> list[Word]:
    """Every text; the heights of those in a moved group are moved along."""
    found: list[Word] = []

    def walk(element: ET.Element, down: float, turned: bool) -> None:
        move = element.get("transform", "")
        if move.startswith("translate"):
            down += float(move.removeprefix("translate(").split(")")[0].split()[1])
        turned = turned or move.startswith("rotate")
        if element.tag == f"{SVG}text":
            x, y = float(element.get("x", "0")), float(element.get("y", "0")) + down
            found.append(Word(element.text or "", x, y, element.get("class", ""), turned))
        for child in element:
            walk(child, down, turned)

    walk(parsed(drawing), 0, False)
    return found


def texts(drawing: str) -> list[str]:
    return [word.text for word in words(drawing)]


def count(drawing: str, tag: str, kind: str) -> int:
    elements = parsed(drawing).iter(f"{SVG}{tag}")
    return sum(kind in element.get("class", "").split() for element in elements)


def size(drawing: str) -> tuple[float, float]:
    root = parsed(drawing)
    return float(root.get("width", "0")), float(root.get("height", "0"))
