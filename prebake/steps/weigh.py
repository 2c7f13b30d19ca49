"""The step that says how large the scripts are, compressed as a host sends them.

Only the report reads it: pages do not wait for it. To compress at the highest level takes several
times as long as to bundle, so that each content is compressed once in a checkout.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ToolError
from ..notes import recall, remember

if TYPE_CHECKING:
    from ..graph.step import Context

Sizes = dict[str, dict[str, int]]
KINDS = {"raw", "gzip", "brotli"}


def run(context: Context) -> None:
    """Writes ``sizes.json``: for each script, by its address below the site, its bytes as they are
    (``raw``), with gzip at level 9 and with brotli at level 11."""
    files = {
        path.relative_to(folder).as_posix(): path
        for name, folder in context.inputs.items()
        if name != "tool"
        for path in sorted(folder.rglob("*.js"))
    }
    digests = {each: hashlib.sha256(path.read_bytes()).hexdigest() for each, path in files.items()}
    memory = context.root / ".prebake" / "sizes.json"
    known = read_sizes(memory)
    fresh = {str(path): digests[each] for each, path in files.items() if digests[each] not in known}
    if fresh:
        known |= {
            fresh[path]: sizes
            for path, sizes in _weigh(context.inputs["tool"] / "steps" / "weigh.mjs", fresh).items()
        }
        remember(memory, {digest: known[digest] for digest in digests.values()})
    sizes = {each: known[digests[each]] for each in sorted(files)}
    (context.out / "sizes.json").write_text(json.dumps(sizes, indent=1), "utf-8")


def read_sizes(memory: Path) -> Sizes:
    """The sizes that an earlier build noted, by SHA-256 of the content; none that cannot be
    read."""
    return {digest: sizes for digest, sizes in recall(memory).items() if _is_size(sizes)}


def _is_size(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == KINDS
        and all(isinstance(each, int) and each >= 0 for each in value.values())
    )


def _weigh(script: Path, paths: dict[str, str]) -> Sizes:
    node = shutil.which("node")
    if node is None:
        raise ToolError("Node is not installed.", remedy="Install Node 20 or newer.")
    done = subprocess.run(
        [node, str(script)], input=json.dumps(list(paths)), capture_output=True, text=True
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ToolError(f"Node could not compress the scripts: {last}.")
    return dict(json.loads(done.stdout))
