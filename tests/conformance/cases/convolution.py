"""Convolutions, their padding and cropping, and upsampling."""

from ..case import agrees, alone, chain, layers, refused

_IMAGE = (6, 5, 4)
_CUBE = (4, 3, 3, 2)
_SEQUENCE = (7, 4)

_CONV1D = (
    alone("Conv1D", "valid", _SEQUENCE, filters=3, kernel_size=3),
    alone("Conv1D", "same stride 2", _SEQUENCE, filters=3, kernel_size=3, strides=2,
          padding="same"),
    alone("Conv1D", "dilation 2", _SEQUENCE, filters=3, kernel_size=2, dilation_rate=2),
    alone("Conv1D", "causal", _SEQUENCE, filters=3, kernel_size=3, padding="causal"),
    alone("Conv1D", "causal dilation 2", _SEQUENCE, filters=3, kernel_size=2, padding="causal",
          dilation_rate=2),
    alone("Conv1D", "in groups", _SEQUENCE, filters=4, kernel_size=3, groups=2),
    alone("Conv1D", "on any length without bias", (None, 4), filters=3, kernel_size=3,
          use_bias=False, activation="relu"),
    alone("Conv1D", "causal on any length", (None, 4), filters=3, kernel_size=3,
          padding="causal"),
    alone("Conv1D", "causal stride 2, hard_silu", _SEQUENCE, filters=3, kernel_size=3, strides=2,
          padding="causal", activation="hard_silu"),
    alone("Conv1D", "causal in groups", _SEQUENCE, filters=4, kernel_size=3, padding="causal",
          groups=2, use_bias=False),
    alone("Conv1D", "channels first", _SEQUENCE, "refused", filters=3, kernel_size=3,
          data_format="channels_first"),
)  # fmt: skip

_CONV2D = (
    alone("Conv2D", "valid", _IMAGE, filters=3, kernel_size=3),
    alone("Conv2D", "same", _IMAGE, filters=3, kernel_size=3, padding="same"),
    alone("Conv2D", "same stride 2", _IMAGE, filters=3, kernel_size=3, strides=2, padding="same"),
    alone("Conv2D", "same with an even kernel", _IMAGE, filters=3, kernel_size=(2, 4),
          padding="same"),
    alone("Conv2D", "unequal kernel and strides", _IMAGE, filters=3, kernel_size=(3, 2),
          strides=(2, 1)),
    alone("Conv2D", "dilation 2", _IMAGE, filters=3, kernel_size=2, dilation_rate=2),
    alone("Conv2D", "same dilation (2, 1)", _IMAGE, filters=3, kernel_size=3,
          dilation_rate=(2, 1), padding="same"),
    alone("Conv2D", "without bias", _IMAGE, filters=3, kernel_size=1, use_bias=False),
    alone("Conv2D", "in 2 groups", _IMAGE, filters=6, kernel_size=3, groups=2),
    alone("Conv2D", "in as many groups as channels", _IMAGE, filters=4, kernel_size=3, groups=4),
    alone("Conv2D", "in 2 groups dilation 2", _IMAGE, filters=4, kernel_size=2, groups=2,
          dilation_rate=2),
    alone("Conv2D", "channels first", (4, 6, 5), "refused", filters=3, kernel_size=3, padding="same",
          data_format="channels_first"),
    alone("Conv2D", "on images of any size", (None, None, 3), filters=2, kernel_size=3,
          padding="same"),
    alone("Conv2D", "with low-rank adapters", _IMAGE, filters=3, kernel_size=3, lora_rank=2),
    alone("Conv2D", "regularised and constrained", _IMAGE, filters=3, kernel_size=3,
          kernel_regularizer="l2", bias_constraint="non_neg", activity_regularizer="l1"),
)  # fmt: skip

