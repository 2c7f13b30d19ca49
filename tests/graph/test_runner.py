import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from filelock import FileLock

from prebake.effects import SilentEffects
from prebake.errors import BuildFailed, StoreError, UsageError
from prebake.graph.executor import Processes
from prebake.graph.runner import MISSING, Interrupted, Retired, Runner, in_order
from prebake.graph.state import State
from prebake.graph.step import Files, Output, Step
from prebake.graph.store import Store
from prebake.graph.watch import Extra

HERE = "tests.graph.steps_for_tests"


def step(name, run="write", where="inline", inputs=(), text=None, **given):
    kind, _, target = name.partition(" ")
    outputs = {str(i): Output(each) for i, each in enumerate(inputs)}
    return Step(
        kind,
        target,
        f"{HERE}:{run}",
        {"text": text or target},
        {**outputs, **given.pop("files", {})},
        where=where,
        **given,
    )


class Bench:
    """A project folder with a store, in which steps can be run several times."""

    def __init__(self, folder, jobs=2):
        self.folder = folder
        self.store = Store(folder / "store")
        self.effects = SilentEffects()
        self.jobs = jobs

    def run(self, *steps, force=(), watch=None):
        runner = self.runner(self.jobs, watch)
        try:
            return runner.run(steps, force)
        finally:
            runner.executor.shutdown()

    def look(self, *steps):
        return self.runner(1).look(steps)

    def runner(self, jobs, watch=None):
        state = State(self.folder / ".prebake" / "state.json")
        executor = Processes(jobs)
        return Runner(self.folder, self.store, state, executor, self.effects, watch=watch)

    def key(self, step):
        """Of a step without inputs."""
        return self.runner(1).ingredients(step, {}).key(step.run)

    def text(self, outcome):
        return (self.store.folder(outcome.record.digest) / "text").read_text()


class Noting:
    """Remembers what became of steps."""

    def __init__(self):
        self.told = []

    def wanted(self, step, key):
        self.told.append(("wanted", step.name))

    def started(self, step, key):
        self.told.append(("started", step.name))

    def elsewhere(self, step, key):
        self.told.append(("elsewhere", step.name))

    def done(self, outcome):
        self.told.append(("done", outcome.step.name))

    def idle(self):
        return ()

    def failed(self, step, error):
        self.told.append(("failed", step.name))


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def states(outcomes):
    return {name: (o.status, o.reason) for name, o in outcomes.items()}


def test_results_flow_along_the_inputs(bench):
    outcomes = bench.run(
        step("join c", "join", inputs=["write a", "write b"]), step("write a"), step("write b")
    )
    assert bench.text(outcomes["join c"]) == "a+b"


def test_built_then_fresh_then_restored(bench):
    assert states(bench.run(step("write a"))) == {"write a": ("built", "not built here before")}
    assert states(bench.run(step("write a"))) == {"write a": ("fresh", "")}
    bench.run(step("write a", text="other"))
    again = bench.run(step("write a"))
    assert states(again) == {"write a": ("restored", 'text "other" → "a"')}


def test_a_changed_file_is_named_and_what_depends_runs(bench):
    def steps():
        files = {"f": Files(bench.folder, ("in.txt",))}
        return step("write a", files=files), step("join b", "join", inputs=["write a"])

    (bench.folder / "in.txt").write_text("1")
    bench.run(*steps())
    (bench.folder / "in.txt").write_text("2")
    outcomes = bench.run(*steps())
    # The step ran, but made the same: what depends on it stays fresh.
    assert states(outcomes) == {"write a": ("built", "in.txt changed"), "join b": ("fresh", "")}


def test_an_input_that_changed_is_the_reason(bench):
    bench.run(step("write a"), step("join b", "join", inputs=["write a"]))
    outcomes = bench.run(step("write a", text="x"), step("join b", "join", inputs=["write a"]))
    assert outcomes["join b"].reason == "write a changed"


def test_forcing_by_name_and_by_kind(bench):
    steps = step("write a"), step("write b"), step("join c", "join", inputs=["write a"])
    bench.run(*steps)
    assert states(bench.run(*steps, force=["write a"]))["write a"] == ("built", "--force")
    forced = bench.run(*steps, force=["write"])
    assert [o.status for o in forced.values()].count("built") == 2
    with pytest.raises(UsageError, match=r"there is no step 'wirte'"):
        bench.run(*steps, force=["wirte"])


