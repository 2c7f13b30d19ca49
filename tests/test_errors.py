import pickle

from prebake import errors


def every_error(kind=errors.PrebakeError):
    yield kind
    for below in kind.__subclasses__():
        yield from every_error(below)


def test_the_tree_in_the_docstring_is_the_tree():
    for kind in every_error():
        assert kind.__name__ in errors.__doc__


def test_a_message_names_place_problem_and_remedy():
    error = errors.SourceError("it is gone.", where="a.png", remedy="Bring it back.")
    assert str(error) == "a.png: it is gone. Bring it back."


def test_errors_cross_process_borders_whole():
    author = errors.AuthorError("x.", where="a.py:3", remedy="y.", details="trace")
    back = pickle.loads(pickle.dumps(author))
    assert (str(back), back.details) == (str(author), "trace")
    damaged = pickle.loads(pickle.dumps(errors.DamagedArtifact("ab" * 32, "x is missing")))
    assert damaged.digest == "ab" * 32
    failed = errors.BuildFailed({"pack x": author}, ["render y"])
    assert pickle.loads(pickle.dumps(failed)).skipped == ["render y"]


def test_only_wrong_usage_exits_with_two():
    codes = {kind.__name__: kind.exit_code for kind in every_error()}
    assert {name for name, code in codes.items() if code == 2} == {"UsageError"}