_CONV3D = (
    alone("Conv3D", "valid", _CUBE, filters=3, kernel_size=2),
    alone("Conv3D", "same stride 2", _CUBE, filters=2, kernel_size=3, strides=2, padding="same"),
    alone("Conv3D", "dilation 2", _CUBE, filters=2, kernel_size=(2, 1, 1), dilation_rate=2),
    alone("Conv3D", "in groups", _CUBE, filters=2, kernel_size=2, groups=2),
    alone("Conv3D", "relu without bias", _CUBE, filters=2, kernel_size=2, activation="relu",
          use_bias=False),
    alone("Conv3D", "channels first", (2, 4, 3, 3), "refused", filters=2, kernel_size=2,
          data_format="channels_first"),
)  # fmt: skip

_TRANSPOSED = (
    alone("Conv1DTranspose", "valid", _SEQUENCE, "refused", filters=3, kernel_size=3),
    alone("Conv1DTranspose", "same stride 2", _SEQUENCE, "refused", filters=3, kernel_size=3, strides=2,
          padding="same"),
    alone("Conv2DTranspose", "valid", _IMAGE, filters=3, kernel_size=3),
    alone("Conv2DTranspose", "same", _IMAGE, filters=3, kernel_size=3, padding="same"),
    alone("Conv2DTranspose", "same stride 2", _IMAGE, filters=3, kernel_size=3, strides=2,
          padding="same"),
    alone("Conv2DTranspose", "valid stride 3 kernel 2", _IMAGE, filters=3, kernel_size=2,
          strides=3),
    alone("Conv2DTranspose", "same stride 2 kernel 2 without bias", _IMAGE, filters=3,
          kernel_size=2, strides=2, padding="same", use_bias=False, activation="relu"),
    alone("Conv2DTranspose", "output_padding 1", _IMAGE, "refused", filters=3, kernel_size=3,
          strides=3, padding="same", output_padding=1),
    alone("Conv2DTranspose", "output_padding that changes nothing", _IMAGE, "refused", filters=3,
          kernel_size=3, strides=2, padding="same", output_padding=1),
    alone("Conv2DTranspose", "dilation 2", _IMAGE, "refused", filters=3, kernel_size=2, dilation_rate=2),
    alone("Conv2DTranspose", "channels first", (4, 6, 5), "refused", filters=3, kernel_size=3,
          data_format="channels_first"),
    alone("Conv3DTranspose", "valid", _CUBE, filters=2, kernel_size=2),
    alone("Conv3DTranspose", "same stride 2", _CUBE, filters=2, kernel_size=3, strides=2,
          padding="same"),
    alone("Conv3DTranspose", "output_padding 1", _CUBE, "refused", filters=2, kernel_size=3,
          strides=3, padding="same", output_padding=1),
)  # fmt: skip

_DEPTHWISE = (
    alone("DepthwiseConv1D", "valid", _SEQUENCE, "refused", kernel_size=3),
    alone("DepthwiseConv1D", "same depth 2", _SEQUENCE, "refused", kernel_size=3, padding="same",
          depth_multiplier=2),
    alone("DepthwiseConv2D", "valid", _IMAGE, kernel_size=3),
    alone("DepthwiseConv2D", "same stride 2", _IMAGE, kernel_size=3, strides=2, padding="same"),
    alone("DepthwiseConv2D", "depth 2 relu6", _IMAGE, kernel_size=3, depth_multiplier=2,
          activation="relu6"),
    alone("DepthwiseConv2D", "dilation 2", _IMAGE, kernel_size=2, dilation_rate=2),
    alone("DepthwiseConv2D", "same dilation 2 depth 2", _IMAGE, kernel_size=3, dilation_rate=2,
          padding="same", depth_multiplier=2),
    alone("DepthwiseConv2D", "dilation (2, 1)", _IMAGE, kernel_size=2, dilation_rate=(2, 1),
          padding="same"),
    alone("DepthwiseConv2D", "without bias", _IMAGE, kernel_size=3, use_bias=False),
    alone("DepthwiseConv2D", "unequal kernel", _IMAGE, kernel_size=(3, 2)),
    alone("DepthwiseConv2D", "channels first", (4, 6, 5), "refused", kernel_size=3,
          data_format="channels_first"),
    alone("SeparableConv1D", "valid", _SEQUENCE, "refused", filters=3, kernel_size=3),
    alone("SeparableConv1D", "same depth 2", _SEQUENCE, "refused", filters=3, kernel_size=3, padding="same",
          depth_multiplier=2),
    alone("SeparableConv2D", "valid", _IMAGE, filters=3, kernel_size=3),
    alone("SeparableConv2D", "same stride 2 depth 2", _IMAGE, filters=3, kernel_size=3, strides=2,
          padding="same", depth_multiplier=2),
    alone("SeparableConv2D", "dilation 2 without bias", _IMAGE, filters=3, kernel_size=2,
          dilation_rate=2, use_bias=False, activation="relu"),
    alone("SeparableConv2D", "initialised and regularised", _IMAGE, filters=3, kernel_size=3,
          depthwise_initializer="he_normal", pointwise_initializer="ones",
          depthwise_regularizer="l2", pointwise_constraint="non_neg"),
    alone("SeparableConv2D", "channels first", (4, 6, 5), "refused", filters=3, kernel_size=3,
          data_format="channels_first"),
)  # fmt: skip

