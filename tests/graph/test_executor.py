"""The places where steps run."""

import os
import threading
import time
from concurrent.futures import BrokenExecutor, wait
from pathlib import Path

import pytest

from prebake.graph import worker
from prebake.graph.executor import Inline, Processes, Threads
from prebake.graph.runner import Runner
from prebake.graph.state import State

from .test_runner import Bench, step


@pytest.fixture
def pool():
    made = []

    def make(*given):
        made.append(Processes(*given))
        return made[-1]

    yield make
    for each in made:
        each.kill()


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def alive(pid):
    return Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text()


def run(bench, executor, *steps):
    state = State(bench.folder / ".prebake" / "state.json")
    return Runner(bench.folder, bench.store, state, executor, bench.effects).run(steps)


def test_calls_run_side_by_side_in_processes_that_are_kept(pool):
    two = pool(2)
    ours = {two.submit(os.getpid).result() for _ in range(4)}
    assert os.getpid() not in ours
    assert len(ours) == 1


def test_an_exception_comes_back_and_the_process_goes_on(pool):
    one = pool(1)
    before = one.submit(os.getpid).result()
    with pytest.raises(FileNotFoundError):
        one.submit(os.stat, "/nothing/there").result()
    assert one.submit(os.getpid).result() == before


def test_what_cannot_be_sent_is_an_exception_of_the_call(pool):
    one = pool(1)
    with pytest.raises(Exception, match="pickle"):
        one.submit(lambda: 1).result()
    with pytest.raises(TypeError, match="cannot be sent"):
        one.submit(threading.Lock).result()
    assert one.submit(int, "7").result() == 7


def test_a_process_that_dies_fails_its_call_only(pool):
    two = pool(2)
    lost, kept = two.submit(os._exit, 9), two.submit(time.sleep, 0.3)
    with pytest.raises(BrokenExecutor):
        lost.result()
    assert kept.result() is None
    assert two.submit(int, "7").result() == 7


def test_one_call_can_be_abandoned(pool, tmp_path):
    two = pool(2)
    kept, lost = two.submit(time.sleep, 1), two.submit(time.sleep, 600)
    assert until(lost.running)
    two.abandon(lost)
    with pytest.raises(BrokenExecutor):
        lost.result(timeout=20)
    assert kept.result(timeout=20) is None


def test_killing_ends_all_and_later_calls_start_anew(pool):
    two = pool(2)
    pid = two.submit(os.getpid).result()
    running = [two.submit(time.sleep, 600) for _ in range(5)]
    assert until(lambda: sum(each.running() for each in running) == 2)
    two.kill()
    wait(running, timeout=20)
    assert until(lambda: not alive(pid))
    assert all(each.cancelled() or each.exception() for each in running)
    assert two.submit(int, "7").result() == 7


def test_shutting_down_waits_for_what_runs_and_leaves_no_process(pool):
    one = pool(1)
    pid = one.submit(os.getpid).result()
    last = one.submit(time.sleep, 0.2)
    one.shutdown()
    assert last.done()
    assert until(lambda: not alive(pid))


@pytest.fixture
def nothing_set(monkeypatch):
    """As at the start of a build: a training in this process would have set its own."""
    for name in ("PREBAKE_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("nothing_set")
def test_workers_share_the_processors(tmp_path, pool):
    bench = Bench(tmp_path)
    outcomes = run(bench, pool(1, 3), step("threads a", "threads", "worker"))
    assert bench.text(outcomes["threads a"]) == "3 3 3"


@pytest.mark.usefixtures("nothing_set")
def test_what_the_user_says_about_threads_holds(tmp_path, pool, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    bench = Bench(tmp_path)
    outcomes = run(bench, pool(1, 3), step("threads a", "threads", "worker"))
    assert bench.text(outcomes["threads a"]) == "3 5 3"


def test_a_kept_worker_reads_the_modules_of_a_project_afresh(tmp_path, pool):
    one = pool(1)
    for name, word in [("first", "a"), ("second", "b"), ("second", "c")]:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "shared.py").write_text(f"WORD = {word!r}\n")
        bench = Bench(folder)
        outcomes = run(bench, one, step("word a", "shared_word", "worker", text=word))
        assert bench.text(outcomes["word a"]) == word


def test_the_package_is_no_project_s_own_even_by_a_link(tmp_path, monkeypatch):
    import sys
    from types import ModuleType

    for name in ("prebake.graph.linked", "datasets_of_mine", "__mp_main__"):
        module = ModuleType(name)
        module.__file__ = str(tmp_path / f"{name.replace('.', '/')}.py")
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(worker, "_project", None)
    monkeypatch.setattr(sys, "path", list(sys.path))
    worker._read_afresh(tmp_path)
    assert "prebake.graph.linked" in sys.modules and "__mp_main__" in sys.modules
    assert "datasets_of_mine" not in sys.modules


def test_a_worker_can_be_warmed(pool):
    one = pool(1)
    assert one.submit(worker.warm, "json.tool", "wave").result() is None
    assert one.submit(eval, "'wave' in __import__('sys').modules").result()


def test_inline_needs_no_process(tmp_path):
    bench = Bench(tmp_path)
    told = []
    bench.effects.progress = lambda *message: told.append(message)
    outcomes = run(
        bench,
        Inline(),
        step("thread-name a", "thread_name", "worker"),
        step("progress b", "progress", "worker"),
    )
    assert bench.text(outcomes["thread-name a"]) == f"{os.getpid()} MainThread"
    assert told[-1] == ("progress b", 3, 3, "parts")


def test_threads_tell_their_progress():
    threads = Threads()
    assert threads.submit(threading.current_thread).result() is not threading.current_thread()
