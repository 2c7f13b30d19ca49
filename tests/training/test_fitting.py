import numpy as np
import pytest

from prebake.declare.fit import Augment, Cosine, EarlyStopping, Fit
from prebake.errors import ModelError
from prebake.training import quiet
from prebake.training.fitting import fit_model
from prebake.training.samples import Samples, Split


@pytest.fixture(scope="module")
def bright():
    """Images whose class is whether they are bright."""
    random = np.random.default_rng(0)
    images = random.normal(size=(240, 8, 8, 1)).astype(np.float32)
    return Samples(
        {"train": Split(images, (images.mean((1, 2, 3)) > 0).astype(np.int32))},
        ("dark", "light"),
        "bright",
    )


def model(seed=7, units=2):
    quiet.prepare(seed)
    import keras

    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(2, 3),
            keras.layers.Dropout(0.2),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="softmax"),
        ]
    )


def fitted(samples, scratch, report=lambda *_: None, **given):
    made = model()
    fit = Fit(**{"epochs": 3, "batch_size": 32, "seed": 7, "learning_rate": 0.01, **given})
    return made, fit_model(made, fit, samples, scratch, report, "models/x.py")


def test_a_killed_training_goes_on_as_if_nothing_had_happened(bright, tmp_path):
    given = {
        "augment": Augment(
            shift=0.1,
            rotate=5,
            zoom=0.1,
            flip="horizontal",
            stroke=0.5,
            contrast=0.2,
            brightness=0.1,
        ),
        "schedule": Cosine(warmup=0.5),
        "class_weights": "balanced",
        "stop": EarlyStopping(patience=3),
    }
    whole, first = fitted(bright, tmp_path / "whole", **given)

    class Killed(BaseException):
        pass

    steps = []

    def kill(done, total, text):
        steps.append(done)
        if len(steps) == 15:  # in the middle of the third epoch
            raise Killed

    with pytest.raises(Killed):
        fitted(bright, tmp_path / "killed", kill, **given)
    again, second = fitted(bright, tmp_path / "killed", **given)
    for a, b in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert first.history == second.history


def test_a_resumed_training_does_not_repeat_epochs(bright, tmp_path):
    fitted(bright, tmp_path)
    steps = []
    fitted(bright, tmp_path, lambda done, *_: steps.append(done), epochs=4)
    assert min(steps) == 22  # 216 samples are 7 steps; three epochs were done


def test_the_same_seed_gives_the_same_weights_and_another_does_not(bright, tmp_path):
    one, _ = fitted(bright, tmp_path / "1")
    two, _ = fitted(bright, tmp_path / "2")
    other, _ = fitted(bright, tmp_path / "3", seed=8)
    np.testing.assert_array_equal(one.get_weights()[0], two.get_weights()[0])
    assert not np.array_equal(one.get_weights()[0], other.get_weights()[0])


def test_early_stopping_keeps_the_best_weights(bright, tmp_path):
    made, result = fitted(
        bright, tmp_path, epochs=30, learning_rate=0.3, stop=EarlyStopping("val_loss", patience=2)
    )
    losses = result.history["val_loss"]
    assert result.epochs < 30
    assert result.best_epoch == int(np.argmin(losses)) + 1
    assert result.epochs == result.best_epoch + 2
    # The weights are those of the best epoch: training that far and no further gives them.
    best, _ = fitted(bright, tmp_path / "short", epochs=result.best_epoch, learning_rate=0.3)
    for a, b in zip(made.get_weights(), best.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_it_learns(bright, tmp_path):
    _, result = fitted(bright, tmp_path, epochs=15)
    assert result.history["accuracy"][-1] > 0.8
    assert result.trained_on == 216
    assert result.validated_on == 24


def test_a_loss_that_is_no_number_is_said_at_once(tmp_path):
    images = np.full((40, 8, 8, 1), 1e30, np.float32)
    samples = Samples({"train": Split(images, np.arange(40, dtype=np.int32) % 2)}, ("a", "b"), "x")
    with pytest.raises(ModelError, match=r"in epoch 1 the .* became nan.*diverged"):
        fitted(samples, tmp_path, learning_rate=1e9)


def test_progress_says_epoch_metrics_and_time_left(bright, tmp_path):
    texts = []
    fitted(bright, tmp_path, lambda done, total, text: texts.append((done, total, text)))
    done, total, text = texts[-1]
    assert done == total == 21
    assert "epoch 3 of 3" in text
    assert "accuracy 0." in text
    assert text.endswith("0:00 left")


def test_an_unknown_class_weight_is_refused_with_the_nearest_name(bright, tmp_path):
    with pytest.raises(ModelError, match=r"names the class 'lihgt'.*Did you mean 'light'"):
        fitted(bright, tmp_path, class_weights={"lihgt": 2.0})


def test_stopping_on_a_metric_that_is_not_there_names_those_that_are(bright, tmp_path):
    with pytest.raises(ModelError, match=r"'val_f1'.*val_accuracy"):
        fitted(bright, tmp_path, stop=EarlyStopping("val_f1"))


def test_softmax_is_found_behind_layers_that_change_nothing():
    from prebake.training.fitting import last_activation

    quiet.prepare(1)
    import keras

    layers = keras.layers
    head = [keras.Input((4,)), layers.Dense(3, activation="softmax")]
    assert last_activation(keras.Sequential([*head, layers.Activation("linear")])) == "softmax"
    assert last_activation(keras.Sequential([*head, layers.Dropout(0.1)])) == "softmax"
    assert last_activation(keras.Sequential([*head, layers.Dense(2)])) == "linear"


def test_a_damaged_checkpoint_is_passed_over(bright, tmp_path):
    fitted(bright, tmp_path)
    path = tmp_path / "epoch.npz"
    path.write_bytes(path.read_bytes()[:200])
    steps = []
    fitted(bright, tmp_path, lambda done, *_: steps.append(done))
    assert min(steps) == 1


def test_evaluation_says_how_many_samples_of_all_splits_are_done(bright):
    from prebake.training.made import evaluate_splits

    train = bright.splits["train"]
    samples = Samples({"train": train, "test": train.take(np.arange(10))}, bright.classes, "bright")
    said = []
    marks = evaluate_splits(model(), samples, lambda *values: said.append(values))
    assert [done for done, _, _ in said] == [240, 250]
    assert {total for _, total, _ in said} == {250}
    assert said[-1][2] == "samples evaluated, 0:00 left"
    assert {name: each.samples for name, each in marks.items()} == {"train": 240, "test": 10}
