"""Simplifying a graph with Grappler, TensorFlow's own optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .port import Port


def simplify(graph: Any, outputs: Sequence[Port]) -> Any:
    """Folds constants and removes what is not needed, with TensorFlow's own optimizer."""
    import tensorflow as tf
    from tensorflow.core.protobuf.config_pb2 import ConfigProto
    from tensorflow.python.grappler import tf_optimizer
    from tensorflow.python.training.saver import export_meta_graph

    config = ConfigProto()
    passes = ["debug_stripper", *("pruning", "constfold", "arithmetic", "dependency") * 2]
    config.graph_options.rewrite_options.optimizers[:] = passes
    with tf.Graph().as_default() as holder:
        tf.import_graph_def(graph, name="")
        for port in outputs:
            # The collection that tells the optimizer what has to stay.
            holder.add_to_collection("train_op", holder.get_operation_by_name(port.spec.name))
        meta = export_meta_graph(graph_def=holder.as_graph_def(), graph=holder)
        return tf_optimizer.OptimizeGraph(config, meta, cluster=_cluster())


def _cluster() -> Any:
    """A made-up device, so that the machine this runs on makes no difference."""
    from tensorflow.core.protobuf.device_properties_pb2 import NamedDevice
    from tensorflow.python.grappler.cluster import Cluster

    device = NamedDevice()
    device.name = "/GPU:0"
    device.properties.type = "GPU"
    device.properties.environment["architecture"] = "4"
    return Cluster(devices=[device])
