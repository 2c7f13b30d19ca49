"""The step that renders a page."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import jinja2
from markupsafe import Markup

from ..declare.page import HOME, Page, load_page
from ..errors import RenderError
from ..pages import slash
from ..pages.links import Links, identifiers, made_by_others
from ..pages.text import Text
from .links import WRITTEN

if TYPE_CHECKING:
    from ..graph.step import Context

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self'; connect-src 'self'; font-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'"
)
"""The Content-Security-Policy of every page: nothing inline, nothing evaluated, no other host.

'wasm-unsafe-eval' lets WebAssembly be compiled, and nothing else.
"""


VERSION_MARK = "PAGE-VERSION"
"""Stands in a template where the version of the page belongs."""


def page(context: Context) -> None:
    """Writes ``site/URL/index.html``."""
    root = context.inputs["project"]
    site = root / "site"
    name = context.params["page"]
    folder = site if name == HOME else site / name
    declared = load_page(site, folder / "index.md")
    text = Text(declared, root / "templates")
    values = _values(context, declared)
    links = Links(declared, site, made_by_others(values))
    html = _rendered(declared, text, values, links)
    context.read("project", text.read | links.found.read)
    links.demand_sound(html)
    _publish(context, links, html)
    target = context.out / "site" / declared.url / "index.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    # The page knows its own version, so that it can tell when there is a newer one.
    version = hashlib.sha256(html.encode()).hexdigest()[:16]
    target.write_text(html.replace(VERSION_MARK, version, 1) + "\n", "utf-8")


def _publish(context: Context, links: Links, html: str) -> None:
    """Puts the files beside the page where it links them, and notes for others what it links."""
    for address, file in links.found.files.items():
        target = context.out / "site" / address
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    written = {
        "ids": sorted(identifiers(html)),
        "pages": links.found.pages,
        "shown": sorted(links.found.shown),
        "linked": sorted(links.found.linked),
    }
    (context.out / WRITTEN).write_text(json.dumps(written, ensure_ascii=False), "utf-8")


def _rendered(declared: Page, text: Text, values: dict[str, Any], links: Links) -> str:
    """The page's HTML, with the links of its text settled.

    Raises:
        RenderError: with file and line.
    """
    try:
        content = text.render(declared.body, values, declared.body_line)
        values["content"] = Markup(links.settle(content))
        return text.environment.get_template(f"{declared.front.template}.html").render(values)
    except RenderError as error:
        error.where = error.where or declared.place()
        raise
    except jinja2.TemplateNotFound as error:
        raise RenderError(
            f"there is no template {error.name!r} in templates/.",
            where=declared.place("template"),
        ) from None
    except jinja2.TemplateSyntaxError as error:
        raise RenderError(
            f"{error.message}.", where=f"templates/{error.name}:{error.lineno}"
        ) from None
    except jinja2.TemplateError as error:
        raise RenderError(f"{error}.", where=f"templates/{declared.front.template}.html") from None


def _values(context: Context, page: Page) -> dict[str, Any]:
    """What templates and Markdown know; docs/authoring-pages.md describes each."""
    up = "../" * page.depth
    script = _read(context, "script")
    offline = _read(context, "offline")
    cards = {name: _read(context, f"dataset {name}") for name in page.front.datasets}
    models = {name: _model_card(context, name) for name in context.params["models"]}
    site = context.params["site"]
    picture = _read(context, "picture")
    return {
        "site": site,
        "page": {
            "name": page.name,
            "url": page.url,
            "title": page.front.title,
            "summary": page.front.summary,
        },
        "root": up or "./",
        "policy": POLICY,
        "style": up + _read(context, "style")["style"],
        "slash": slash.NAME,
        "script": up + script["script"] if script else "",
        "offline_script": up + offline["script"] if offline else "",
        "preload": [up + path for path in script.get("preload", [])],
        "datasets": cards,
        "manifests": {name: f"{up}{card['path']}/manifest.json" for name, card in cards.items()},
        "models": models,
        "model_manifests": {
            name: f"{up}{card['path']}/manifest.json" for name, card in models.items()
        },
        "draft": any(card["draft"] for card in models.values()),
        "picture": {**picture, "path": up + picture["path"]} if picture else None,
        "absolute": _absolute(site["url"], page.url),
        "absolute_picture": _absolute(site["url"], picture["path"]) if picture else "",
        "cards": [_gallery_card(context, card, up) for card in context.params.get("cards", [])],
    }


def _model_card(context: Context, name: str) -> dict[str, Any]:
    return {**_read(context, f"model {name}"), "parity": _read(context, f"parity {name}")}


def _gallery_card(context: Context, card: dict[str, Any], up: str) -> dict[str, Any]:
    picture = _read(context, f"picture {card['name']}")
    return {
        **card,
        "url": up + card["url"],
        "picture": {**picture, "path": up + picture["path"]} if picture else None,
    }


def _absolute(site: str, path: str) -> str:
    return urljoin(site.rstrip("/") + "/", path) if site else ""


def _read(context: Context, name: str) -> dict[str, Any]:
    path: Path | None = context.inputs.get(name)
    return dict(json.loads(path.read_text("utf-8"))) if path and path.is_file() else {}
