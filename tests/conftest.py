"""Fixtures: a small project to build, servers on loopback, and a browser."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from textwrap import dedent
from unittest import mock

import pytest

from prebake.build import Built, Options, build
from prebake.cli import main
from prebake.effects import SilentEffects
from tests.executor import in_process

from .serving import Served

ROOT = Path(__file__).resolve().parent.parent

DOTS = """
    from prebake import Dataset, Samples, Synthetic

    def draw(seed):
        import numpy as np
        random = np.random.default_rng(seed)
        labels = np.arange(60) % 2
        images = random.integers(0, 90, (60, 8, 8), dtype=np.uint8)
        images[labels == 1] += 100
        return Samples(images, labels)

    dots = Dataset(
        title="Dots", classes=["dark", "light"], tile=(8, 8, 1), licence="CC0-1.0",
        sources={"made": Synthetic(draw, seed=3)},
    )
"""


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """With a folder as the current one."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


class SmallProject:
    """A project in a temporary folder, with a store of its own.

    ``build`` and ``run`` (a command) do their work in this process, unless ``workers`` is true;
    what ``start`` starts is a process of its own, with workers.
    """

    def __init__(self, root: Path, store: Path) -> None:
        self.root = root
        self.store = store
        self.out = root / "_site"
        self.jobs = 2
        self.workers = False
        self.effects = SilentEffects()
        (root / "node_modules").symlink_to(ROOT / "node_modules")
        self.write("site/site.toml", '[site]\ntitle = "Test"\nurl = "https://example.org/t/"\n')
        self.write("site/styles/site.css", "body { margin: 0 }\n")
        self.write("datasets/dots.py", DOTS)
        self.write("templates/gallery.html", "{{ cards | length }} cards {{ content }}")
        self.write("templates/page.html", "<h1>{{ page.title }}</h1>{{ content }}")
        self.page("home", "Home", "All pages", "Hello.", template="gallery")
        self.page("one", "One", "The first", "Some *text*.", datasets="[dots]", picture="dots")

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), "utf-8")
        return file

    def page(self, name: str, title: str, summary: str, body: str, **front: str) -> Path:
        keys = "".join(f"{key}: {value}\n" for key, value in front.items())
        path = "site/index.md" if name == "home" else f"site/{name}/index.md"
        return self.write(path, f"---\ntitle: {title}\nsummary: {summary}\n{keys}---\n{body}\n")

    def options(self, **given: object) -> Options:
        usual = {"root": self.root, "out": self.out, "store": self.store, "jobs": self.jobs}
        return Options(**{**usual, **given})  # type: ignore[arg-type]

    def build(self, **given: object) -> Built:
        self.effects = SilentEffects()
        with nullcontext() if self.workers else in_process(self.root):
            return build(self.options(**given), self.effects)

    def statuses(self, built: Built) -> dict[str, str]:
        return {name: outcome.status for name, outcome in built.outcomes.items()}

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PREBAKE_STORE": str(self.store), "PYTHONPATH": str(ROOT)}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "prebake.cli", *words],
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell lets what it starts in the background ignore Ctrl-C; that is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command, as :meth:`start` would run it, but in this process."""
        out, error = StringIO(), StringIO()
        given = {"PREBAKE_STORE": str(self.store)}
        handler = signal.getsignal(signal.SIGTERM)
        try:
            with (
                inside(self.root),
                mock.patch.dict(os.environ, given),
                in_process(self.root),
                redirect_stdout(out),
                redirect_stderr(error),
                pytest.raises(SystemExit) as ending,
            ):
                main(words)
        finally:
            signal.signal(signal.SIGTERM, handler)
        code = ending.value.code
        assert isinstance(code, int)
        return subprocess.CompletedProcess(words, code, out.getvalue(), error.getvalue())


PROVED = ("tests/prove/", "tests/site/")
"""Folders with what ``make prove`` runs, apart from the tests that are marked ``quick``."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out proofs, unless they are asked for by ``-m`` or a single test is named."""
    for item in items:
        inside = item.path.is_relative_to(ROOT) and item.path.relative_to(ROOT).as_posix()
        if inside and inside.startswith(PROVED) and not item.get_closest_marker("quick"):
            item.add_marker("prove")
    if config.option.markexpr or any("::" in arg for arg in config.args):
        return
    proofs = [item for item in items if item.get_closest_marker("prove")]
    config.hook.pytest_deselected(items=proofs)
    items[:] = [item for item in items if not item.get_closest_marker("prove")]


def copy_of_this_project(folder: Path) -> Path:
    """This project in another folder, to change it and build it there."""
    folder.mkdir()
    for name in ("site", "datasets", "models", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("node_modules", "package.json", "package-lock.json", "prebake", "build.py"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def build_copy(folder: Path, *words: str) -> Path:
    """The built site of such a copy, with further words on the command line."""
    done = subprocess.run(
        [sys.executable, "build.py", "--quiet", *words], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder / "_site"


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    return SmallProject(_made(tmp_path / "project"), tmp_path / "store")


def _made(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.fixture
def start_serving(project: SmallProject) -> Iterator[Callable[..., Served]]:
    """Starts ``serve``, after the test has written into the project what it wants."""
    started = []

    def start(*words: str) -> Served:
        process = project.start("serve", "--port", "0", *words)
        started.append(process)
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert found, line
        return Served(process, found[0])

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=20)
        assert process.returncode == 0


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def serve_folder() -> Iterator[Callable[[Path], str]]:
    """Serves a folder on loopback and gives its address."""
    servers = []

    def serve(folder: Path) -> str:
        handler = functools.partial(QuietHandler, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="session")
def built_site() -> Path:
    """This project's own site, brought up to date."""
    done = subprocess.run(
        [sys.executable, "build.py", "--quiet"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return ROOT / "_site"


@pytest.fixture(scope="session")
def site_url(
    built_site: Path, serve_folder: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The address of the site under a path, as GitHub Pages serves a project's."""
    host = tmp_path_factory.mktemp("host")
    shutil.copytree(built_site, host / "some" / "path")
    return serve_folder(host) + "some/path/"
