"""What a compiled model ships beside its weights: ``manifest.json`` and the golden samples.

docs/formats.md describes both.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = "prebake-model/1"
GOLDEN = "golden.bin"


def file_entries(folder: Path) -> list[dict[str, Any]]:
    """model.json and its shards in their order, each with size and CRC-32."""
    document = json.loads((folder / "model.json").read_text("utf-8"))
    shards = [path for group in document["weightsManifest"] for path in group["paths"]]
    return [file_entry(folder, name) for name in ["model.json", *shards]]


def file_entry(folder: Path, name: str) -> dict[str, Any]:
    data = (folder / name).read_bytes()
    return {"path": name, "bytes": len(data), "crc32": zlib.crc32(data)}


def write_golden(
    folder: Path,
    raw: np.ndarray,
    outputs: np.ndarray,
    names: Sequence[str],
    bound: float,
) -> dict[str, Any]:
    """Writes the golden samples of the model in ``folder``.

    The file is a little-endian uint32, so many bytes of JSON, and the data that the JSON
    describes: it is fetched at once, and cannot be mixed with another model's, as it names the
    checksums of the files it belongs to.

    Args:
        raw: ``uint8 [n, h, w, c]`` images or float32 inputs ``[n, …]``.
        outputs: float32 ``[n, …]``, what Python answered.
        names: the likeliest class of each; empty without classes.
        bound: the largest absolute error that passes.

    Returns:
        Its entry in the manifest.
    """
    raw = np.ascontiguousarray(raw)
    each = raw[:1].nbytes
    start = -(-raw.nbytes // 4) * 4
    described = {
        "format": "prebake-golden/1",
        "model": "-".join(f"{entry['crc32']:x}" for entry in file_entries(folder)),
        "bound": bound,
        "samples": [
            {"shape": list(raw.shape[1:]), "dtype": str(raw.dtype), "offset": i * each}
            for i in range(len(raw))
        ],
        "outputs": {"shape": list(outputs.shape), "offset": start},
        "names": list(names),
    }
    text = json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode()
    padding = b"\0" * (start - raw.nbytes)
    answers = np.ascontiguousarray(outputs, "<f4").tobytes()
    data = struct.pack("<I", len(text)) + text + raw.tobytes() + padding + answers
    (folder / GOLDEN).write_bytes(data)
    entry = file_entry(folder, GOLDEN)
    return {"file": entry["path"], "bytes": entry["bytes"], "crc32": entry["crc32"]}


def write_manifest(folder: Path, manifest: dict[str, Any]) -> str:
    """Writes ``manifest.json`` and returns its digest, which names the folder in the site."""
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    files = b"".join(hashlib.sha256(p.read_bytes()).digest() for p in sorted(folder.iterdir()))
    digest = hashlib.sha256(text.encode() + files).hexdigest()[:16]
    document = {"format": FORMAT, **manifest, "digest": digest}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    (folder / "manifest.json").write_text(text, "utf-8")
    return digest
