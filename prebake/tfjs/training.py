"""How a compiled model is trained, as tfjs reads it from ``trainingConfig``.

tfjs-layers 4.22, engine/training.ts: ``loadTrainingConfig``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ModelError

if TYPE_CHECKING:
    import keras

LOSSES = {
    "binary_crossentropy": "binary_crossentropy",
    "categorical_crossentropy": "categorical_crossentropy",
    "sparse_categorical_crossentropy": "sparse_categorical_crossentropy",
    "mean_squared_error": "mean_squared_error",
    "mean_absolute_error": "mean_absolute_error",
    "mean_absolute_percentage_error": "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error": "mean_squared_logarithmic_error",
    "kl_divergence": "kullback_leibler_divergence",
    "hinge": "hinge",
    "squared_hinge": "squared_hinge",
    "categorical_hinge": "categorical_hinge",
    "poisson": "poisson",
    "log_cosh": "logcosh",
    "cosine_similarity": "cosine_proximity",
}
_OPTIMIZER_OPTIONS = (
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    "gradient_accumulation_steps",
    "loss_scale_factor",
)
_LOSS_OPTIONS: dict[str, tuple[Any, ...]] = {
    "label_smoothing": (0, None),
    "reduction": ("sum_over_batch_size", "mean", "auto", None),
    "ignore_class": (None,),
    "axis": (-1, None),
}
"""Of losses the options that tfjs does not have, and their usual values."""
LARGEST_EPSILON = 1e-6
METRICS = {"accuracy", "mse", "mae", "mape", "cosine_similarity"}


def training_config(model: keras.Model) -> dict[str, Any] | None:
    """``trainingConfig``; None if the model is not compiled.

    Raises:
        ModelError: for an optimizer or a loss that tfjs does not have, and for what tfjs would
            leave out of one that it has.
    """
    if not getattr(model, "compiled", False) or model.optimizer is None:
        return None
    config = model.get_compile_config() or {}
    for option in ("loss_weights", "weighted_metrics"):
        if config.get(option):
            raise _refused(model.name, f"tfjs does not have {option} of compile()")
    return {
        "loss": _loss(config.get("loss"), model.name),
        "metrics": _metrics(config.get("metrics")),
        "optimizer_config": _optimizer(model.optimizer, model.name),
    }


def _loss(loss: Any, name: str) -> Any:
    if isinstance(loss, list):
        return [_loss(each, name) for each in loss]
    if isinstance(loss, dict) and "class_name" not in loss:
        return {key: _loss(each, name) for key, each in loss.items()}
    if isinstance(loss, dict):
        given = loss.get("config", {})
        if given.get("from_logits"):
            raise _refused(name, "its loss is computed from logits, and tfjs's from probabilities")
        for option, usual in _LOSS_OPTIONS.items():
            if given.get(option, usual[0]) not in usual:
                raise _refused(name, f"tfjs's loss has no {option}={given[option]!r}")
        spelled = _snake(loss["class_name"])
    else:
        spelled = {"mse": "mean_squared_error", "mae": "mean_absolute_error"}.get(loss, loss)
    if spelled not in LOSSES:
        raise _refused(name, f"tfjs has no loss {spelled!r}")
    return LOSSES[spelled]


def _metrics(metrics: Any) -> list[str]:
    flat = metrics if isinstance(metrics, list) else []
    names = {"mean_squared_error": "mse", "mean_absolute_error": "mae", "acc": "accuracy"}
    spelled = [names.get(each, each) for each in flat if isinstance(each, str)]
    return [each for each in spelled if each in METRICS]


def forgotten(model: keras.Model) -> list[str]:
    """What a page's training does not go on with, as notes for the model card."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None or not int(optimizer.iterations):
        return []
    steps = int(optimizer.iterations)
    return [
        f"training in the page starts a new {type(optimizer).__name__}: what the optimizer had "
        f"gathered in {steps:,} steps (moments, counts) does not ship"
    ]


def _optimizer(optimizer: Any, name: str) -> dict[str, Any]:
    _demand_plain(optimizer, name)
    rate = float(optimizer.learning_rate)
    kind = type(optimizer).__name__
    if kind == "SGD":
        if optimizer.momentum:
            config: dict[str, Any] = {"learning_rate": rate, "momentum": float(optimizer.momentum)}
            return {
                "class_name": "Momentum",
                "config": {**config, "use_nesterov": bool(optimizer.nesterov)},
            }
        return {"class_name": "SGD", "config": {"learning_rate": rate}}
    if kind == "Adam" and optimizer.amsgrad:
        raise _refused(name, "tfjs's Adam has no amsgrad")
    if kind == "Adam":
        # Keras adds epsilon before the correction of the bias, tfjs behind it: in its first steps
        # it weighs up to thirty times as much. The usual one is too small to matter.
        if optimizer.epsilon > LARGEST_EPSILON:
            raise _refused(name, f"epsilon={optimizer.epsilon:g} of Adam means less in tfjs")
        config = {"learning_rate": rate, "beta1": optimizer.beta_1, "beta2": optimizer.beta_2}
        return {"class_name": "Adam", "config": {**config, "epsilon": optimizer.epsilon}}
    if kind == "RMSprop" and optimizer.centered:
        raise _refused(name, "tfjs's RMSprop gives NaN with centered=True")
    if kind == "RMSprop":
        config = {"learning_rate": rate, "decay": optimizer.rho, "momentum": optimizer.momentum}
        config = {**config, "epsilon": optimizer.epsilon, "centered": bool(optimizer.centered)}
        return {"class_name": "RMSProp", "config": config}
    raise _refused(name, f"tfjs has no optimizer that works as {kind} does")


def _demand_plain(optimizer: Any, name: str) -> None:
    """Refuses what tfjs's optimizers do not have."""
    config = optimizer.get_config()
    if isinstance(config.get("learning_rate"), dict):
        schedule = config["learning_rate"].get("class_name", "a schedule")
        raise _refused(name, f"tfjs has no {schedule} for its learning rate")
    for option in _OPTIMIZER_OPTIONS:
        if config.get(option):
            raise _refused(name, f"tfjs's optimizers have no {option}")


def _snake(name: str) -> str:
    import re

    return (
        re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
        .lower()
        .replace("kldivergence", "kl_divergence")
    )


def _refused(name: str, problem: str) -> ModelError:
    return ModelError(
        f"{problem}, so that a page could not train it as Python does.",
        where=f"model {name!r}",
        remedy="Compile it with sgd, adam or rmsprop and one of tfjs's losses, or declare "
        "Export(trainable=False).",
    )
