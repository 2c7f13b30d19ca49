"""Running compiled models in Node: the golden samples' replay, and answers for many samples."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError, ProofError, ToolError

SCRIPT = Path(__file__).with_suffix(".mjs")


@dataclass(frozen=True)
class Answers:
    """What a model answered in Node.

    Args:
        outputs: float32 ``[n, …]``.
        kernels: how many kernels tfjs runs for one pass.
    """

    outputs: np.ndarray
    kernels: int


def answers(root: Path, folder: Path, inputs: np.ndarray, backend: str = "wasm") -> Answers:
    """The first output of the tfjs model in ``folder``.

    Args:
        root: the project, whose node_modules are used.
        inputs: float32 ``[n, …]``, preprocessed.
        backend: ``wasm`` or ``cpu``.

    Raises:
        ModelError: if tfjs cannot load or run it.
    """
    with tempfile.TemporaryDirectory(prefix="prebake-") as held:
        given, out = Path(held, "inputs.bin"), Path(held, "outputs.bin")
        np.ascontiguousarray(inputs, np.float32).tofile(given)
        job = {"folder": str(folder), "inputs": str(given), "shape": list(inputs.shape)}
        answer = run_node(root, {"answer": {**job, "out": str(out), "backend": backend}})
        if "error" in answer:
            raise ModelError(f"TensorFlow.js cannot run it: {answer['error']}.")
        outputs = np.fromfile(out, np.float32).reshape(answer["shape"])
        return Answers(outputs, answer["kernels"])


def prove(root: Path, manifest: Path, where: str) -> dict[str, Any]:
    """Replays the golden samples with the runtime's own modules, on the cpu backend.

    Returns:
        ``max_abs_error``, ``top1_agreement`` (0..1; None without classes) and ``samples``.

    Raises:
        ProofError: if an answer is not what Python computed, or a class changed.
    """
    answer = run_node(root, {"prove": {"manifest": str(manifest)}})
    if "error" in answer:
        raise ProofError(f"the golden samples cannot be replayed: {answer['error']}", where=where)
    parity, bound = dict(answer["parity"]), answer["bound"]
    demand_parity(parity, bound, "Node", where)
    parity.pop("changed")
    return parity


def demand_parity(parity: dict[str, Any], bound: float, on: str, where: str) -> None:
    """Compares a replay with what it must reach.

    Raises:
        ProofError: with the error, the bound, and the first changed class.
    """
    error = parity["max_abs_error"]
    if error is None or not error <= bound:
        shown = "infinite" if error is None else f"{error:.2g}"
        raise ProofError(
            f"on {on} its answers differ from Python's by {shown}, expected at most {bound:.2g}.",
            where=where,
            remedy="The files, the labels or the preprocessing are not those of the build: build "
            "again with --force.",
        )
    if parity["changed"]:
        raise ProofError(
            f"on {on} the class changed in {len(parity['changed'])} of {parity['samples']} golden "
            f"samples ({parity['changed'][0]}).",
            where=where,
            remedy="The labels or the model are not those of the build: build again with --force.",
        )


def run_node(root: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Runs the script with a request.

    Raises:
        ToolError: if Node is missing or crashes.
    """
    node = shutil.which("node")
    if node is None:
        raise ToolError("Node is not installed.", remedy="Install Node 20 or newer.")
    given = json.dumps({"root": str(root), **request})
    done = subprocess.run([node, str(SCRIPT)], input=given, capture_output=True, text=True)
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise ToolError(f"Node ended with status {done.returncode}: {_complaint(done.stderr)}.")
    return dict(json.loads(lines[-1]))


def _complaint(printed: str) -> str:
    """What Node says is wrong: the line with the error, not the stack and the version behind it.
    No path of a folder that is gone by then."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.match(line)]
    plain = [line for line in lines if not line.startswith(("at ", "Node.js v"))]
    found = (errors or plain[-1:] or ["no message"])[0]
    return re.sub(r"(?:file://)?/\S*/", "", found).rstrip(".")


_ERROR = re.compile(r"(?:Uncaught )?(?:\w*Error|RuntimeError|Aborted)\b.*:? .+")
