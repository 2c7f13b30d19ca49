"""What the policy of every page forbids, so that a browser would leave it out without a word."""

from __future__ import annotations

import re

from .tags import Tag

MEDIA = {
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "input": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
"""By element the attributes that name what a page shows."""

_FRAMES = ("iframe", "frame", "object", "embed", "applet", "portal")
_OTHER_HOST = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//)", re.I)


def forbidden(tag: Tag) -> tuple[str, str]:
    """What of a tag the policy forbids, and what to do about it; both empty for nothing."""
    names = tag.attributes.keys()
    if tag.name == "script":
        return "a script in the text", "Move it to page.js."
    if tag.name == "style" or "style" in names:
        return "a style in the text", "Give it a class, and the class a rule in site/styles/."
    handler = next((name for name in names if name.startswith("on")), "")
    if handler:
        return f"the attribute {handler}", "Listen to the event in page.js."
    if tag.name in _FRAMES:
        return f"a frame (<{tag.name}>)", "Link to what it would show."
    if tag.name in ("base", "meta") or (tag.name == "link" and "href" in names):
        return f"the element <{tag.name}>", "It belongs in the head of a template."
    if tag.name == "form" and "action" in names:
        return "a form that is sent somewhere", "Leave out 'action' and read it in page.js."
    for name in MEDIA.get(tag.name, ()):
        for address in addresses(tag, name):
            if _OTHER_HOST.match(address) and not address.startswith("data:"):
                return f"{address!r} from another host", "Put the file beside index.md."
    if tag.attributes.get("href", "").strip().lower().startswith("javascript:"):
        return "a link that runs a script", "Listen to a click on a button in page.js."
    return "", ""


def addresses(tag: Tag, name: str) -> list[str]:
    """The addresses in one attribute; ``srcset`` has several."""
    value = tag.attributes.get(name, "")
    if name == "srcset":
        return [part.split()[0] for part in value.split(",") if part.strip()]
    return [value] if value else []
