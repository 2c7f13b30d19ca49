"""The steps that bundle scripts and styles with esbuild."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BundleError, ToolError

if TYPE_CHECKING:
    from ..graph.step import Context

ASSETS = "site/assets"

REDIRECTS = [
    # tfjs-vis draws through vega-embed. The page's policy forbids eval, which Vega needs unless
    # it is given an interpreter for its expressions; this module gives it.
    {
        "inside": "@tensorflow/tfjs-vis",
        "asked": "vega-embed",
        "given": "site/runtime/vis/vega-embed.js",
    },
    # It asks for the whole core, every operation of which would then be loaded at once.
    {
        "inside": "@tensorflow/tfjs-vis",
        "asked": "@tensorflow/tfjs-core",
        "given": "site/runtime/vis/core.js",
    },
    # What every page would carry and none needs.
    {
        "inside": "@tensorflow/tfjs-core",
        "asked": "seedrandom",
        "given": "site/runtime/lean/seedrandom.js",
    },
    {
        "inside": "@tensorflow/tfjs-core",
        "asked": "./hash_util",
        "given": "site/runtime/lean/hash-util.js",
    },
    # Its styles come in a <style> element, which the policy forbids as well.
    {"inside": "glamor", "asked": "./sheet.js", "given": "site/runtime/vis/style-sheet.js"},
]


def scripts(context: Context) -> None:
    """Bundles each page's script; what pages share goes into files of its own.

    Writes ``site/assets/*.js`` and for each page ``pages/NAME.json``: the script's address, the
    files to preload, and the scripts that are loaded at once and on demand.
    """
    entries: Mapping[str, str] = context.params["entries"]
    # Pages that share a script share its file.
    named = {path: page.replace("/", "-") for page, path in reversed(list(entries.items()))}
    named = {name: path for path, name in named.items()}
    outputs = _bundle(context, named, splitting=True) if entries else {}
    for page, path in entries.items():
        script = next(name for name, output in outputs.items() if output["entry"] == path)
        at_once = _reached(outputs, script, lazy=False)
        on_demand = _reached(outputs, script, lazy=True) - at_once
        described = {
            "script": f"assets/{script}",
            "files": sorted(
                f"assets/{each}"
                for name in at_once | on_demand
                for each in (name, *outputs[name]["assets"])
            ),
            "preload": sorted(f"assets/{name}" for name in at_once - {script}),
            "at_once": sorted(f"assets/{name}" for name in at_once),
            "on_demand": sorted(f"assets/{name}" for name in on_demand),
        }
        file = context.out / "pages" / f"{page}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(described, indent=1))


def check_script(context: Context) -> None:
    """Bundles the script that ``check`` runs, as :func:`scripts` does; the folder it lies in is
    renamed, so that it is not published."""
    scripts(context)
    # What lies below site/ is published: the check's own bundle lies one folder deeper.
    inner = context.out / "check"
    inner.mkdir()
    for name in ("site", "pages"):
        (context.out / name).rename(inner / name)


def style(context: Context) -> None:
    """Bundles ``site/styles/site.css``; writes ``site/assets/site-*.css`` and ``style.json``."""
    outputs = _bundle(context, {"site": "site/styles/site.css"}, splitting=False)
    name = next(name for name in outputs if name.endswith(".css"))
    described = {"style": f"assets/{name}"}
    (context.out / "style.json").write_text(json.dumps(described, indent=1))


def _bundle(context: Context, entries: Mapping[str, str], *, splitting: bool) -> dict[str, Any]:
    root = context.inputs["project"]
    request = {
        "root": str(root),
        "out": str(context.out / ASSETS),
        "entries": dict(entries),
        "splitting": splitting,
        "redirects": [each for each in REDIRECTS if (root / each["given"]).is_file()],
    }
    answer = _node(context.inputs["tool"] / "steps" / "bundle.mjs", request, root)
    if "errors" in answer:
        first, *rest = answer["errors"]
        more = f" ({len(rest)} more like it.)" if rest else ""
        raise BundleError(f"{first['text']}.{more}", where=first["where"])
    _demand_inside(answer["inputs"])
    # Packages are known by the lock file; a replacement counts before it is there, too.
    own = [path for path in answer["inputs"] if path.startswith("site/")]
    context.read("project", [*own, *(each["given"] for each in REDIRECTS)])
    return dict(answer["outputs"])


def _node(script: Path, request: Mapping[str, Any], root: Path) -> dict[str, Any]:
    node = shutil.which("node")
    if node is None:
        raise ToolError("Node is not installed.", remedy="Install Node 20 or newer.")
    if not (root / "node_modules" / "esbuild").is_dir():
        raise ToolError(
            "the packages of package.json are not installed.",
            where="node_modules",
            remedy="Run 'npm ci', or 'make site', which does it.",
        )
    _demand_locked(root)
    done = subprocess.run(
        [node, str(script)], input=json.dumps(request), capture_output=True, text=True
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BundleError(f"esbuild could not run: {last}.", remedy="Run 'npm ci' again.")
    return dict(json.loads(done.stdout))


def _demand_locked(root: Path) -> None:
    """The key knows the lock file; what is installed must be what it says."""
    lock, installed = root / "package-lock.json", root / "node_modules" / ".package-lock.json"
    if not lock.is_file() or not installed.is_file():
        return
    wanted = json.loads(lock.read_text("utf-8"))["packages"]
    present = json.loads(installed.read_text("utf-8"))["packages"]
    for path, package in wanted.items():
        found = present.get(path)
        if found is None and (not path or package.get("optional")):
            continue
        if found is None or found.get("version") != package.get("version"):
            has = found.get("version") if found else "nothing"
            raise ToolError(
                f"package-lock.json wants {path} {package.get('version')}, installed is {has}.",
                where="node_modules",
                remedy="Run 'npm ci', or 'make site', which does it.",
            )


def _demand_inside(inputs: Iterable[str]) -> None:
    """What a script imports must be known to the step's key: packages, or files of the site."""
    for path in inputs:
        inside = path.startswith("site/") and not path.startswith("site/static/")
        # esbuild marks what it replaces by nothing, such as Node's own modules.
        made_up = path.startswith(("<", "("))
        if not inside and "node_modules/" not in path and not made_up:
            raise BundleError(
                "a script imports it, but it lies outside site/ (or in site/static, which is "
                "copied as it is).",
                where=path,
                remedy="Move it below site/.",
            )


def _reached(outputs: Mapping[str, Any], start: str, *, lazy: bool) -> set[str]:
    """The files that ``start`` loads, with those on demand or without."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in found or name not in outputs:
            continue
        found.add(name)
        waiting += [i["path"] for i in outputs[name]["imports"] if lazy or not i["lazy"]]
    return found
