"""Templates: where they are looked for, and what compiling them gave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import CodeType

import jinja2
from jinja2.bccache import Bucket


class Templates(jinja2.BaseLoader):
    """Looks for a template in a page's own folder, then in that of the templates.

    Args:
        own: from a name to the text of one of the page's files, or None.
        folder: of the templates.
        read: every file that is read or looked for there is added, relative to the project.
    """

    def __init__(self, own: Callable[[str], str | None], folder: Path, read: set[str]) -> None:
        self._own = own
        self._shared = jinja2.FileSystemLoader(folder)
        self._name = folder.name
        self._read = read

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The text of a template, its file, and whether it is still that.

        Raises:
            jinja2.TemplateNotFound: if it is in neither place.
        """
        text = self._own(template)
        if text is not None:
            return text, None, None
        if not template.startswith("/") and ".." not in template.split("/"):
            self._read.add(f"{self._name}/{template}")
        return self._shared.get_source(environment, template)


class Compiled(jinja2.BytecodeCache):
    """What compiling templates gave, kept in memory by their content: every page has an
    environment of its own, and most pages use the same templates."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._code[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()
