"""Which step comes first, and how the runner keeps to it."""

from prebake.graph.durations import Durations
from prebake.graph.executor import Inline
from prebake.graph.order import GoalsFirst, LongestChainFirst, closure
from prebake.graph.runner import Runner, in_order
from prebake.graph.state import State

from .test_runner import Bench, step

SECONDS = {"pack": 10, "train": 100, "picture": 1, "render": 0}


def seconds(one):
    return SECONDS[one.kind]


def site(log, where="worker"):
    """Two pages: ``small`` shows samples, ``large`` a model that learns from two datasets."""

    def noted(name, *inputs):
        return step(name, "note", where, inputs, hints={"log": str(log)})

    return [
        noted("picture small", "pack a"),
        noted("render small", "picture small"),
        noted("render large", "train m"),
        noted("pack a"),
        noted("pack b"),
        noted("pack c"),
        noted("train m", "pack b", "pack c"),
    ]


def built_in_order(folder, order):
    bench = Bench(folder)
    log = folder / "log"
    Runner(
        folder,
        bench.store,
        State(folder / "state.json"),
        Inline(),  # one step at a time
        bench.effects,
        order=order,
    ).run(site(log))
    return log.read_text().splitlines()


def test_the_longest_chain_of_work_goes_first(tmp_path):
    order = built_in_order(tmp_path, lambda steps: LongestChainFirst(steps, seconds))
    assert order[:5] == ["pack b", "pack c", "train m", "pack a", "picture small"]


def test_the_goal_that_lacks_least_goes_first(tmp_path):
    goals = {"large": ["render large"], "small": ["render small"]}
    order = built_in_order(tmp_path, lambda steps: GoalsFirst(steps, seconds, goals))
    assert order[:3] == ["pack a", "picture small", "render small"]
    assert order[-2:] == ["train m", "render large"]


def test_what_a_goal_has_counts_no_more(tmp_path):
    steps = in_order(site(tmp_path / "log"))
    order = GoalsFirst(steps, seconds, {"large": ["render large"], "small": ["render small"]})
    assert order.rank("pack a") < order.rank("pack b")
    for name in ("pack b", "pack c", "train m"):
        order.done(name)
    assert order.rank("render large") < order.rank("pack a")


def test_a_closure_holds_what_is_needed_and_no_more(tmp_path):
    by_name = {each.name: each for each in site(tmp_path / "log")}
    assert sorted(closure(["render small"], by_name)) == ["pack a", "picture small", "render small"]
    assert closure(["nothing"], by_name) == []


def test_durations_are_those_of_the_last_time_else_usual_ones(tmp_path):
    path = tmp_path / "seconds.json"
    first = Durations(path, {"train": 300})
    train, pack = step("train a"), step("pack a")
    assert (first.known("train a"), first.expected(train), first.expected(pack)) == (None, 300, 1)
    first.note("train a", 12.34)
    first.note("render a", 0.01)
    other = Durations(path)
    other.note("pack a", 7)
    first.save()
    other.save()
    again = Durations(path, {"train": 300})
    assert (again.known("train a"), again.expected(train), again.known("pack a")) == (12.3, 12.3, 7)
    assert again.known("render a") is None


def test_damaged_notes_of_durations_are_as_none(tmp_path):
    path = tmp_path / "seconds.json"
    for text in ("{", "[]", '{"train a": "long"}'):
        path.write_text(text)
        assert Durations(path).known("train a") is None


def test_what_a_build_measures_is_there_for_the_next(tmp_path):
    bench = Bench(tmp_path)
    durations = Durations(tmp_path / "seconds.json")
    runner = Runner(
        tmp_path,
        bench.store,
        State(tmp_path / "state.json"),
        Inline(),
        bench.effects,
        durations=durations,
    )
    runner.run([step("nap a", "nap", "worker")])
    assert Durations(tmp_path / "seconds.json").known("nap a") >= 0.5
