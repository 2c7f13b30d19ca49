import json

import pytest

from prebake.graph.code import Code


@pytest.fixture
def modules(tmp_path):
    def write(**files):
        for name, text in files.items():
            path = tmp_path / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return Code(tmp_path).closure(["data/a.py"])

    return write


def test_a_closure_follows_imports_wherever_they_stand(modules):
    found = modules(
        data__a="def f():\n    from data.b import x\n",
        data__b="import data.c\n",
        data__c="from . import d\nimport os, numpy\n",
        data__d="",
        data__unrelated="",
    )
    assert list(found) == ["data/a.py", "data/b.py", "data/c.py", "data/d.py"]


def test_comments_docstrings_and_layout_do_not_count(modules):
    before = modules(data__a='"""Doc."""\n\ndef f(x):\n    return x + 1\n')
    after = modules(
        data__a='# New.\n"""Another."""\ndef f(x):\n    "Its own."\n\n    return (x\n        + 1)  # why\n'
    )
    assert before == after


def test_a_changed_constant_counts(modules):
    assert modules(data__a="x = 1\n") != modules(data__a="x = 2\n")


def test_a_keyword_that_is_not_read_does_not_count_in_the_author_s_declaration(tmp_path):
    def digest(text, unread=("title",)):
        (tmp_path / "m.py").write_text(text)
        return Code(tmp_path).closure(["m.py"], unread)["m.py"]

    assert digest("m = Trained(title='A', fit=1)") == digest("m = Trained(title='B', fit=1)")
    assert digest("m = Trained(title='A', fit=1)") != digest("m = Trained(title='A', fit=2)")
    assert digest("m = Trained(title='A')", ()) != digest("m = Trained(title='B')", ())
    # Where the module reads its own declaration, all of it counts.
    read = "m = Trained(title='{}')\ndef build():\n return len(m.title)"
    assert digest(read.format("A")) != digest(read.format("BB"))
    # A function that nothing else names goes with its keyword.
    build = "def build():\n return {}\nm = Trained(build=build)\n"
    assert digest(build.format(1), ["build"]) == digest(build.format(2), ["build"])
    assert digest(build.format(1)) != digest(build.format(2))
    used = build + "x = build()\n"
    assert digest(used.format(1), ["build"]) != digest(used.format(2), ["build"])
    # Elsewhere the same word may mean something else.
    assert digest("m = layer(title='A')") != digest("m = layer(title='B')")
    assert digest("def f():\n return Trained(title=1)") != digest(
        "def f():\n return Trained(title=2)"
    )


def test_imports_for_the_type_checker_do_not_count(modules):
    found = modules(
        data__a="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from data import b\n",
        data__b="",
    )
    assert list(found) == ["data/a.py"]


def test_modules_that_import_each_other_end(modules):
    found = modules(data__a="import data.b\n", data__b="import data.a\n")
    assert list(found) == ["data/a.py", "data/b.py"]


def test_a_step_counts_its_own_package_but_not_the_command_line(tmp_path):
    found = Code(tmp_path).closure(["prebake.steps.pack"])
    assert "prebake/data/png.py" in found
    assert "prebake/declare/dataset.py" in found
    assert not {"prebake/cli.py", "prebake/errors.py", "prebake/console.py"} & set(found)


def test_what_was_parsed_is_remembered_by_content(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    memory = tmp_path / "memory.json"
    first = Code(tmp_path, memory)
    digest = first.closure(["a.py"])
    first.save()
    assert len(json.loads(memory.read_text())) == 1
    assert Code(tmp_path, memory).closure(["a.py"]) == digest
    (tmp_path / "a.py").write_text("x = 2\n")
    assert Code(tmp_path, memory).closure(["a.py"]) != digest


def test_a_damaged_memory_is_no_error(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    memory = tmp_path / "memory.json"
    memory.write_text("{not json")
    assert Code(tmp_path, memory).closure(["a.py"])


def test_what_is_said_of_a_declaration_does_not_count_in_modules_that_others_import(tmp_path):
    (tmp_path / "data").mkdir()
    data = "NAMES = ['a']\nset = Dataset(title='{}', sources={{'x': Npm(licence='{}', spec='{}')}})"

    def digests(model, *texts):
        (tmp_path / "data" / "set.py").write_text(data.format(*texts))
        (tmp_path / "model.py").write_text(model)
        return Code(tmp_path).closure(["model.py"], ["title", "licence"])

    names = "from data.set import NAMES\n"
    assert digests(names, "A", "B", "C") == digests(names, "other", "other", "C")
    assert digests(names, "A", "B", "C") != digests(names, "A", "B", "other")
    # Who takes the declaration itself, or the whole module, may read all of it.
    for taking in ("from data.set import set\n", "import data.set\n", "from data import set\n"):
        assert digests(taking, "A", "B", "C") != digests(taking, "other", "B", "C")


def test_a_constant_goes_with_the_keyword_that_alone_names_it(tmp_path):
    def digest(text):
        (tmp_path / "m.py").write_text(text)
        return Code(tmp_path).closure(["m.py"], ["licence"])["m.py"]

    text = "LICENCE = {!r}\nd = Dataset(licence=LICENCE)\n"
    assert digest(text.format("A")) == digest(text.format("B"))
    used = text + "x = [LICENCE]\n"
    assert digest(used.format("A")) != digest(used.format("B"))
