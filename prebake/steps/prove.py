"""The step that replays a compiled model's golden samples in Node."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..errors import ToolError
from ..tfjs.replay import prove

if TYPE_CHECKING:
    from ..graph.step import Context

RUNTIME = "site/runtime/model.js"


def run(context: Context) -> None:
    """Writes ``parity.json``.

    Raises:
        ProofError: if the browser's modules do not answer as Python did.
    """
    root = context.root
    if not (root / RUNTIME).is_file():
        raise ToolError(
            "there is no such file, and a compiled model is proven with it.",
            where=RUNTIME,
            remedy="Take site/runtime from prebake's own site.",
        )
    (manifest,) = context.inputs["model"].glob("site/models/*/*/manifest.json")
    context.progress(0, 1, "replay in Node")
    parity = prove(root, manifest, f"model {context.params['name']!r}")
    (context.out / "parity.json").write_text(json.dumps({"node": parity}, indent=1))
    context.progress(1, 1, "replay in Node")
