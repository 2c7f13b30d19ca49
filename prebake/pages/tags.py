"""The tags of a piece of HTML, found and changed in place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape, unescape

_TAG = re.compile(
    r"<!--.*?-->|<(?P<name>[a-zA-Z][\w-]*)(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.S
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s=/\"'>]+)(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?"
)


@dataclass(frozen=True)
class Tag:
    """An opening tag.

    Args:
        name: in small letters.
        attributes: names in small letters, values as they are meant (without ``&amp;``).
    """

    name: str
    attributes: dict[str, str]


def tags(html: str) -> Iterator[Tag]:
    """The opening tags of some HTML; comments are passed over."""
    for found in _TAG.finditer(html):
        if found["name"]:
            yield _read(found)


def change_attributes(html: str, change: Callable[[Tag], dict[str, str]]) -> str:
    """The HTML with other values for some attributes.

    Args:
        change: is told each tag, and gives the new values of its attributes by their names.
    """

    def changed(found: re.Match[str]) -> str:
        if not found["name"]:
            return found[0]
        new = change(_read(found))
        if not new:
            return found[0]
        inside = _ATTRIBUTE.sub(lambda each: _with(each, new), found["attributes"])
        return f"<{found['name']}{inside}>"

    return _TAG.sub(changed, html)


def _read(found: re.Match[str]) -> Tag:
    attributes: dict[str, str] = {}
    for each in _ATTRIBUTE.finditer(found["attributes"]):
        value = each["value"] or ""
        plain = value[1:-1] if value[:1] in ("'", '"') else value
        attributes.setdefault(each["name"].lower(), unescape(plain))
    return Tag(found["name"].lower(), attributes)


def _with(attribute: re.Match[str], new: dict[str, str]) -> str:
    value = new.get(attribute["name"].lower())
    return attribute[0] if value is None else f'{attribute["name"]}="{escape(value)}"'
