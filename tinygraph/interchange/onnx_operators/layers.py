"""Operators that are layers: products and normalisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import compositions
from ...errors import ArgumentError
from ...ops.linear import linear
from ..aten.elementwise import scaled


def gemm(
    x: Any,
    y: Any,
    b: Any = None,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,
    transB: int = 0,
) -> Any:
    """alpha x y + beta b; a fully connected layer where y is transposed."""
    usual = b is None or (beta == 1 and b.shape == y.shape[:1])
    if usual and (alpha, transA, transB) == (1, 0, 1):
        return linear(x, y, b)
    left = np.transpose(x) if transA else x
    right = np.transpose(y) if transB else y
    product = scaled(left @ right, alpha)
    return product if b is None else product + scaled(b, beta)


def batch_normalization(
    x: Any,
    scale: Any,
    shift: Any,
    mean: Any,
    variance: Any,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    training_mode: int = 0,
    spatial: int = 1,
) -> Any:
    """(x − mean) / √(variance + ε) for each channel."""
    if training_mode:
        raise ArgumentError("it is in training: export the network for use")
    return compositions.batch_norm(
        x, scale, shift, mean=mean, variance=variance, epsilon=epsilon
    )


def layer_normalization(
    x: Any,
    scale: Any,
    shift: Any = None,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
) -> Any:
    """Each example minus its mean, divided by its deviation."""
    first = axis % x.ndim
    count = x.ndim - first
    if scale.shape == x.shape[first:]:
        return compositions.layer_norm(x, scale, shift, axes=count, epsilon=epsilon)
    y = compositions.layer_norm(x, axes=count, epsilon=epsilon) * scale
    return y if shift is None else y + shift


def group_normalization(
    x: Any,
    scale: Any,
    shift: Any,
    num_groups: int,
    epsilon: float = 1e-5,
    stash_type: int = 1,
) -> Any:
    """Each group of channels minus its mean, divided by its deviation."""
    if scale.shape == (num_groups,) != x.shape[1:2]:  # as before opset 21
        each = x.shape[1] // num_groups
        scale, shift = np.repeat(scale, each), np.repeat(shift, each)
    return compositions.group_norm(x, num_groups, scale, shift, epsilon=epsilon)


def instance_normalization(
    x: Any, scale: Any, shift: Any, epsilon: float = 1e-5
) -> Any:
    """Each channel of each example minus its mean, divided by its deviation."""
    return group_normalization(x, scale, shift, x.shape[1], epsilon)


LAYERS: dict[str, Callable[..., Any]] = {
    "BatchNormalization": batch_normalization,
    "Det": np.linalg.det,
    "Einsum": lambda *operands, equation: np.einsum(equation, *operands),
    "Gemm": gemm,
    "GroupNormalization": group_normalization,
    "InstanceNormalization": instance_normalization,
    "LayerNormalization": layer_normalization,
    "MatMul": np.matmul,
}
