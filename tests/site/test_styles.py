"""What holds for the style sheets, which all pages share."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from tests.conftest import ROOT

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SELECTORS = re.compile(r"([^{}]+)\{")
ID_IN_SELECTOR = re.compile(r"#([a-zA-Z][\w-]*)")
ID_OF_ELEMENT = re.compile(r'\sid="([^"]+)"')


@pytest.mark.quick
def test_what_is_meant_for_one_page_fits_no_other(built_site):
    pages = defaultdict(set)
    for path in built_site.glob("**/index.html"):
        for name in ID_OF_ELEMENT.findall(path.read_text(encoding="utf-8")):
            pages[name].add(path.parent.name)
    styled = defaultdict(set)
    for path in (ROOT / "site" / "styles").glob("*.css"):
        for selectors in SELECTORS.findall(COMMENT.sub("", path.read_text(encoding="utf-8"))):
            for name in ID_IN_SELECTOR.findall(selectors):
                styled[name].add(path.name)
    assert styled, "no selector with an id was found: is the expression right?"
    shared = {name: pages[name] for name in styled if len(pages[name]) > 1}
    assert not shared, f"{shared}: give these elements a class, and style that"
