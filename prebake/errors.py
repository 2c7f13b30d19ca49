"""The tree of errors that a user may meet.

::

    PrebakeError                  the build cannot go on; exit status 1
    ├── UsageError                a wrong option or argument; exit status 2
    ├── DeclarationError          site.toml, a front matter, a Dataset: file, line, remedy
    ├── AuthorError               the author's own code raised an exception
    ├── SourceError               the bytes of a dataset could not be had
    │   ├── DownloadError         host unreachable, refused, or broke off
    │   └── HashMismatch          the bytes are not those that were pinned
    ├── DatasetError              the samples do not fit their declaration
    ├── ModelError                a model cannot be built, read, trained or exported
    │   ├── UnsupportedLayer      tfjs cannot compute a layer as Keras does
    │   └── ExpectationMissed     a metric is not what the declaration expects
    ├── ProofError                the browser's answer is not Python's
    ├── RenderError               a template or a Markdown file
    ├── BundleError               esbuild refused a script
    ├── ToolError                 Node, npm or a browser is missing or failed
    ├── StoreError                the store cannot be read or written
    │   └── DamagedArtifact       its bytes are not those that were stored
    └── BuildFailed               one or more steps failed; holds their errors

Every message is a sentence that names the place, what was expected and found, and, as its
last sentence, what to do next.
"""

from __future__ import annotations

from typing import Any


class PrebakeError(Exception):
    """An error with a place, a problem and a remedy; each a sentence or empty.

    Args:
        problem: what was expected and what was found.
        where: the file (and line) or the thing, as the user would write it.
        remedy: what to do next.
    """

    exit_code = 1

    def __init__(self, problem: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.problem}{remedy}"

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders; the default would lose the keyword arguments.
        return _rebuild, (type(self), self.__dict__)


def _rebuild(kind: type[PrebakeError], state: dict[str, Any]) -> PrebakeError:
    error = kind.__new__(kind)
    Exception.__init__(error, state["problem"])
    error.__dict__.update(state)
    return error


class UsageError(PrebakeError):
    exit_code = 2


class DeclarationError(PrebakeError):
    pass


class AuthorError(PrebakeError):
    """``details`` holds the traceback, which ``--verbose`` shows."""

    def __init__(
        self, problem: str, *, where: str = "", remedy: str = "", details: str = ""
    ) -> None:
        super().__init__(problem, where=where, remedy=remedy)
        self.details = details


class SourceError(PrebakeError):
    pass


class DownloadError(SourceError):
    pass


class HashMismatch(SourceError):
    pass


class DatasetError(PrebakeError):
    pass


class ModelError(PrebakeError):
    pass


class UnsupportedLayer(ModelError):
    """``where`` names the layer and its place in the model."""


class ExpectationMissed(ModelError):
    pass


class ProofError(PrebakeError):
    pass


class RenderError(PrebakeError):
    pass


class BundleError(PrebakeError):
    pass


class ToolError(PrebakeError):
    pass


class StoreError(PrebakeError):
    pass


class DamagedArtifact(StoreError):
    def __init__(self, digest: str, detail: str) -> None:
        super().__init__(
            f"the stored artifact {digest[:12]} is damaged ({detail}).",
            remedy="It is made again by the next build.",
        )
        self.digest = digest
        self.detail = detail


class BuildFailed(PrebakeError):
    """Every failure of a build, by the name of its step."""

    def __init__(self, failures: dict[str, PrebakeError], skipped: list[str]) -> None:
        lines = [f"{name}: {error}" for name, error in failures.items()]
        if skipped:
            lines.append(f"not reached because of that: {', '.join(skipped)}")
        super().__init__("\n".join(lines))
        self.failures = failures
        self.skipped = skipped
