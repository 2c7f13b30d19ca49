"""Ten steps of training in tfjs and in Keras, with each optimizer and each loss that is written."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from prebake.tfjs.layers import write_layers_model
from prebake.tfjs.training import LOSSES
from tests.conftest import ROOT

STEPS = 10
FIT = Path(__file__).resolve().parents[2] / "tfjs" / "fit.mjs"
OPTIMIZERS = {
    "SGD": {"learning_rate": 0.05},
    "SGD with momentum": {"learning_rate": 0.02, "momentum": 0.9},
    "SGD with Nesterov's momentum": {"learning_rate": 0.02, "momentum": 0.9, "nesterov": True},
    "Adam": {"learning_rate": 0.01},
    "Adam with other decays": {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.95},
    "RMSprop": {"learning_rate": 0.01},
    "RMSprop with momentum": {"learning_rate": 0.01, "rho": 0.8, "momentum": 0.5},
}
PROBABILITIES = {"binary_crossentropy": "sigmoid"}
CLASSES = ("categorical_crossentropy", "sparse_categorical_crossentropy", "kl_divergence")
SIGNS = ("hinge", "squared_hinge")
POSITIVE = ("poisson", "mean_squared_logarithmic_error", "mean_absolute_percentage_error")


def _network(loss: str):
    """A model for a loss, and inputs and targets that it can learn."""
    import keras

    random = np.random.default_rng(3)
    x = random.normal(size=(12, 4)).astype("f4")
    score = x @ np.array([1, -1, 0.5, 0.25], "f4")
    if loss in CLASSES or loss == "categorical_hinge":
        labels = np.digitize(score, [-0.5, 0.5])
        y = labels[:, None] if loss.startswith("sparse") else np.eye(3)[labels]
        units, activation = 3, "softmax"
    elif loss in PROBABILITIES:
        y, units, activation = (score > 0)[:, None], 1, "sigmoid"
    elif loss in SIGNS:
        y, units, activation = np.sign(score)[:, None], 1, "tanh"
    elif loss in POSITIVE:
        y, units, activation = np.exp(score / 2)[:, None], 1, "softplus"
    elif loss == "cosine_similarity":
        y, units, activation = np.stack([score, -score, np.ones_like(score)], 1), 3, None
    else:
        y, units, activation = score[:, None] / 2, 1, None
    hidden = keras.layers.Dense(5, "tanh", kernel_initializer=keras.initializers.GlorotUniform(1))
    last = keras.layers.Dense(
        units, activation, kernel_initializer=keras.initializers.GlorotUniform(2)
    )
    return keras.Sequential([keras.Input((4,)), hidden, last]), x, y.astype("f4")


def _optimizer(name: str):
    import keras

    return getattr(keras.optimizers, name.split(" ")[0])(**OPTIMIZERS[name])


TRIALS = [
    *((name, "mean_squared_error") for name in OPTIMIZERS),
    *(("SGD", loss) for loss in LOSSES),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """For each trial the losses of Keras, and those of tfjs."""
    from prebake.training import quiet

    quiet.prepare(4)
    folder = tmp_path_factory.mktemp("trainings")
    ours, jobs = [], []
    for number, (name, loss) in enumerate(TRIALS):
        model, x, y = _network(loss)
        model.compile(optimizer=_optimizer(name), loss=loss)
        write_layers_model(model, folder / str(number), trainable=True)
        jobs.append(
            {
                "folder": str(folder / str(number)),
                "inputs": x.ravel().tolist(),
                "shape": list(x.shape),
                "targets": y.ravel().tolist(),
                "targetShape": list(y.shape),
                "steps": STEPS,
            }
        )
        ours.append([float(model.train_on_batch(x, y)) for _ in range(STEPS)])
    done = subprocess.run(
        ["node", str(FIT)],
        input=json.dumps({"root": str(ROOT), "jobs": jobs}),
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = [each["losses"] for each in json.loads(done.stdout.strip().splitlines()[-1])]
    return dict(zip(TRIALS, zip(ours, theirs, strict=True), strict=True))


@pytest.mark.parametrize("trial", dict.fromkeys(TRIALS), ids=" and ".join)
def test_ten_steps_have_the_same_losses(trained, trial):
    ours, theirs = trained[trial]
    np.testing.assert_allclose(theirs, ours, rtol=1e-3, atol=1e-5)
    assert ours[-1] != ours[0]
