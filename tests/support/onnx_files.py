"""ONNX files, executed by onnxruntime."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def executed(path, feed, every=False):
    """The first output of a file, or all of them, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )
    names = {wanted.name: wanted.type for wanted in session.get_inputs()}
    kinds = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
    typed = {n: np.asarray(a, kinds.get(names[n])) for n, a in feed.items()}
    results = session.run(None, typed)
    return results if every else results[0]


def free_axis(path):
    """The axis of the output whose size is free, and the name of that size."""
    dims = onnx.load(path).graph.output[0].type.tensor_type.shape.dim
    [found] = [(a, dim.dim_param) for a, dim in enumerate(dims) if dim.dim_param]
    return found
