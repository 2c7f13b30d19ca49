"""The scripts behind make, on machines that lack something."""

import json
import os
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
import yaml

from prebake.steps.extras import style_hash
from prebake.steps.render import POLICY

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]


def run(script, *words, path, **environment):
    return subprocess.run(
        ["/bin/sh", f"scripts/{script}", *words],
        cwd=ROOT,
        env={"PATH": str(path), "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
    )


def tool(folder, name, answer):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(0o755)
    return folder


def test_without_python_one_sentence_says_which_is_needed(tmp_path):
    (tmp_path / "bin").mkdir()
    done = run("setup", str(tmp_path / "venv"), ".", path=tmp_path / "bin")
    assert done.returncode == 1
    assert done.stderr == (
        "error: prebake needs Python 3.10, 3.11 or 3.12; this machine has no Python. Install one, "
        "or name it: make site PYTHON=/path/to/python\n"
    )


def test_a_python_that_is_too_old_is_named(tmp_path):
    answer = '[ "$1" = --version ] && echo "Python 3.9.2" || exit 1'
    folder = tool(tmp_path / "bin", "python3", answer)
    done = run("setup", str(tmp_path / "venv"), ".", path=folder)
    assert "this machine has Python 3.9.2" in done.stderr


def test_a_python_without_venv_is_told_the_package(tmp_path):
    folder = tool(tmp_path / "bin", "python3", 'case "$2" in *ensurepip*) exit 1;; esac; exit 0')
    done = run("setup", str(tmp_path / "venv"), ".", path=folder)
    assert done.returncode == 1
    assert (
        "python3 has no venv module. Install it (on Debian: apt-get install python3-venv)"
        in done.stderr
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "prebake needs Node 20 or newer with npm; this machine has none"),
        (
            '[ "$1" = --version ] && echo v18.1.0 || exit 1',
            "prebake needs Node 20 or newer; this machine has v18.1.0",
        ),
    ],
)
def test_node_that_is_missing_or_too_old(tmp_path, answer, message):
    folder = tmp_path / "bin"
    folder.mkdir()
    if answer:
        tool(folder, "node", answer)
        tool(folder, "npm", "exit 0")
    done = run("node", path=folder)
    assert done.returncode == 1
    assert message in done.stderr


def test_build_py_without_the_packages_says_what_to_run():
    done = subprocess.run(
        [sys.executable, "-S", "build.py"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: the Python package 'click' is not installed.")
    assert "Run 'make site' once" in done.stderr


def test_make_help_lists_every_target():
    done = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    targets = set(re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)[0].split())
    assert {line.split()[1] for line in done.stdout.splitlines()} == targets


def test_ci_calls_the_test_command_of_the_readme_and_then_the_proofs():
    assert (ROOT / ".ci" / "run").read_text().endswith("\nmake test\nmake prove\n")
    assert "make test" in (ROOT / "README.md").read_text()


def test_every_python_package_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {
        re.split(r"==", line)[0].lower()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    extras = project["optional-dependencies"].values()
    for requirement in [*project["dependencies"], *chain.from_iterable(extras)]:
        name = re.match(r"[\w-]+", requirement)[0].lower()
        assert name in pinned, name


def test_no_registry_is_named_in_what_is_locked():
    for name in ("package-lock.json", "constraints.txt"):
        assert not re.search(
            r"registry|index-url|pypi\.org|\"resolved\"", (ROOT / name).read_text()
        ), name


def test_javascript_versions_are_exact():
    package = json.loads((ROOT / "package.json").read_text())
    for version in {**package["dependencies"], **package["devDependencies"]}.values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)


def test_firebase_serves_the_site_with_the_pages_own_policy():
    hosting = json.loads((ROOT / "firebase.json").read_text())["hosting"]
    assert hosting["public"] == "_site"
    headers = {
        h["source"]: {x["key"]: x["value"] for x in h["headers"]} for h in hosting["headers"]
    }
    # A browser applies this policy and the page's own: 404.html has a style of its own.
    policy = POLICY.replace("style-src 'self'", f"style-src 'self' {style_hash()}")
    assert headers["**"]["Content-Security-Policy"] == f"{policy}; frame-ancestors 'none'"
    for folder in ("assets/**", "data/**", "models/**", "**/files/**"):
        assert "immutable" in headers[folder]["Cache-Control"]


def test_the_pages_workflow_runs_the_commands_of_the_readme():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text())
    steps = workflow["jobs"]["build"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    assert any("make site" in command for command in commands)
    assert any("make check" in command for command in commands)
    assert workflow["jobs"]["build"]["timeout-minutes"] <= 120
    uses = {step["uses"].partition("@")[0]: step for step in steps if "uses" in step}
    assert uses["actions/setup-python"]["with"]["cache"] == "pip"
    assert uses["actions/setup-node"]["with"]["cache"] == "npm"
    # Also of a run that failed: what it had made is not made twice.
    assert uses["actions/cache/save"]["if"] == "always()"
    upload = next(s for s in steps if s.get("uses", "").startswith("actions/upload-pages-artifact"))
    assert upload["with"]["path"] == "_site"
    assert workflow["jobs"]["deploy"]["needs"] == "build"
