"""The pages that stand where others are not there yet."""

from __future__ import annotations

from html import escape

from ..remaining import exact
from . import words
from .progress import StepState
from .view import HOME, PageState, View

SHOWN = 20
"""How many steps of a long list are named."""


def waiting_page(view: View, url: str) -> str:
    """A whole page that says what happens to the page at ``url``, and opens it by itself.

    The client replaces the content of its ``#prebake-waiting``; without scripts it is loaded
    again every few seconds.
    """
    page = view.page_at(url)
    title = page.title if page and url != HOME else view.title
    up = "../" * url.count("/")
    top = f'<a href="{up or "./"}">{escape(view.title)}</a>' if url != HOME else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{escape(title)} (not ready yet)</title>
<style>{STYLE}</style>
<noscript><meta http-equiv="refresh" content="3"></noscript>
</head>
<body>
<header>{top}</header>
<main>
<h1>{escape(title)}</h1>
<div id="prebake-waiting">{fragment(view, url)}</div>
</main>
</body>
</html>
"""


def fragment(view: View, url: str) -> str:
    """What changes on the waiting page of ``url``."""
    if not view.planned:
        return _failure(view.error()) or "<p>Reading the project …</p>"
    page = view.page_at(url)
    if url == HOME:
        return _gallery(view)
    if page is None:
        return _failure(view.error()) or "<p>This page is not part of the site.</p>"
    return _one(view, page)


def _one(view: View, page: PageState) -> str:
    failure = view.failure(page)
    summary = f'<p class="summary">{escape(page.summary)}</p>'
    if failure:
        return summary + _failure(failure)
    left = view.left(page)
    when = "when it is ready" if left is None else f"in {words.about(left)}"
    rows = sorted(view.to_come(page), key=lambda step: step.status != "running")
    more = f"<li>and {len(rows) - SHOWN} more</li>" if len(rows) > SHOWN else ""
    return (
        f"{summary}<p>This page is being made and opens by itself {when}.</p>"
        f"<ol>{''.join(_row(step) for step in rows[:SHOWN])}{more}</ol>{_made(view, page)}"
    )


def _made(view: View, page: PageState) -> str:
    made = ", ".join(words.small(words.doing(step.name)) for step in view.made(page)[:SHOWN])
    return f'<p class="soft">Done: {escape(made)}.</p>' if made else ""


def _row(step: StepState) -> str:
    if step.status == "running":
        # Without a share the bar moves to and fro: it is not known how far the step is.
        share = "" if step.part is None else f' value="{step.part:.3f}"'
        bar = f'<progress{share} aria-label="{escape(words.doing(step.name))}"></progress>'
        return f'<li class="runs">{escape(step.text())}{bar}</li>'
    before = f" (last time {exact(step.known)})" if step.known and step.known >= 1 else ""
    return f'<li>{escape(step.text())}<span class="soft">{before}</span></li>'


def _gallery(view: View) -> str:
    cards = "".join(
        f'<li><h2><a href="{escape(page.url)}">{escape(page.title)}</a></h2>'
        f"<p>{escape(page.summary)}</p>{_status(view, page)}</li>"
        for page in view.pages.values()
        if page.url != HOME
    )
    return (
        f"{_failure(view.error())}<p>The site is being made. Each page opens as soon as it is "
        f'ready.</p><ul class="cards">{cards}</ul>'
    )


def _status(view: View, page: PageState) -> str:
    if not page.lacks or view.shows(page.url):
        return '<p class="ready">Ready</p>'
    return f'<p class="soft">{escape(line(view, page))}</p>'


def line(view: View, page: PageState) -> str:
    """What happens to a page and when it will be ready."""
    text, left = view.text(page), view.left(page)
    if left is None or view.failure(page):
        return text
    return f"{text}. Ready in {words.about(left)}"


def _failure(text: str) -> str:
    return f'<pre role="alert">{escape(text)}</pre>' if text else ""


STYLE = """
:root { color-scheme: light dark; --paper: light-dark(#fbfaf8, #171412);
  --ink: light-dark(#211d1a, #ece7e1); --soft: light-dark(#655d55, #aaa198);
  --rule: light-dark(#ddd7cf, #3a342f); --accent: light-dark(#b3401a, #f08c5f);
  --good: light-dark(#2f6f4e, #7cc49d); }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 "Iowan Old Style", Palatino, Georgia, serif; }
header { padding: 1rem 1.5rem; min-height: 1.6rem; }
main { max-width: 38rem; margin: 0 auto; padding: 4vh 1.5rem 3rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 0; }
a { color: var(--accent); }
.summary { font-size: 1.15rem; margin: 0 0 1.5rem; }
.soft, ol, .ready { font-family: system-ui, sans-serif; font-size: .9375rem; }
.soft { color: var(--soft); }
.ready { color: var(--good); }
ol { list-style: none; margin: 1.5rem 0; padding: 0; border-top: 1px solid var(--rule); }
ol li { padding: .55rem 0; border-bottom: 1px solid var(--rule); color: var(--soft);
  font-variant-numeric: tabular-nums; }
ol li.runs { color: var(--ink); }
progress { display: block; width: 100%; height: .4rem; margin-top: .4rem;
  accent-color: var(--accent); }
.cards { list-style: none; margin: 1.5rem 0 0; padding: 0; }
.cards li { padding: 1rem 0; border-top: 1px solid var(--rule); }
.cards p { margin: .25rem 0 0; }
main pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: .9rem 1.1rem;
  border-radius: .3rem; background: #7a1f0b; color: #fff;
  font: .875rem/1.5 ui-monospace, monospace; }
"""
