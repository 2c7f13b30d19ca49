"""What TensorFlow is told before it begins to compute."""

from __future__ import annotations

import os

from prebake.training import quiet


def test_weights_do_not_depend_on_how_many_threads_a_machine_or_its_user_has(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "8")
    quiet.settings()
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "1"


def test_what_a_user_wants_to_read_is_left_to_them(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    quiet.settings()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
