"""Starting headless Chromium so that WebGL works without a graphics processor."""

from __future__ import annotations

import ctypes.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ToolError
from .find import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
SWIFTSHADER = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
WITHOUT_WEBGL = ["--disable-gpu", "--disable-software-rasterizer"]
FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
MESA = ["--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist"]


def renderer_flags() -> list[str]:
    """Mesa's software renderer where it is installed, else the one inside Chromium.

    Mesa trains about twice as fast; ``PREBAKE_GL=swiftshader`` or ``mesa`` decides otherwise.
    """
    chosen = os.environ.get("PREBAKE_GL", "")
    if chosen:
        return MESA if chosen == "mesa" else SWIFTSHADER
    return MESA if _has_mesa() else SWIFTSHADER


def _has_mesa() -> bool:
    drivers = Path("/usr/lib").glob("*/dri/swrast_dri.so")
    return ctypes.util.find_library("EGL") is not None and next(drivers, None) is not None


def launch(
    playwright: Playwright,
    *,
    webgl: bool = True,
    webgpu: bool = False,
    camera: Path | None = None,
) -> Browser:
    """A headless Chromium, with WebGL or as on a device that has none, and with WebGPU (in
    software, very slow) if it is asked for.

    Args:
        camera: a clip (``.y4m``) that its camera shows over and over; pages may use it unasked.

    Raises:
        ToolError: if there is none.
    """
    path = find_browser()
    if path is None:
        raise ToolError(
            "there is no Chromium on this machine.",
            remedy="Run 'python build.py browser --install', or set CHROMIUM_PATH.",
        )
    renderer = [*(renderer_flags() if webgl else WITHOUT_WEBGL), *(WEBGPU if webgpu else [])]
    renderer += [*FAKE_CAMERA, f"--use-file-for-fake-video-capture={camera}"] if camera else []
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    # Chromium's sandbox does not work for root, as whom containers run.
    arguments = [*QUIET, *renderer, *(["--no-sandbox"] if root else [])]
    return playwright.chromium.launch(executable_path=str(path), args=arguments)