def test_a_failure_lets_the_others_finish_and_all_are_listed(bench):
    with pytest.raises(BuildFailed) as caught:
        bench.run(
            step("fail a", "fail"),
            step("crash b", "crash", where="worker"),
            step("join c", "join", inputs=["fail a"]),
            step("write d", where="worker"),
        )
    assert set(caught.value.failures) == {"fail a", "crash b"}
    assert caught.value.skipped == ["join c"]
    assert "KeyError: 'surprise'" in str(caught.value)
    assert states(bench.run(step("write d")))["write d"][0] == "fresh"


def test_a_worker_that_dies_is_a_sentence(bench):
    with pytest.raises(BuildFailed, match=r"its process was killed.*--jobs 1"):
        bench.run(step("die a", "die", where="worker"))
    assert bench.run(step("write b", where="worker"))["write b"].status == "built"


def test_independent_steps_run_at_the_same_time(bench):
    folder = bench.folder / "meeting"
    folder.mkdir()
    hints = {"folder": str(folder)}
    outcomes = bench.run(
        step("meet a", "meet", where="worker", hints=hints),
        step("meet b", "meet", where="worker", hints=hints),
    )
    assert [o.status for o in outcomes.values()] == ["built", "built"]


def test_progress_reaches_the_effects_from_a_worker(bench):
    told = []
    bench.effects.progress = lambda *message: told.append(message)
    bench.run(step("progress a", "progress", where="worker"))
    assert told[-1] == ("progress a", 3, 3, "parts")


def test_warnings_stay_with_the_result(bench):
    bench.run(step("warn a", "warn"))
    bench.effects.warnings.clear()
    bench.run(step("warn a", "warn"))
    assert bench.effects.warnings == ["warn a: this is odd"]


def test_a_damaged_input_is_made_again(bench):
    outcomes = bench.run(step("write a"))
    (bench.store.folder(outcomes["write a"].record.digest) / "text").write_text("broken")
    outcomes = bench.run(step("write a"), step("join b", "join", inputs=["write a"]))
    assert bench.text(outcomes["join b"]) == "a"
    assert states(outcomes)["write a"] == ("built", MISSING)
    assert bench.effects.warnings == [
        "what write a had stored is damaged (text was altered); it is made again"
    ]


@pytest.mark.parametrize("where", ["inline", "worker"])
def test_a_damaged_input_of_several_steps_is_made_again_once(bench, where):
    def steps(text):
        return [
            step("write a"),
            *(step(f"join {n}", "join", where, ["write a"], text=text) for n in "bcd"),
        ]

    outcomes = bench.run(*steps("1"))
    (bench.store.folder(outcomes["write a"].record.digest) / "text").write_text("broken")
    outcomes = bench.run(*steps("2"))
    assert [bench.text(outcomes[f"join {n}"]) for n in "bcd"] == ["a", "a", "a"]
    assert len(bench.effects.warnings) == 1


def test_a_worker_that_dies_takes_no_other_step_with_it(bench):
    with pytest.raises(BuildFailed) as caught:
        bench.run(
            step("die a", "die", where="worker"),
            step("write b", where="worker"),
            step("write c", where="worker"),
        )
    assert set(caught.value.failures) == {"die a"}
    assert set(states(bench.run(step("write b"), step("write c"))).values()) == {("fresh", "")}


@pytest.mark.parametrize(
    ("run", "problem", "remedy"),
    [
        ("leave", "its process ended itself with exit code 9.", "os._exit()"),
        ("call_exit", "the code called sys.exit('no samples').", "Raise an exception"),
        ("interrupt_itself", "its code raised KeyboardInterrupt.", ""),
    ],
)
def test_ways_to_end_a_worker_are_told_apart(bench, run, problem, remedy):
    with pytest.raises(BuildFailed) as failed:
        bench.run(step("a a", run, where="worker"), step("b b", where="worker"))
    assert problem in str(failed.value)
    assert remedy in str(failed.value)
    assert list(failed.value.failures) == ["a a"]


