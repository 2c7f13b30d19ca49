import io
import sys

import pytest

from prebake import console
from prebake.console import Console


class Terminal(io.StringIO):
    def isatty(self):
        return True


def said(capsys, level, speak):
    speak(Console(level))
    return capsys.readouterr().err


def everything(c):
    c.detail("a detail")
    c.say("a line")
    c.warn("a warning")
    c.error("an error")


def test_how_much_is_said(capsys):
    assert said(capsys, -1, everything) == "warning: a warning\nerror: an error\n"
    assert said(capsys, 0, everything) == "a line\nwarning: a warning\nerror: an error\n"
    assert said(capsys, 1, everything).startswith("a detail\na line\n")


def test_elsewhere_than_on_a_terminal_progress_is_a_line_now_and_then(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])

    def work(c):
        for done in range(0, 101, 10):
            c.progress("fetch mnist", done * 1e5, 1e7, "bytes")
            now[0] += 1
        c.progress("pack mnist", 1000, 70000, "train images")
        now[0] += 6
        c.progress("pack mnist", 2000, 70000, "train images")

    assert said(capsys, 0, work) == (
        "fetch mnist: 5.0 of 10.0 MB, 0:05 left\nfetch mnist: 10.0 of 10.0 MB\n"
        "pack mnist: 2,000 of 70,000 train images, 6:48 left\n"
    )
    assert said(capsys, -1, work) == ""


@pytest.mark.parametrize("total", [10, 0])
def test_on_a_terminal_there_is_a_bar_and_lines_stay_whole(monkeypatch, total):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    c = Console()
    c.progress("pack mnist", 3, total, "images")
    c.say("a line [with brackets]")
    c.progress("pack mnist", 10, total, "images")
    c.close()
    assert "a line [with brackets]" in terminal.getvalue()
    assert "pack mnist" in terminal.getvalue()
