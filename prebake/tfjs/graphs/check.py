"""The check of a written model, in Node, with the packages of the project's node_modules."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import ModelError, ToolError, UnsupportedLayer
from .node import place_of_node

SCRIPT = Path(__file__).parent.parent / "operators.mjs"


def check_operators(folder: Path, root: Path, backends: Sequence[str]) -> list[str]:
    """Runs a graph model once on zeros in Node and demands that every backend can.

    Every operator has to be known to tfjs-converter, and every kernel that ran has to be
    registered on each backend. WASM computes, or plain JavaScript where it cannot; of WebGL and
    WebGPU, which do not start in Node, the list of kernels is read.

    Args:
        root: the project, whose node_modules are used.
        backends: those that a page may use.

    Returns:
        The kernels that one prediction runs, each once.

    Raises:
        UnsupportedLayer: naming the operators, their layers, and what lacks them.
        ToolError: if Node or a package is missing.
    """
    places = {"root": str(root.resolve()), "folder": str(folder.resolve())}
    answer = _run_node({**places, "backends": list(backends)})
    if answer["problems"]:
        raise _refusal(answer["problems"], backends)
    return list(answer["kernels"])


def _refusal(problems: Sequence[dict[str, Any]], backends: Sequence[str]) -> UnsupportedLayer:
    """One error for all problems; those that differ by their backend only are told as one."""
    groups: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for problem in problems:
        key = f"{problem['kind']} {problem['node']} {problem.get('kernel')}"
        _, lacking = groups.setdefault(key, (problem, []))
        lacking += [problem["backend"]] if problem["backend"] else []
    first, *others = [_sentence(problem, lacking) for problem, lacking in groups.values()]
    told = " ".join([first, *(other[0].upper() + other[1:] for other in others)])
    without = {problem["backend"] for problem in problems}
    able = [] if None in without else [each for each in backends if each not in without]
    return UnsupportedLayer(told, where=place_of_node(problems[0]["node"]), remedy=_remedy(able))


def _sentence(problem: dict[str, Any], lacking: Sequence[str]) -> str:
    operator = f"the operator {problem['op']} (node {problem['node']!r})"
    if problem["kind"] == "operator":
        return f"{operator} is not one of tfjs."
    if problem["kind"] == "asynchronous":
        return (
            f"{operator} is a loop, a branch, a table or of a size that depends on values; tfjs "
            "runs such graphs only asynchronously, and pages do not."
        )
    names = " and ".join(lacking)
    if problem["kind"] == "wrong":
        return f"{operator} runs the kernel {problem['kernel']}, which {names} computes wrongly."
    if problem["kind"] == "kernel":
        lacks = f"backend {names} lacks" if len(lacking) == 1 else f"backends {names} lack"
        return f"{operator} runs the kernel {problem['kernel']}, which the {lacks}."
    on = f" on the backend {lacking[0]}" if lacking else ""
    return f"{operator} cannot be computed by tfjs{on}: {problem['message']}."


def _remedy(able: Sequence[str]) -> str:
    if able:
        listed = ", ".join(repr(backend) for backend in able)
        comma = "," if len(able) == 1 else ""
        return f"Declare Export(backends=({listed}{comma})), or replace the layer."
    return "Replace the layer."


def _run_node(request: dict[str, Any]) -> dict[str, Any]:
    node = shutil.which("node")
    if node is None:
        raise ToolError("Node is not installed.", remedy="Install Node 20 or newer.")
    done = subprocess.run(
        [node, str(SCRIPT)], input=json.dumps(request), capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    if done.returncode != 0 or not lines:
        said = [line for line in done.stderr.splitlines() if "Error" in line] or ["no message"]
        raise ToolError(f"Node ended with status {done.returncode}: {said[0]}.", where=SCRIPT.name)
    answer = dict(json.loads(lines[-1]))
    if "missing" in answer:
        raise ToolError(
            f"the package {answer['missing']} is not installed.",
            where="node_modules",
            remedy="Run 'npm ci', or 'make site', which does it.",
        )
    if "error" in answer:
        raise ModelError(f"tfjs cannot load the model: {answer['error']}", where=request["folder"])
    return answer
