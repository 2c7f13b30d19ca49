import subprocess
import sys

import pytest

from prebake import (
    Blank,
    BySource,
    Converted,
    Export,
    KerasFile,
    Offset,
    Preprocess,
    SavedModel,
    Scale,
    Transfer,
)
from prebake.declare.model import with_weights
from prebake.declare.project import load_project
from prebake.declare.transfer import base_of, tail_of, with_backbone
from prebake.errors import DeclarationError, UsageError

SMALL, LARGE = Preprocess(Scale(1 / 255)), Preprocess(Scale(1 / 127.5), Offset(-1))


def build(shape):
    raise AssertionError("a declaration must not build")


def transfer(**given):
    usual = {"title": "T", "backbone": "b", "dataset": "d", "cut": "c", "build": build}
    return Transfer(**{**usual, **given})


def test_a_declaration_needs_no_tensorflow():
    code = (
        "import sys\nfrom prebake import *\n"
        "Transfer(title='T', backbone='b', dataset='d', cut='c', build=print)\n"
        "print([m for m in ('tensorflow', 'keras', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"backbone": ""}, "backbone='': expected a model's name"),
        ({"build": "x"}, "build='x': expected a function"),
        ({"cut": ""}, "cut='': expected the name of a layer"),
        ({"cut": BySource(a="x", b=3)}, "cut=3: expected the name of a layer"),
        ({"end": None}, "end=None: expected the name of a layer"),
        ({"trainable": "conv"}, "trainable='conv': expected a list"),
        ({"export": Export()}, "there to be trained"),
        ({"dataset": ""}, "a dataset or from classes"),
        ({"classes": ["a", "b"]}, "a dataset or from classes"),
        ({"tolerance": -1}, "tolerance is -1"),
        ({"trainable": None}, "trainable=None: expected a list"),
        ({"seed": "a"}, "seed='a': expected a whole number"),
        ({"dataset": "", "classes": "yes"}, "classes='yes': expected a list of names"),
        ({"dataset": "", "classes": ["a", "a"]}, "classes name a more than once"),
    ],
)
def test_what_does_not_fit_is_refused(given, said):
    with pytest.raises(DeclarationError, match=said):
        transfer(**given)


def test_values_go_by_the_source_of_the_weights():
    made = transfer(
        cut=BySource(small="x", large="y"),
        trainable=BySource(small=["p"], large=["q", "r"]),
        preprocess=BySource(small=SMALL, large=LARGE),
    )
    chosen = with_weights(made, "large")
    assert (chosen.cut, chosen.trainable, chosen.preprocess) == ("y", ["q", "r"], LARGE)
    assert with_weights(made, "small").preprocess == SMALL
    assert with_weights(transfer(), "") == transfer()


def test_preprocessing_is_that_of_the_backbone_unless_it_is_given():
    backbone = Converted(title="B", weights=KerasFile("b.keras"), preprocess=LARGE)
    assert with_backbone(transfer(), backbone).preprocess == LARGE
    assert with_backbone(transfer(preprocess=SMALL), backbone).preprocess == SMALL


def test_both_parts_are_exported_as_was_declared():
    settled = transfer(preprocess=SMALL, tolerance=0.2, golden=5)
    base, tail = base_of("t-base", settled), tail_of("t", settled)
    assert base.preprocess == SMALL
    assert (base.export.quantize, base.export.tolerance, base.golden) == ("auto", 0.2, 5)
    assert not base.export.trainable
    assert tail.preprocess is None
    assert tail.export.trainable


def test_only_what_has_several_sources_of_weights_preprocesses_by_them():
    with pytest.raises(DeclarationError, match=r"expected Preprocess\(…\)"):
        Blank(title="B", dataset="d", build=print, preprocess=BySource(a=SMALL))


def test_each_source_of_weights_is_checked():
    with pytest.raises(DeclarationError, match="expected Application"):
        Converted(title="C", weights=BySource(a=KerasFile("x.keras"), b="y.keras"))
    with pytest.raises(DeclarationError, match="holds no layers"):
        Converted(
            title="C",
            weights=BySource(a=KerasFile("x.keras"), b=SavedModel("y")),
            export=Export(format="layers"),
        )


