"""How Keras 1 and 2 called what Keras 3 calls otherwise."""

from __future__ import annotations

from typing import Any

CLASSES = {
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "CuDNNGRU": "GRU",
    "CuDNNLSTM": "LSTM",
    "Deconvolution2D": "Conv2DTranspose",
    "GRUV1": "GRU",
    "GRUV2": "GRU",
    "LSTMV1": "LSTM",
    "LSTMV2": "LSTM",
    "Model": "Functional",
    "SeparableConvolution2D": "SeparableConv2D",
    "SyncBatchNormalization": "BatchNormalization",
}

KEYS = {
    "W_constraint": "kernel_constraint",
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "alpha": "negative_slope",
    "atrous_rate": "dilation_rate",
    "b_constraint": "bias_constraint",
    "b_regularizer": "bias_regularizer",
    "beta_init": "beta_initializer",
    "bias": "use_bias",
    "border_mode": "padding",
    "consume_less": "",
    "dropout_U": "recurrent_dropout",
    "dropout_W": "dropout",
    "filter_length": "kernel_size",
    "forget_bias_init": "",
    "gamma_init": "gamma_initializer",
    "init": "kernel_initializer",
    "inner_activation": "recurrent_activation",
    "inner_init": "recurrent_initializer",
    "length": "size",
    "nb_filter": "filters",
    "p": "rate",
    "pool_length": "pool_size",
    "sigma": "stddev",
    "stride": "strides",
    "subsample": "strides",
    "subsample_length": "strides",
}
"""From a keyword of Keras 1 or 2 to that of Keras 3; empty for those that say nothing here. They
are only looked at where a layer of Keras 3 does not take the old one."""

NEUTRAL: dict[str, tuple[Any, ...]] = {
    "batch_input_shape": (),
    "batch_size": (),
    "dim_ordering": ("tf", "default"),
    "fused": (),
    "groups": (1,),
    "implementation": (),
    "input_dim": (),
    "input_dtype": (),
    "input_length": (),
    "input_shape": (),
    "mode": (0, None, "sum"),
    "output_padding": (None,),
    "ragged": (False, None),
    "renorm": (False, None),
    "sparse": (False, None),
    "sparsity": (),
    "time_major": (False,),
    "trainable": (),
    "virtual_batch_size": (None,),
}
"""Keywords that Keras 3 does not take, with the values by which a layer computes the same without
them; an empty list means whatever the value."""
