"""Proving the built site in headless Chromium: models on every backend, and every page."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .browser.gate import Watch, demand_no_leak, visit
from .browser.host import hosting
from .browser.launch import launch
from .effects import Effects
from .errors import BuildFailed, PrebakeError, ProofError
from .publish import read_report, write_report
from .steps.render import POLICY
from .tfjs.replay import demand_parity

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PREFIX = "/__prebake__/check/"
PAGE = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>check</title>\n'
    '<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    '<link rel="icon" href="data:,">\n'
    '<script type="module" src="{script}"></script></head><body></body></html>\n'
)


@dataclass
class Checked:
    """What was found: for each model its parity and latency by backend, and the failures."""

    parity: dict[str, dict[str, Any]] = field(default_factory=dict)
    latency: dict[str, dict[str, float]] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)
    failures: dict[str, PrebakeError] = field(default_factory=dict)


def check(
    out: Path,
    script: Path | None,
    effects: Effects,
    backends: Collection[str],
    checked_with: str = "",
) -> Checked:
    """Checks the site in ``out`` and writes what it found into its report.

    Args:
        script: the folder of the bundle that replays golden samples; None without models.
        backends: those to check beside what each model declares (``webgpu``).
        checked_with: the digest of that bundle, for the report.

    Raises:
        BuildFailed: with every failure, after all has been checked and the report is written.
    """
    report = read_report(out)
    found = Checked()
    with _browsing(out, script, webgpu="webgpu" in backends) as (browser, url):
        for name in report.get("models", {}):
            _check_model(browser, url, out, name, backends, effects, found)
        for name, page in report.get("pages", {}).items():
            _check_page(browser, url, name, page, effects, found)
    _note(out, found, checked_with)
    if found.failures:
        raise BuildFailed(found.failures, [])
    return found


@contextmanager
def _browsing(out: Path, script: Path | None, *, webgpu: bool) -> Iterator[tuple[Browser, str]]:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="prebake-check-") as held:
        folder = Path(held) / "check"
        if script is None:
            folder.mkdir()
        else:
            shutil.copytree(script, folder)
            entry = json.loads((folder / "pages" / "check.json").read_text())["script"]
            html = PAGE.format(policy=POLICY, script=entry.replace("assets/", "site/assets/", 1))
            (folder / "index.html").write_text(html, "utf-8")
        with hosting({"/": out, PREFIX: folder}) as url, sync_playwright() as playwright:
            browser = launch(playwright, webgpu=webgpu)
            try:
                yield browser, url
            finally:
                browser.close()


def _check_model(
    browser: Browser,
    url: str,
    out: Path,
    name: str,
    more: Collection[str],
    effects: Effects,
    found: Checked,
) -> None:
    manifests = sorted(out.glob(f"models/{name}/*/manifest.json"))
    manifest = json.loads(manifests[0].read_text("utf-8"))
    address = manifests[0].relative_to(out).as_posix()
    for backend in dict.fromkeys([*manifest["backends"], *more]):
        effects.progress(f"check {name}", 0, 1, f"on {backend}")
        try:
            answer = _replay(browser, url, address, backend, f"model {name!r}")
            parity = answer["parity"]
            demand_parity(parity, answer["bound"], backend, f"model {name!r}")
        except PrebakeError as error:
            found.failures[f"check {name} on {backend}"] = error
            continue
        parity.pop("changed")
        found.parity.setdefault(name, {})[backend] = parity
        found.latency.setdefault(name, {})[backend] = round(answer["latency_ms"], 2)
        share, samples = parity["top1_agreement"], parity["samples"]
        agreeing = (
            f"{samples} samples" if share is None else f"top-1 agreement {share:.0%} of {samples}"
        )
        effects.say(
            f"{name} on {backend}: largest error {parity['max_abs_error']:.1e}, {agreeing}, "
            f"{answer['latency_ms']:.1f} ms"
        )
    effects.progress(f"check {name}", 1, 1, "")


def _replay(browser: Browser, url: str, address: str, backend: str, where: str) -> dict[str, Any]:
    """The golden samples on one backend, in a page of its own.

    Raises:
        ProofError: if another backend ran, the model could not be loaded, or the page failed.
    """
    with _page(browser) as page:
        watch = Watch(url)
        watch.attach(page)
        visit(page, url.rstrip("/") + PREFIX)
        answer: dict[str, Any] = page.evaluate(
            "([url, backend]) => globalThis.prebakeCheck(url, backend)", [f"/{address}", backend]
        )
        if "error" in answer:
            raise ProofError(f"on {backend}: {answer['error']}", where=where)
        if answer["backend"] != backend:
            raise ProofError(
                f"{backend} was asked for, but {answer['backend']} ran.",
                where=where,
                remedy="Check that this Chromium has it; Export(backends=…) says which are used.",
            )
        watch.demand_clean(f"{where} on {backend}")
        return answer


def _check_page(
    browser: Browser,
    url: str,
    name: str,
    described: Mapping[str, Any],
    effects: Effects,
    found: Checked,
) -> None:
    effects.progress(f"check page {name}", 0, 1, "open")
    where = f"page {name!r}"
    try:
        with _page(browser) as page:
            watch = Watch(url)
            watch.attach(page)
            try:
                visit(page, url + described["url"])
            except Exception as error:
                watch.demand_clean(where)
                raise ProofError(
                    f"it does not get ready: {str(error).splitlines()[0]}",
                    where=where,
                    remedy="Set document.body.dataset.ready = 'true' when the page can be used.",
                ) from None
            watch.demand_clean(where)
            demand_no_leak(page, where, expected=bool(described["models"]))
            watch.demand_clean(where)
            found.pages.append(name)
    except PrebakeError as error:
        found.failures[f"check page {name}"] = error
    effects.progress(f"check page {name}", 1, 1, "")


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh context: nothing kept, nothing cached, no worker in between."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    try:
        yield context.new_page()
    finally:
        context.close()


def _note(out: Path, found: Checked, checked_with: str) -> None:
    """Writes parity and latency into the report; what failed is taken out of it."""
    report = read_report(out)
    for name, model in report.get("models", {}).items():
        failed = [
            key.rpartition(" ")[2] for key in found.failures if key.startswith(f"check {name} ")
        ]
        for backend in failed:
            model["parity"].pop(backend, None)
            model["latency_ms"].pop(backend, None)
        model["parity"].update(found.parity.get(name, {}))
        model["latency_ms"].update(found.latency.get(name, {}))
        model["checked_with"] = checked_with
    write_report(out, report)