# -- in a project --------------------------------------------------------------------------

BACKBONE = """
    from prebake import BySource, Converted, KerasFile, Preprocess, Scale

    backbone = Converted(
        title="B",
        weights=BySource(one=KerasFile("one.keras"), two=KerasFile("two.keras")),
        preprocess=BySource(one=Preprocess(Scale(1)), two=Preprocess(Scale(2))),
    )
"""
TRANSFER = """
    from prebake import BySource, Transfer

    mine = Transfer(
        title="M", backbone="backbone", dataset="dots", cut=BySource(one="x", two="y"), build=print
    )
"""


def with_transfer(project, backbone=BACKBONE, mine=TRANSFER):
    project.write("models/backbone.py", backbone)
    project.write("models/mine.py", mine)
    project.page("one", "One", "The first", "Text.", models="[mine]")
    return project


def test_a_page_that_names_it_gets_its_base_too(project):
    models = load_project(with_transfer(project).root).models
    assert list(models) == ["mine-base", "mine"]
    assert {(file.part, file.weights) for file in models.values()} == {
        ("base", "one"),
        ("tail", "one"),
    }
    assert models["mine"].declared.cut == "x"
    assert models["mine"].declared.preprocess.operations == (Scale(1),)


def test_another_source_is_chosen_by_option_or_in_site_toml(project):
    with_transfer(project)
    chosen = load_project(project.root, weights={"backbone": "two"}).models["mine"]
    assert (chosen.declared.cut, chosen.backbone.declared.weights.file) == ("y", "two.keras")
    project.write("site/site.toml", '[site]\ntitle = "T"\n\n[weights]\nbackbone = "two"\n')
    assert load_project(project.root).models["mine"].weights == "two"
    again = load_project(project.root, weights={"backbone": "one"}).models["mine"]
    assert again.weights == "one"


@pytest.mark.parametrize(
    ("weights", "error", "said"),
    [
        ({"backbon": "one"}, UsageError, "no model 'backbon'.*Did you mean 'backbone'"),
        ({"mine": "two"}, DeclarationError, "those of its backbone.*--weights backbone=two"),
        ({"backbone": "ona"}, DeclarationError, "no source 'ona'.*Did you mean 'one'"),
    ],
)
def test_unknown_choices_are_refused(project, weights, error, said):
    with_transfer(project)
    with pytest.raises(error) as caught:
        load_project(project.root, weights=weights)
    assert _matches(said, str(caught.value))


def _matches(said, text):
    import re

    return re.search(said, text.replace("\n", " "))


@pytest.mark.parametrize(
    ("backbone", "mine", "said"),
    [
        (BACKBONE, TRANSFER.replace('"backbone"', '"backbon"'), "which is its backbone"),
        (TRANSFER.replace("mine", "other"), TRANSFER, "is no Converted model with layers"),
        (BACKBONE, TRANSFER.replace('two="y"', 'three="y"'), "cut is not given for 'two'"),
        (
            BACKBONE.replace("two=Preprocess", "three=Preprocess"),
            TRANSFER + "    # three",
            "preprocess is not given for 'two', the source of the weights of 'backbone'",
        ),
        (
            BACKBONE.replace("BySource(one=KerasFile", "KerasFile").replace(
                ', two=KerasFile("two.keras"))', ""
            ),
            TRANSFER,
            "cut is given by source, but the weights of 'backbone' have only one",
        ),
    ],
)
def test_a_backbone_that_does_not_serve_is_refused(project, backbone, mine, said):
    with_transfer(project, backbone, mine)
    with pytest.raises(DeclarationError, match=said):
        load_project(project.root, weights={"backbone": "two"} if "three" in mine else None)


def test_the_name_of_the_base_must_be_free(project):
    with_transfer(project)
    project.write("models/mine_base.py", BACKBONE)
    with pytest.raises(DeclarationError, match="has the name of its base, 'mine-base'"):
        load_project(project.root)