def test_a_crash_names_the_line_of_the_project(bench):
    (bench.folder / "crashing.py").write_text(
        "import ctypes\n\n\ndef crash():\n    ctypes.string_at(8)\n"
    )
    with pytest.raises(BuildFailed) as failed:
        bench.run(step("a a", "crash_hard", where="worker"))
    error = failed.value.failures["a a"]
    assert error.where == "crashing.py:5"
    assert error.problem == "its process crashed (segmentation fault)."


@pytest.mark.parametrize("where", ["inline", "thread", "worker"])
def test_an_author_who_calls_exit_is_told_the_line(bench, where):
    (bench.folder / "crashing.py").write_text("import sys\n\n\ndef crash():\n    sys.exit(3)\n")
    with pytest.raises(BuildFailed) as failed:
        bench.run(step("a a", "crash_hard", where=where))
    error = failed.value.failures["a a"]
    assert (error.where, error.problem) == ("crashing.py:5", "the code called sys.exit(3).")


def test_ctrl_c_keeps_the_errors_that_were_known(bench):
    interrupted = False

    class Interrupting(Noting):
        def failed(self, step, error):
            nonlocal interrupted
            interrupted = True
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as ending:
        bench.run(step("a a", "fail"), step("b b"), watch=Interrupting())
    assert interrupted
    assert str(ending.value.failures["a a"]) == "a a: it is empty."


def test_a_worker_that_died_once_is_a_sentence_and_its_step_runs_again(bench):
    hints = {"died": str(bench.folder / "died")}
    outcomes = bench.run(step("die a", "die_once", where="worker", hints=hints), step("write b"))
    assert outcomes["die a"].status == "built"
    assert any("its process was killed" in text for text in bench.effects.messages)


def test_what_another_program_does_waits_for_no_worker(bench):
    hold = bench.folder / "hold"
    hold.write_text("")
    bench.jobs = 1
    outcomes = bench.run(
        step("hold a", "hold", where="worker", hints={"hold": str(hold)}),
        step("thread b", "let_go", where="thread", hints={"hold": str(hold)}),
    )
    assert {o.status for o in outcomes.values()} == {"built"}


def test_a_step_that_another_build_makes_takes_no_worker(bench):
    shared = step("write shared", where="worker")
    hold = bench.folder / "hold"
    hold.write_text("")
    bench.jobs = 1
    key = bench.key(shared)
    lock = FileLock(bench.store.lock_path(key))
    watch = Noting()
    with lock:
        running = threading.Thread(
            target=lambda: bench.run(shared, step("write b", where="worker"), watch=watch)
        )
        running.start()
        # The one worker makes the other step meanwhile.
        assert until(lambda: ("done", "write b") in watch.told)
        assert ("elsewhere", "write shared") in watch.told
        assert running.is_alive()
    running.join(20)
    # The other build left it undone, so it ran here.
    assert watch.told[-2:] == [("started", "write shared"), ("done", "write shared")]


def test_what_another_build_made_is_taken(bench):
    shared = step("write shared", where="worker")
    made = bench.run(shared)["write shared"].record
    record = bench.store.home / "keys" / made.key[:2] / f"{made.key}.json"
    kept = record.read_text()
    record.unlink()
    watch = Noting()
    outcomes = {}
    with FileLock(bench.store.lock_path(made.key)):
        running = threading.Thread(target=lambda: outcomes.update(bench.run(shared, watch=watch)))
        running.start()
        assert until(lambda: ("elsewhere", "write shared") in watch.told)
        record.write_text(kept)
    running.join(20)
    assert outcomes["write shared"].status == "restored"
    assert ("started", "write shared") not in watch.told


def test_a_build_that_is_retired_ends_what_runs_and_starts_nothing(bench):
    hold = bench.folder / "hold"
    hold.write_text("")
    long = step("hold a", "hold", where="worker", hints={"hold": str(hold)})
    runner, watch, ended = bench.runner(jobs=1), Noting(), []
    runner.watch = watch

    def run():
        with pytest.raises(Retired):
            runner.run([long, step("write b", where="worker", inputs=["hold a"])])
        ended.append(True)

    running = threading.Thread(target=run)
    running.start()
    assert until(lambda: ("started", "hold a") in watch.told)
    runner.retire()
    hold.unlink()
    running.join(20)
    assert ended
    assert bench.run(long)["hold a"].status in ("fresh", "restored")
    assert ("started", "write b") not in watch.told


