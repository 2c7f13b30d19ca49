"""What all drawings share."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prebake.cards.style import DARK, LIGHT, fitted, number, svg, text, width_of

from .reading import parsed

TOKENS = Path(__file__).resolve().parents[2] / "site" / "styles" / "tokens.css"


def test_the_colours_are_those_of_the_site() -> None:
    """A drawing in an <img> cannot read the page's variables, so that it repeats them."""
    css = TOKENS.read_text("utf-8")
    tones = dict(re.findall(r"--([a-z-]+): light-dark\((#\w+, #\w+)\)", css))
    for name in LIGHT:
        assert tones[name] == f"{LIGHT[name]}, {DARK[name]}"


def test_a_drawing_has_two_themes_and_no_background() -> None:
    drawing = svg(10, 20, "What it is", [])
    assert "@media(prefers-color-scheme:dark)" in drawing
    root = parsed(drawing)
    assert (root.get("width"), root.get("viewBox")) == ("10", "0 0 10 20")
    assert [element.tag.rpartition("}")[2] for element in root] == ["title", "style"]


@given(st.text())
def test_any_text_is_well_formed(content: str) -> None:
    shown = ET.fromstring(text(0, 0, content)).text or ""
    assert len(shown) == len(content)


@pytest.mark.parametrize(
    ("value", "spelled"), [(3.0, "3"), (3.14, "3.1"), (-0.01, "0"), (-1.25, "-1.2"), (100, "100")]
)
def test_coordinates_are_short(value: float, spelled: str) -> None:
    assert number(value) == spelled


@given(st.text(max_size=60), st.integers(40, 200))
def test_a_fitted_text_fits(content: str, most: int) -> None:
    shorter = fitted(content, most)
    assert width_of(shorter) <= most or len(shorter) <= 3
    assert shorter == content or "…" in shorter


def test_a_fitted_text_keeps_both_ends() -> None:
    shorter = fitted("defective cell, the tenth of them", 110)
    assert shorter.startswith("defective") and shorter.endswith("them")


def test_wide_letters_are_wide() -> None:
    assert width_of("猫") > width_of("a") > width_of("i")
    assert width_of("e\u0301") == width_of("e")
    assert width_of("a", bold=True) > width_of("a")
