"""The steps for what a host or a search engine expects beside the pages."""

from __future__ import annotations

import base64
import hashlib
import shutil
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from ..pages import slash

if TYPE_CHECKING:
    from ..graph.step import Context


def run(context: Context) -> None:
    """Writes ``.nojekyll``, ``404.html``, ``robots.txt`` and, if the address is known, the
    sitemap (sitemaps.org/protocol.html wants absolute addresses)."""
    site: dict[str, Any] = context.params["site"]
    out = context.out / "site"
    out.mkdir()
    # GitHub Pages would otherwise run Jekyll, which drops names that start with an underscore.
    (out / ".nojekyll").write_text("")
    (out / "404.html").write_text(not_found(site), "utf-8")
    robots = "User-agent: *\nAllow: /\n"
    if site["url"]:
        base = site["url"].rstrip("/") + "/"
        robots += f"Sitemap: {urljoin(base, 'sitemap.xml')}\n"
        addresses = [urljoin(base, url) for url in context.params["urls"]]
        (out / "sitemap.xml").write_text(sitemap(addresses), "utf-8")
    else:
        context.warn("site.toml has no url, so there is no sitemap.xml and no Open Graph image.")
    (out / "robots.txt").write_text(robots, "utf-8")
    for place in slash.places(context.params["urls"]):
        (out / place).parent.mkdir(parents=True, exist_ok=True)
        (out / place).write_text(slash.SCRIPT, "utf-8")


def copy_static(context: Context) -> None:
    """Copies ``site/static`` to the root of the site, as it is."""
    (context.out / "site").mkdir()
    for path in context.params["paths"]:
        target = context.out / "site" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(context.inputs["static"] / path, target)


def sitemap(addresses: list[str]) -> str:
    entries = "".join(f" <url><loc>{escape(address)}</loc></url>\n" for address in addresses)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{entries}</urlset>\n"
    )


STYLE = (
    "body{font:1.0625rem/1.6 Georgia,serif;margin:18vh auto 0;max-width:32rem;padding:0 1.5rem;"
    "background:light-dark(#fbfaf8,#171412);color:light-dark(#211d1a,#ece7e1)}"
    "a{color:light-dark(#b3401a,#f08c5f)}"
)


def style_hash() -> str:
    """How a policy allows that style and no other; a host that sends a policy of its own with
    every page must have it as well."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def not_found(site: dict[str, Any]) -> str:
    """A page that needs no other file: a host serves it under any path, so that no relative
    link from it would hold. Its one style is allowed by its hash."""
    policy = f"default-src 'none'; style-src {style_hash()}"
    home = escape(urlsplit(site["url"]).path or "/")
    title = escape(site["title"])
    return f"""<!doctype html>
<html lang="{escape(site["language"])}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>Page not found · {title}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>There is no page here</h1>
<p>It may have moved, or the address may be mistyped.</p>
<p><a href="{home}">All pages of {title}</a></p>
</body>
</html>
"""
