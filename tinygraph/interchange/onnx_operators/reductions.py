"""Operators along axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ... import ops
from ...compositions import linalg
from .numbers import array, axes_of, plain, whole


def reduced(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction, over all axes if none are given."""

    def reduce(
        x: Any, axes: Any = None, keepdims: int = 1, noop_with_empty_axes: int = 0
    ) -> Any:
        if noop_with_empty_axes and not whole(axes):
            return x
        return function(x, axis=axes_of(axes), keepdims=bool(keepdims))

    return reduce


def sum_of_squares(x: Any, **options: Any) -> Any:
    """Σ x²."""
    return np.sum(np.square(x), **options)


def softmax(function: Callable[..., Any]) -> Callable[..., Any]:
    """Softmax or its logarithm along one axis; before opset 13, along all from one."""

    def share(x: Any, axis: int | None = None, opset: int = 13) -> Any:
        if opset >= 13:
            return function(x, axis=-1 if axis is None else axis)
        first = (1 if axis is None else axis) % x.ndim
        rows = np.reshape(x, (math.prod(x.shape[:first]), -1))
        return np.reshape(function(rows, axis=-1), x.shape)

    return share


def extreme(find: Callable[..., Any]) -> Callable[..., Any]:
    """The index of the largest or smallest element: without a gradient."""

    def index(
        x: Any, axis: int = 0, keepdims: int = 1, select_last_index: int = 0
    ) -> Any:
        x = plain(x)
        if select_last_index:
            last = x.shape[axis] - 1
            flipped = find(np.flip(x, axis), axis=axis, keepdims=bool(keepdims))
            return last - flipped
        return find(x, axis=axis, keepdims=bool(keepdims))

    return index


def cumulative_sum(x: Any, axis: Any, exclusive: int = 0, reverse: int = 0) -> Any:
    """The sum of the elements so far, without the last of them if `exclusive`."""
    place = int(array(axis).item())
    turned = np.flip(x, place) if reverse else x
    total = np.cumsum(turned, axis=place)
    total = total - turned if exclusive else total
    return np.flip(total, place) if reverse else total


def top(x: Any, k: Any, axis: int = -1, largest: int = 1, sorted: int = 1) -> Any:
    """The `k` largest or smallest along an axis, and their indices."""
    numbers = plain(x)
    order = np.argsort(-numbers if largest else numbers, axis=axis, kind="stable")
    order = np.take(order, np.arange(whole(k)[0]), axis=axis)
    return np.take_along_axis(x, order, axis=axis), order


REDUCTIONS: dict[str, Callable[..., Any]] = {
    "ArgMax": extreme(np.argmax),
    "ArgMin": extreme(np.argmin),
    "CumSum": cumulative_sum,
    "LogSoftmax": softmax(ops.log_softmax),
    "ReduceL1": reduced(lambda x, **options: np.sum(np.abs(x), **options)),
    "ReduceL2": reduced(linalg.vector_norm),
    "ReduceLogSum": reduced(lambda x, **options: np.log(np.sum(x, **options))),
    "ReduceLogSumExp": reduced(ops.logsumexp),
    "ReduceMax": reduced(np.max),
    "ReduceMean": reduced(np.mean),
    "ReduceMin": reduced(np.min),
    "ReduceProd": reduced(np.prod),
    "ReduceSum": reduced(np.sum),
    "ReduceSumSquare": reduced(sum_of_squares),
    "Softmax": softmax(ops.softmax),
    "TopK": top,
}
