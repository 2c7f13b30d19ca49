"""``check``: models on every backend and pages behind the gate, in a small project."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from prebake.build import check_site
from prebake.errors import BuildFailed
from tests.executor import in_process
from tests.steps.test_models import TINY, home, with_models

PAGE_JS = """
    import * as tf from '@tensorflow/tfjs-core';
    import { loadModel } from '../runtime/model.js';
    import { useBackend } from '../runtime/backends.js';

    await useBackend('cpu');
    const model = await loadModel(document.getElementById('data').dataset.modelTiny);
    const data = new Uint8Array(64).fill(200);
    const action = async () => {
      await model.predict([{ width: 8, height: 8, channels: 1, data }]);
      EXTRA
    };
    Object.assign(globalThis, { prebake: { action, memory: tf.memory } });
    document.body.dataset.ready = 'true';
"""


def in_thread(function, *given):
    """Playwright refuses a second start in the thread in which the tests of the pages have one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *given).result()


def check_all(project):
    with in_process(project.root):
        return in_thread(check_site, project.options(), project.effects, [])


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("check")
    text = TINY.replace("EXPORT", 'format="layers", backends=("webgl", "wasm", "cpu")')
    project = with_models(folder / "project", folder / "store", tiny=text)
    project.write("templates/page.html", TEMPLATE)
    project.write("site/static/favicon.ico", "")
    project.write("site/one/page.js", PAGE_JS.replace("EXTRA", ""))
    check_all(project)
    return project


TEMPLATE = (
    '<!doctype html><meta charset="utf-8"><title>t</title><link rel="icon" href="data:,">'
    '<script type="module" src="{{ script }}"></script>'
    '<div id="data" data-model-tiny="{{ model_manifests.tiny }}"></div>{{ content }}'
)


def report(project):
    return json.loads((project.out / "report.json").read_text())["models"]["tiny"]


def failing(project):
    with pytest.raises(BuildFailed) as caught:
        check_all(project)
    return {name: str(error) for name, error in caught.value.failures.items()}


def test_parity_and_latency_of_every_backend_are_in_the_report(checked):
    found = report(checked)
    assert set(found["parity"]) == {"node", "webgl", "wasm", "cpu"}
    for parity in found["parity"].values():
        assert parity["max_abs_error"] <= 1e-4
        assert parity["top1_agreement"] == 1
        assert parity["samples"] == 6
    assert all(found["latency_ms"][backend] > 0 for backend in ("webgl", "wasm", "cpu"))


def test_a_build_keeps_what_was_checked_while_the_model_is_the_same(checked):
    checked.build()
    assert "webgl" in report(checked)["parity"]


@pytest.mark.prove
def test_a_changed_runtime_has_not_been_checked(checked):
    path = checked.root / "site/runtime/crc32.js"
    before = path.read_text()
    path.write_text(before.replace("0xedb88320", "0xedb88320 | 0"))
    try:
        checked.build()
        assert set(report(checked)["parity"]) == {"node"}
    finally:
        path.write_text(before)
        check_all(checked)


@pytest.mark.prove
def test_damage_after_the_build_is_caught_on_every_backend(checked):
    path = home(checked) / "manifest.json"
    before = path.read_text()
    manifest = json.loads(before)
    manifest["classes"].reverse()
    from prebake.check import check

    path.write_text(json.dumps(manifest))
    try:
        with pytest.raises(BuildFailed) as caught:
            in_thread(check, checked.out, bundle_of(checked), checked.effects, [])
        texts = [str(error) for error in caught.value.failures.values()]
        assert len([t for t in texts if "the class changed in 6 of 6" in t]) == 3
        assert "webgl" not in report(checked)["parity"]
    finally:
        path.write_text(before)


def bundle_of(project):
    from prebake.graph.store import Store

    return Store(project.store).folder(report(project)["checked_with"]) / "check"


@pytest.mark.prove
def test_a_page_that_leaks_is_named_with_the_number_of_tensors(checked):
    source = (checked.root / "site/one/page.js").read_text()
    checked.write("site/one/page.js", PAGE_JS.replace("EXTRA", "tf.ones([3]);"))
    try:
        found = failing(checked)
        assert list(found) == ["check page one"]
        assert "leaves 1 tensor(s) behind" in found["check page one"]
    finally:
        checked.write("site/one/page.js", source)


@pytest.mark.prove
def test_a_page_with_an_error_or_another_host_is_named(checked):
    source = (checked.root / "site/one/page.js").read_text()
    try:
        checked.write("site/one/page.js", "document.body.dataset.ready = 'true'; undefined.x;")
        assert "page error" in failing(checked)["check page one"]
        checked.write(
            "site/one/page.js",
            "document.body.dataset.ready = 'true'; fetch('http://example.invalid/').catch(() => 0);",
        )
        assert "another host" in failing(checked)["check page one"]
    finally:
        checked.write("site/one/page.js", source)