_EDGES = (
    alone("ZeroPadding1D", "of 2", _SEQUENCE, padding=2),
    alone("ZeroPadding1D", "of (1, 2)", _SEQUENCE, padding=(1, 2)),
    alone("ZeroPadding1D", "on any length", (None, 3), padding=(1, 2)),
    alone("ZeroPadding2D", "of 1", _IMAGE, padding=1),
    alone("ZeroPadding2D", "of (1, 2)", _IMAGE, padding=(1, 2)),
    alone("ZeroPadding2D", "of ((1, 0), (2, 3))", _IMAGE, padding=((1, 0), (2, 3))),
    alone("ZeroPadding2D", "channels first", (4, 6, 5), "refused", padding=((1, 0), (2, 3)),
          data_format="channels_first"),
    alone("ZeroPadding3D", "of 1", _CUBE, "refused", padding=1),
    alone("Cropping1D", "of (1, 2)", _SEQUENCE, cropping=(1, 2)),
    alone("Cropping1D", "of nothing at the end", _SEQUENCE, cropping=(1, 0)),
    alone("Cropping1D", "on any length", (None, 4), "refused", cropping=(1, 2)),
    alone("Cropping2D", "on images of any size", (None, None, 3), "refused", cropping=1),
    alone("Cropping2D", "of 1", _IMAGE, cropping=1),
    alone("Cropping2D", "of ((1, 0), (2, 1))", _IMAGE, cropping=((1, 0), (2, 1))),
    alone("Cropping2D", "channels first", (4, 6, 5), "refused", cropping=((1, 0), (2, 1)),
          data_format="channels_first"),
    alone("Cropping3D", "of 1", (4, 3, 3, 2), "refused", cropping=1),
    alone("UpSampling1D", "of 2", _SEQUENCE, size=2),
    alone("UpSampling1D", "on any length", (None, 4), size=3),
    alone("UpSampling2D", "nearest", _IMAGE),
    alone("UpSampling2D", "nearest of (3, 2)", _IMAGE, size=(3, 2)),
    alone("UpSampling2D", "nearest channels first", (4, 6, 5), "refused", data_format="channels_first"),
    alone("UpSampling2D", "bilinear", _IMAGE, "refused", interpolation="bilinear"),
    alone("UpSampling2D", "bicubic", _IMAGE, "refused", interpolation="bicubic"),
    alone("UpSampling3D", "of 2", _CUBE, "refused", size=2),
)  # fmt: skip


def _large_groups():
    return chain((4, 4, 512), layers.Conv2D(512, 3, groups=64))


_CHAINS = (
    refused("Conv2D", "in many large groups", _large_groups),
    agrees(
        "Conv2D",
        "then batch normalisation, ReLU and pooling",
        lambda: chain(
            (6, 6, 2),
            layers.Conv2D(4, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(6.0),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ),
    ),
    refused(
        "Conv2D",
        "of float16",
        lambda: chain((4, 4, 2), layers.Conv2D(3, 2, dtype="float16")),
    ),
)

CASES = (*_CONV1D, *_CONV2D, *_CONV3D, *_TRANSPOSED, *_DEPTHWISE, *_EDGES, *_CHAINS)
