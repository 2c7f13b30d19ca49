import pytest

from prebake.browser import find, launch
from prebake.errors import ToolError


def program(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(find, "_playwrights", lambda: None)
    monkeypatch.setattr(find, "MAC", tmp_path / "no mac")
    return tmp_path


def test_the_variable_goes_first(machine, monkeypatch):
    program(machine / "bin" / "chromium")
    mine = program(machine / "mine")
    monkeypatch.setenv("CHROMIUM_PATH", str(mine))
    assert find.find_browser() == mine


def test_a_variable_that_names_nothing_is_said(machine, monkeypatch):
    monkeypatch.setenv("CHROMIUM_PATH", "/no/such/browser")
    with pytest.raises(ToolError, match="CHROMIUM_PATH: there is no such file: /no/such/browser"):
        find.find_browser()


def test_then_one_on_the_machine_then_playwrights(machine, monkeypatch):
    assert find.find_browser() is None
    downloaded = program(machine / "cache" / "chrome")
    monkeypatch.setattr(find, "_playwrights", lambda: downloaded)
    assert find.find_browser() == downloaded
    installed = program(machine / "bin" / "google-chrome")
    assert find.find_browser() == installed


def test_installing_tries_playwright_then_the_distribution(machine, monkeypatch):
    tried = []

    def run(command, **_):
        tried.append(command[-3:])
        if "apt-get" in " ".join(command) and "install" in command:
            program(machine / "bin" / "chromium")
        failed = "playwright" in command
        return type("Done", (), {"returncode": int(failed), "stdout": "", "stderr": "no host\n"})

    program(machine / "bin" / "apt-get")
    monkeypatch.setattr(find.subprocess, "run", run)
    said = []
    assert find.install_browser(said.append) == machine / "bin" / "chromium"
    assert tried[0] == ["playwright", "install", "chromium"]
    assert "Playwright's download: no host; trying another way …" in said


def test_when_nothing_can_be_installed_the_remedy_is_named(machine, monkeypatch):
    failed = type("Done", (), {"returncode": 1, "stdout": "", "stderr": "no host"})
    monkeypatch.setattr(find.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(ToolError, match=r"no Chromium could be installed .* or set CHROMIUM_PATH"):
        find.install_browser(lambda _: None)


def test_the_renderer_can_be_chosen(monkeypatch):
    monkeypatch.setenv("PREBAKE_GL", "swiftshader")
    assert launch.renderer_flags() == launch.SWIFTSHADER
    monkeypatch.setenv("PREBAKE_GL", "mesa")
    assert launch.renderer_flags() == launch.MESA