def test_of_a_retired_build_a_step_can_be_ended(bench):
    hold, pid = bench.folder / "hold", bench.folder / "pid"
    hold.write_text("")
    long = step("hold a", "hold", where="worker", hints={"hold": str(hold), "pid": str(pid)})
    runner, ended = bench.runner(jobs=1), []

    def run():
        with pytest.raises(Retired):
            runner.run([long])
        ended.append(True)

    running = threading.Thread(target=run)
    running.start()
    assert until(lambda: pid.exists() and pid.read_text())
    runner.retire()
    runner.abandon(bench.key(long))
    running.join(20)
    assert ended
    assert until(lambda: not Path(f"/proc/{pid.read_text()}").exists())


def test_what_a_watch_gives_runs_while_the_build_waits(bench):
    hold = bench.folder / "hold"
    hold.write_text("")
    old = bench.run(step("write last"))["write last"].record
    joins = Extra(step("join extra", "join", inputs=["write a", "write last"]), {})
    fails = Extra(step("fail extra", "fail"), {})

    class Giving(Noting):
        given = False

        def done(self, outcome):
            super().done(outcome)
            if outcome.step.name == "write a":
                joins.records.update({"write a": outcome.record, "write last": old})
            if outcome.step.name == "join extra":
                self.text = bench.text(outcome)
                hold.unlink()

        def idle(self):
            before, self.given = self.given, True
            return () if before else (fails, joins)

    watch = Giving()
    held = step("hold b", "hold", where="worker", hints={"hold": str(hold)})
    outcomes = bench.run(step("write a"), held, watch=watch)
    assert watch.text == "a+last"
    assert ("failed", "fail extra") in watch.told
    assert set(outcomes) == {"write a", "hold b"}


def test_many_steps_cost_no_more_than_their_number(bench, monkeypatch):
    """Counts how often the needs of a step are asked for; a square would be a million."""
    asked = Counter()
    needs = Step.needs

    def counted(self):
        asked["needs"] += 1
        return needs(self)

    monkeypatch.setattr(Step, "needs", counted)
    saved = []
    monkeypatch.setattr(State, "save", lambda self: saved.append(time.monotonic()))
    many = [step(f"write {n}") for n in range(1000)]
    started = time.monotonic()
    bench.run(*many, step("join all", "join", inputs=[each.name for each in many]))
    assert asked["needs"] < 10 * len(many)
    # At most once a second, and at the end.
    assert len(saved) <= time.monotonic() - started + 2


def test_looking_runs_nothing(bench):
    steps = step("write a"), step("join b", "join", inputs=["write a"])
    assert [(p.step.name, p.status) for p in bench.look(*steps)] == [
        ("write a", "to build"),
        ("join b", "unknown"),
    ]
    bench.run(*steps)
    assert [p.status for p in bench.look(*steps)] == ["fresh", "fresh"]


def test_a_circle_or_a_gap_is_an_error():
    with pytest.raises(StoreError, match="cannot be reached"):
        in_order([step("join a", inputs=["join b"]), step("join b", inputs=["join a"])])
    with pytest.raises(StoreError, match="'write z', needed by 'join a'"):
        in_order([step("join a", inputs=["write z"])])


def test_a_result_of_a_file_that_changed_meanwhile_is_dropped_and_made_again(bench):
    (bench.folder / "in.txt").write_text("old")
    files = {"f": Files(bench.folder, ("in.txt",))}
    outcomes = bench.run(step("write a", "edit_input", files=files))
    assert bench.text(outcomes["write a"]) == "new"
    (bench.folder / "in.txt").write_text("old")
    outcomes = bench.run(step("write a", "edit_input", files=files))
    assert bench.text(outcomes["write a"]) == "old"


def test_a_file_that_a_function_reads_without_declaring_it_is_named(bench):
    for name in ("secret.csv", "declared.csv", "module.py"):
        (bench.folder / name).write_text("")
    given = {"code": ("module.py",), "hints": {"declared": ("declared.csv",)}}
    bench.run(step("write a", "read_undeclared", **given))
    assert bench.effects.warnings == [
        "write a: module.py: secret.csv is read but not declared, so that a change of it goes "
        "unnoticed. Add it to the declaration: files=['secret.csv']."
    ]
