"""Dense, Embedding, shapes, and layers that only act in training."""

from __future__ import annotations

from ..lowering import Use
from ..network import Ref
from .activation import activated
from .common import pick, training_config, weights


def dense(use: Use) -> list[Ref]:
    if use.layer.get_config().get("quantization_config") or use.layer.quantization_mode:
        raise use.refuse("it holds quantised weights.", "Export it before quantising it in Keras.")

    def make(activation: str) -> Ref:
        config = {
            **pick(use, "units", "use_bias"),
            "activation": activation,
            **training_config(use, "kernel", "bias"),
        }
        return use.emit("Dense", config, weights(use, "kernel", "bias"))

    return activated(use, make)


def embedding(use: Use) -> list[Ref]:
    config = {
        **pick(use, "input_dim", "output_dim", "mask_zero"),
        **training_config(use, "embeddings"),
    }
    return [use.emit("Embedding", config, weights(use, "embeddings"))]


def flatten(use: Use) -> list[Ref]:
    if use.rank == 2:
        return list(use.inputs)
    config = use.layer.get_config()
    if any(size is None for size in use.shape[1:]):
        raise use.refuse(
            f"its input has the shape {list(use.shape)}, and tfjs flattens only known sizes.",
            "Give keras.Input its whole shape.",
        )
    return [use.emit("Flatten", {"data_format": config["data_format"]})]


def reshape(use: Use) -> list[Ref]:
    if use.node is None:
        return [use.emit("Reshape", pick(use, "target_shape"))]
    # What stands as -1 in the layer Keras knows from its input, and tfjs does not where the batch
    # is open.
    sizes = [-1 if size is None else size for size in use.sizes]
    return [use.emit("Reshape", {"target_shape": sizes})]


def permute(use: Use) -> list[Ref]:
    return [use.emit("Permute", pick(use, "dims"))]


def repeat_vector(use: Use) -> list[Ref]:
    return [use.emit("RepeatVector", pick(use, "n"))]


def masking(use: Use) -> list[Ref]:
    return [use.emit("Masking", {"mask_value": float(use.layer.mask_value)})]


def identity(use: Use) -> list[Ref]:
    return list(use.inputs)


def dropout(use: Use) -> list[Ref]:
    """In a model that only predicts, it does nothing and is left out."""
    if not use.trainable:
        return list(use.inputs)
    config = pick(use, "rate", "seed")
    noise = use.layer.get_config().get("noise_shape")
    if noise is not None:
        config["noise_shape"] = list(noise)
    return [use.emit(use.class_name, config)]


def noise(use: Use) -> list[Ref]:
    if not use.trainable:
        return list(use.inputs)
    name = {"GaussianNoise": "stddev"}.get(use.class_name, "rate")
    return [use.emit(use.class_name, pick(use, name))]


def only_in_training(use: Use) -> list[Ref]:
    """What tfjs does not have but what does nothing outside training."""
    if use.trainable:
        raise use.refuse(
            "tfjs-layers cannot train with it.",
            "Remove it, or declare Export(trainable=False).",
        )
    return list(use.inputs)


RULES = {
    "Dense": dense,
    "Embedding": embedding,
    "Flatten": flatten,
    "Reshape": reshape,
    "Permute": permute,
    "RepeatVector": repeat_vector,
    "Masking": masking,
    "Identity": identity,
    "Dropout": dropout,
    "SpatialDropout1D": dropout,
    "GaussianNoise": noise,
    "GaussianDropout": noise,
    "AlphaDropout": noise,
    "SpatialDropout2D": only_in_training,
    "SpatialDropout3D": only_in_training,
    "ActivityRegularization": only_in_training,
}
