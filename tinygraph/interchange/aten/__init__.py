"""PyTorch's operators (ATen) in tinygraph's words.

A function has the name of the operator, its parameters in the order of PyTorch's schema
and its defaults. One function serves every overload (`add.Tensor`, `add.Scalar`): a
tensor and a number are the same to NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .elementwise import ELEMENTWISE
from .images import IMAGES
from .indexing import INDEXING
from .layers import LAYERS
from .reductions import REDUCTIONS
from .shapes import SHAPES

OPERATORS: dict[str, Callable[..., Any]] = {
    **ELEMENTWISE,
    **IMAGES,
    **INDEXING,
    **LAYERS,
    **REDUCTIONS,
    **SHAPES,
}

# Operators that would be decomposed, and are easier to read as they are.
KEPT = {
    "_prelu_kernel",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "avg_pool1d",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "cross_entropy_loss",
    "cumprod",
    "detach",
    "dropout",
    "einsum",
    "group_norm",
    "layer_norm",
    "linalg_vector_norm",
    "linear",
    "logsumexp",
    "masked_fill",
    "matmul",
    "max_pool1d",
    "max_pool2d",
    "mse_loss",
    "roll",
    "scaled_dot_product_attention",
    "silu",
    "softplus",
    "split",
    "stack",
    "transpose",
    "unbind",
}
