"""Colours and helpers of the drawings on a model card: SVG for light and dark pages."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

# The page's own colours (site/styles/tokens.css): a drawing in an <img> cannot read them.
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#655d55}.strong{fill:#211d1a;font-weight:600}"
    ".grid{stroke:#ddd7cf;stroke-width:1}.line{fill:none;stroke-width:2}"
    ".a{stroke:#b3401a;fill:#b3401a}.b{stroke:#2f6f4e;fill:#2f6f4e}.line.a,.line.b{fill:none}"
    ".hit{fill:#2f6f4e}.miss{fill:#b3401a}.on{fill:#fff}.label{stroke:none}"
    "@media(prefers-color-scheme:dark){text{fill:#aaa198}.strong{fill:#ece7e1}"
    ".grid{stroke:#3a342f}.a{stroke:#f08c5f;fill:#f08c5f}.b{stroke:#7cc49d;fill:#7cc49d}"
    ".line.a,.line.b{fill:none}.hit{fill:#7cc49d}.miss{fill:#f08c5f}.on{fill:#171412}}"
)


def svg(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """A whole drawing."""
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> str:
    cls = f" class={quoteattr(kind)}" if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{cls}>{escape(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
