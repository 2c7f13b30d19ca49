"""From a page's Markdown to HTML, in two passes: Jinja, then Markdown."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import markdown
from markdown.extensions import Extension
from markdown.extensions.toc import slugify_unicode
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound

from ..declare.page import Page
from ..errors import RenderError
from .blocks import DEEPEST, Block, TooDeep, Unclosed, parse
from .braces import hide_braces, show_braces
from .outline import write
from .sectioning import Sectioning
from .sections import section
from .templates import COMPILED, Templates

EXTENSIONS: list[str | Extension] = [
    "tables",
    "fenced_code",
    "codehilite",
    "attr_list",
    "def_list",
    "footnotes",
    "md_in_html",
    "sane_lists",
    "toc",
    Sectioning(),
]
SETTINGS: dict[str, dict[str, Any]] = {
    "codehilite": {"css_class": "code", "guess_lang": False},
    # A heading in any script has an identifier of its own letters.
    "toc": {"permalink": False, "slugify": slugify_unicode},
    # Not a style attribute: the page's policy forbids those.
    "tables": {"use_align_attribute": True},
}


# HTML of the author's own comes with blank lines.
_SECTION_END = re.compile(r"\n+</section>")
_BRACES = (
    "Braces are Jinja, but not in code; for text with braces write "
    "{% raw %} before it and {% endraw %} behind it."
)


class Text:
    """Renders the Markdown of one page.

    What a macro or a partial gives is set aside while Markdown runs and put back after, so
    that Markdown never touches HTML that is not its own.

    Args:
        page: partials and code are read from its own files.
        templates: the folder of templates.
    """

    def __init__(self, page: Page, templates: Path) -> None:
        self._shown = page.place().rpartition("/index.md")[0]
        self._files = {p.relative_to(page.folder).as_posix(): p for p in page.files()}
        self._root = templates.parent
        self._files |= {path: self._root / path for path in page.modules()}
        self._aside: dict[str, str] = {}
        self._mark = uuid.uuid5(uuid.NAMESPACE_URL, self._shown).hex[:12]
        self._marks = re.compile(rf"aside{self._mark}n\d+n")
        self.read: set[str] = set()
        """Every file that was read or looked for, relative to the project."""
        self.environment = jinja2.Environment(
            loader=Templates(self._own, templates, self.read),
            bytecode_cache=COMPILED,
            undefined=jinja2.StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals.update(code=self._code, stage=self._stage)
        self.environment.filters.update(
            number=number, megabytes=megabytes, kilobytes=kilobytes, metric=metric
        )

    def render(self, body: str, values: Mapping[str, Any], first_line: int) -> Markup:
        """The HTML of a Markdown ``body``.

        Args:
            body: Markdown with Jinja in it.
            values: what Jinja knows.
            first_line: on which line of ``index.md`` the body starts.

        Raises:
            RenderError: with file and line.
        """
        self.environment.globals.update(values)
        blocks = self._parsed(body, first_line)
        try:
            text = self._for_markdown().from_string(hide_braces(body, blocks)).render()
        except jinja2.TemplateError as error:
            raise self._error(error, first_line) from None
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            # What an expression in the text raised.
            line = _line_in_body(error)
            where = f"{self._shown}/index.md:{first_line + line - 1 if line else first_line}"
            raise RenderError(
                f"{type(error).__name__}: {error}.", where=where, remedy=_BRACES
            ) from None
        if text != body:
            blocks = self._parsed(text, first_line)
        plain = write(blocks, self._code_block, self._marks)
        html = _SECTION_END.sub("\n</section>", _converter().reset().convert(plain))
        return Markup(show_braces(self._put_back(html)))

    def _parsed(self, text: str, first_line: int) -> list[Block]:
        try:
            return parse(text)
        except TooDeep as error:
            problem, remedy, line = f"lists nest deeper than {DEEPEST}.", "", error.line
        except Unclosed as error:
            problem, remedy = "the code block is never closed.", "Add a line of ``` behind it."
            line = error.line
        where = f"{self._shown}/index.md:{first_line + line}"
        raise RenderError(problem, where=where, remedy=remedy)

    def _code_block(self, text: str) -> str:
        """Sets a block of code aside that stands in a list or a quote."""
        return self._set_aside(_code_converter().reset().convert(text))

    def _for_markdown(self) -> jinja2.Environment:
        """Markdown is not HTML yet, so a value keeps its quotes and ampersands; and
        ``{#name}`` behind a heading is its id, not a comment."""
        return self.environment.overlay(
            autoescape=False, comment_start_string="{##", comment_end_string="##}"
        )

    def _code(self, reference: str) -> str:
        """``page.js#model``: that section of the file; ``page.js``: all of it.

        Type annotations in JSDoc are left out: they are for the type checker, not for a reader
        who meets the code for the first time.
        """
        name, _, part = reference.partition("#")
        text = self._own(name)
        if text is None:
            raise RenderError(
                f"there is no file {name!r} in the page's folder.",
                remedy="code() takes a file beside or below index.md, models/NAME.py and "
                "datasets/NAME.py of those that the page names, or site/runtime/NAME.js; and a "
                "section after '#'.",
            )
        if part:
            text = section(text, part, f"{self._shown}/{name}")
        if name.endswith(".js"):
            text = without_types(text)
        try:
            lexer = get_lexer_for_filename(name)
        except ClassNotFound:
            raise RenderError(f"{name!r} is in no language that can be highlighted.") from None
        shown = highlight(text, lexer, HtmlFormatter(cssclass="code"))
        caption = f"{name}, section {part}" if part else name
        return self._set_aside(
            f'<figure class="listing"><figcaption>{caption}</figcaption>'
            f"{shown.replace('<pre>', PRE, 1)}</figure>"
        )

    def _stage(self, name: str) -> str:
        """The partial ``NAME.html`` of the page's folder, as the experiment of its section."""
        inner = self.environment.get_template(f"{name}.html").render()
        return self._set_aside(f'<div class="stage" id="stage-{name}">{inner}</div>')

    def _own(self, name: str) -> str | None:
        """The text of one of the page's files; None if it has no such file."""
        path = self._files.get(name)
        looked_for = Path(self._shown, name) if path is None else path.relative_to(self._root)
        if ".." not in looked_for.parts and not looked_for.is_absolute():
            self.read.add(looked_for.as_posix())
        try:
            return path.read_text("utf-8") if path else None
        except UnicodeDecodeError:
            raise RenderError("not UTF-8 text.", where=f"{self._shown}/{name}") from None

    def _set_aside(self, html: str) -> str:
        token = f"aside{self._mark}n{len(self._aside)}n"
        self._aside[token] = html
        return token

    def _put_back(self, html: str) -> str:
        # Backwards: a stage was set aside after the code inside it.
        for token, aside in reversed(self._aside.items()):
            html = html.replace(f"<p>{token}</p>", aside).replace(token, aside)
        return html.replace('<div class="code"><pre>', f'<div class="code">{PRE}')

    def _error(self, error: jinja2.TemplateError, first_line: int) -> RenderError:
        where = f"{self._shown}/index.md"
        if isinstance(error, jinja2.TemplateSyntaxError):
            inside = error.name and error.name != "<template>"
            line = error.lineno if inside else first_line + error.lineno - 1
            return RenderError(
                f"{error.message}.",
                where=f"{error.name if inside else where}:{line}",
                remedy="" if inside else _BRACES,
            )
        if isinstance(error, jinja2.TemplateNotFound):
            return RenderError(f"there is no template {error.name!r}.", where=where)
        line = _line_in_body(error)
        return RenderError(
            f"{error}.",
            where=f"{where}:{first_line + line - 1}" if line else where,
            remedy=_BRACES if line else "",
        )


@cache
def _converter() -> markdown.Markdown:
    """Made once for a process: making one takes longer than most pages do."""
    return markdown.Markdown(
        extensions=EXTENSIONS, extension_configs=SETTINGS, output_format="html"
    )


@cache
def _code_converter() -> markdown.Markdown:
    """For a block of code alone."""
    return markdown.Markdown(
        extensions=["fenced_code", "codehilite", "attr_list"],
        extension_configs={"codehilite": SETTINGS["codehilite"]},
        output_format="html",
    )


# A listing scrolls sideways, and what scrolls must be reachable by keyboard.
PRE = '<pre tabindex="0">'


_JSDOC_LINES = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*?@(?:(?!\*/).)*\*/[ \t]*\n", re.M | re.S)
_JSDOC_CAST = re.compile(r"/\*\* @type (?:(?!\*/).)*\*/ ?", re.S)
# Parentheses that only a cast needed: around a name or one call.
_JSDOC_WRAP = re.compile(r"/\*\* @type (?:(?!\*/).)*\*/ \(([\w.$]+(?:\([^()]*\))?)\)", re.S)


def without_types(script: str) -> str:
    """JavaScript without the JSDoc comments that hold tags (``@param``, ``@type``, …)."""
    plain = _JSDOC_WRAP.sub(r"\1", _JSDOC_LINES.sub("", script))
    return _JSDOC_CAST.sub("", plain)


def number(value: float) -> str:
    """1234567 as 1,234,567."""
    return f"{value:,}"


def megabytes(value: float) -> str:
    """Bytes as megabytes with one decimal."""
    return f"{value / 1e6:.1f} MB"


def kilobytes(value: float) -> str:
    """Bytes as kilobytes, or as megabytes from a million on."""
    return megabytes(value) if value >= 1e6 else f"{value / 1e3:.0f} KB"


def metric(value: float) -> str:
    """0.99321 as 0.9932; whole numbers as they are."""
    return f"{value:.4f}"


def _line_in_body(error: Exception) -> int:
    """The line of the Markdown in an error raised while a template ran."""
    trace = error.__traceback__
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
