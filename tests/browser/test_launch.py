"""With which words Chromium is started."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from prebake.browser import launch as module
from prebake.errors import ToolError


@pytest.fixture
def started(monkeypatch):
    """The arguments of a browser that is not really started."""
    monkeypatch.setattr(module, "find_browser", lambda: Path("chromium"))
    given: dict = {}
    chromium = SimpleNamespace(launch=lambda **words: given.update(words))

    def start(**options) -> list[str]:
        module.launch(SimpleNamespace(chromium=chromium), **options)
        return given["args"]

    return start


def test_a_clip_takes_the_place_of_a_camera(started):
    words = started(camera=Path("hands.y4m"))
    assert "--use-file-for-fake-video-capture=hands.y4m" in words
    assert "--use-fake-device-for-media-stream" in words
    assert not any("fake" in word for word in started())


def test_webgl_and_webgpu_are_given_or_taken(started, monkeypatch):
    monkeypatch.setenv("PREBAKE_GL", "swiftshader")
    assert "--use-angle=swiftshader" in started()
    assert "--disable-gpu" in started(webgl=False)
    assert "--enable-unsafe-webgpu" in started(webgpu=True)
    assert "--enable-unsafe-webgpu" not in started()


def test_without_a_browser_there_is_a_sentence(monkeypatch):
    monkeypatch.setattr(module, "find_browser", lambda: None)
    with pytest.raises(ToolError, match="no Chromium"):
        module.launch(SimpleNamespace())
