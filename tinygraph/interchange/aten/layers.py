"""Operators that are layers: products, attention, normalisation, losses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import compositions, ops
from ...errors import ArgumentError
from ...ops.linear import linear
from .elementwise import scaled

REDUCTION = ("none", "mean", "sum")  # PyTorch's numbers 0, 1 and 2


def addmm(b: Any, x: Any, y: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta b + alpha x y."""
    return scaled(b, beta) + scaled(x @ y, alpha)


def attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(q kᵀ / √d + mask) v. Vaswani et al., Attention is all you need, 2017."""
    refuse_dropout(dropout_p)
    if enable_gqa:
        heads = query.shape[-3]
        key = np.repeat(key, heads // key.shape[-3], axis=-3)
        value = np.repeat(value, heads // value.shape[-3], axis=-3)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = (query @ np.swapaxes(key, -1, -2)) * factor
    if is_causal:
        attn_mask = np.tri(*scores.shape[-2:], dtype=bool)
    if attn_mask is not None and attn_mask.dtype == bool:
        scores = np.where(attn_mask, scores, -np.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    return ops.softmax(scores) @ value


def dropout(x: Any, p: float, train: bool) -> Any:
    """`x` itself: in training, dropout would draw random numbers, which is refused."""
    refuse_dropout(p if train else 0)
    return x


def refuse_dropout(p: float) -> None:
    """Raise ArgumentError unless nothing is dropped."""
    if p:
        raise ArgumentError(
            f"from_torch: dropout with p = {p} draws random numbers, which a recorded "
            f"graph cannot repeat: call module.eval() before, or set p to 0"
        )


def batch_norm(
    x: Any,
    weight: Any,
    bias: Any,
    mean: Any,
    variance: Any,
    training: bool,
    momentum: float,
    epsilon: float,
    *options: Any,
) -> Any:
    """(x − mean) / √(variance + ε) for each channel, of the batch while training.

    The running statistics stay as they are.
    """
    if training:
        mean = variance = None
    return compositions.batch_norm(
        x, weight, bias, mean=mean, variance=variance, epsilon=epsilon
    )


def first(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with statistics as further results, which nobody asks for."""
    return lambda *arguments: (function(*arguments), *[None] * 4)


def no_training(x: Any, w: Any, b: Any, mean: Any, variance: Any, *rest: Any) -> Any:
    """Batch normalisation with running statistics."""
    return batch_norm(x, w, b, mean, variance, False, *rest)


def no_stats(x: Any, *arguments: Any) -> Any:
    """Batch normalisation, with or without running statistics."""
    if len(arguments) == 5:
        weight, bias, training, momentum, epsilon = arguments
        arguments = (weight, bias, None, None, training, momentum, epsilon)
    return batch_norm(x, *arguments)


def layer_norm(
    x: Any,
    shape: Sequence[int],
    weight: Any = None,
    bias: Any = None,
    epsilon: float = 1e-5,
    *options: Any,
) -> Any:
    """Each example minus its mean, divided by its deviation."""
    return compositions.layer_norm(x, weight, bias, axes=len(shape), epsilon=epsilon)


def group_norm(
    x: Any,
    groups: int,
    weight: Any = None,
    bias: Any = None,
    epsilon: float = 1e-5,
    *options: Any,
) -> Any:
    """Each group of channels minus its mean, divided by its deviation."""
    return compositions.group_norm(x, groups, weight, bias, epsilon=epsilon)


def native_group_norm(
    x: Any,
    weight: Any,
    bias: Any,
    n: int,
    c: int,
    size: int,
    group: int,
    epsilon: float,
) -> Any:
    """Group normalisation, with its sizes."""
    return group_norm(x, group, weight, bias, epsilon)


def cross_entropy(
    logits: Any,
    target: Any,
    weight: Any = None,
    reduction: int = 1,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Any:
    """−log of the probability of the right class, which is along axis 1."""
    return compositions.cross_entropy(
        logits,
        target,
        weight,
        ignore_index=ignore_index,
        reduction=REDUCTION[reduction],
        label_smoothing=label_smoothing,
        axis=min(1, logits.ndim - 1),
    )


def mse_loss(x: Any, target: Any, reduction: int = 1) -> Any:
    """(x − target)², with PyTorch's reductions."""
    return ops.mse(x, target, reduction=REDUCTION[reduction])


LAYERS: dict[str, Callable[..., Any]] = {
    "_native_batch_norm_legit": first(no_stats),
    "_native_batch_norm_legit_functional": first(batch_norm),
    "_native_batch_norm_legit_no_training": first(no_training),
    "addmm": addmm,
    "bmm": np.matmul,
    "cross_entropy_loss": cross_entropy,
    "dropout": dropout,
    "einsum": lambda equation, operands: np.einsum(equation, *operands),
    "group_norm": group_norm,
    "layer_norm": layer_norm,
    "linear": linear,
    "matmul": np.matmul,
    "mm": np.matmul,
    "mse_loss": mse_loss,
    "native_dropout": lambda x, p, train: (dropout(x, p, train), None),
    "native_group_norm": first(native_group_norm),
    "native_layer_norm": first(layer_norm),
    "scaled_dot_product_attention": attention,
}
