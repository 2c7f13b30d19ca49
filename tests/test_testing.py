"""The pytest plugin, as an author uses it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT


def test_a_page_is_opened_ready(prebake_page):
    page = prebake_page("report", viewport={"width": 390, "height": 800})
    assert page.locator("h1").inner_text() == "How this site was built"
    assert page.viewport_size == {"width": 390, "height": 800}


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("console.error('broken')", "console error: broken"),
        ("fetch('no-such-file.json')", "404"),
    ],
)
def test_a_page_with_a_problem_fails_the_test(tmp_path, script, problem):
    test = tmp_path / "test_it.py"
    test.write_text(
        "def test_it(prebake_page):\n"
        "    page = prebake_page('report')\n"
        f'    page.evaluate("async () => {{ await {script} }}")\n'
        "    page.wait_for_timeout(500)\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            str(test),
            "--rootdir",
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout
    assert problem in done.stdout
