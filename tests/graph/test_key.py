import pytest

from prebake.errors import DeclarationError
from prebake.graph.code import Code
from prebake.graph.key import Ingredients, gather, reason
from prebake.graph.step import Files, Output, Step


def ingredients(**given):
    values = {"code": {}, "parameters": {}, "inputs": {}, "versions": {}}
    return Ingredients(**{**values, **given})


def test_a_reason_names_what_changed():
    old = ingredients(
        code={"datasets/x.py": "1"},
        parameters={"epochs": 3},
        inputs={"a.md": "1", "gone.md": "1"},
        versions={"numpy": "1.0"},
    )
    assert reason(old, ingredients(**{**vars(old), "code": {"datasets/x.py": "2"}})) == (
        "datasets/x.py changed"
    )
    assert reason(old, ingredients(**{**vars(old), "parameters": {"epochs": 5}})) == "epochs 3 → 5"
    assert reason(old, ingredients(**{**vars(old), "inputs": {"a.md": "2", "b.md": "1"}})) == (
        "a.md changed, b.md added, gone.md removed"
    )
    assert reason(old, ingredients(**{**vars(old), "versions": {"numpy": "2.0"}})) == (
        "numpy 1.0 → 2.0"
    )
    assert reason(old, old) == ""
    assert reason(None, old) == "not built here before"


def test_a_long_reason_is_cut():
    new = ingredients(inputs={f"{i}.md": "1" for i in range(9)})
    assert reason(ingredients(), new).endswith("3.md added, and 6 more") is False
    assert reason(ingredients(), new) == "0.md added, 1.md added, 2.md added, and 6 more"


def test_everything_goes_into_the_key():
    base = ingredients(code={"a": "1"}, parameters={"p": 1}, inputs={"i": "1"}, versions={"v": "1"})
    others = [
        ingredients(**{**vars(base), "code": {"a": "2"}}),
        ingredients(**{**vars(base), "parameters": {"p": 2}}),
        ingredients(**{**vars(base), "inputs": {"i": "2"}}),
        ingredients(**{**vars(base), "versions": {"v": "2"}}),
    ]
    keys = {each.key("m:f") for each in [base, *others]} | {base.key("m:g")}
    assert len(keys) == 6


def test_the_order_of_names_does_not_count():
    one = ingredients(parameters={"a": 1, "b": 2}).key("m:f")
    assert one == ingredients(parameters={"b": 2, "a": 1}).key("m:f")


def test_gathering_hashes_files_and_names_outputs(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    step = Step(
        kind="k",
        target="t",
        run="prebake.steps.extras:run",
        params={"x": (1, 2)},
        inputs={
            "files": Files(tmp_path, ("a.txt",), label="./data"),
            "made": Output("pack x", "card.json"),
        },
        libraries=("numpy", "zlib", "no-such-distribution"),
    )
    found = gather(step, Code(tmp_path), {"made": "f00"})
    assert found.inputs == {
        "./data/a.txt": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        "pack x (card.json)": "f00",
    }
    assert found.parameters == {"x": [1, 2]}
    assert found.versions["no-such-distribution"] == "none"
    assert found.versions["zlib"][0].isdigit()


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    step = Step("k", "t", "prebake.steps.extras:run", inputs={"f": Files(tmp_path, ("gone",))})
    with pytest.raises(DeclarationError, match="gone: the file cannot be read"):
        gather(step, Code(tmp_path), {})
