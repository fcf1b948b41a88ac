"""Operators that sum, choose or normalise along axes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ... import ops
from ...compositions import linalg
from ...tensor import Tensor


def axes(dim: Any) -> Any:
    """`dim` as NumPy's axis: no dimension at all means all of them."""
    return None if dim is None or dim == [] else tuple(np.atleast_1d(dim).tolist())


def reduced(
    function: Callable[..., Any], x: Any, dim: Any = None, keepdim: Any = 0
) -> Any:
    """A NumPy reduction with PyTorch's arguments."""
    return function(x, axis=axes(dim), keepdims=bool(keepdim))


def var(x: Any, dim: Any = None, correction: Any = 1, keepdim: bool = False) -> Any:
    """The mean squared deviation, with `correction` taken off the count."""
    ddof = 1 if correction is None else correction
    return np.var(x, axis=axes(dim), ddof=ddof, keepdims=keepdim)


def var_mean(
    x: Any, dim: Any = None, correction: Any = 1, keepdim: bool = False
) -> Any:
    """The variance, and the mean."""
    return var(x, dim, correction, keepdim), reduced(np.mean, x, dim, keepdim)


def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Any:
    """(Σ |x|^ord)^(1/ord)."""
    return linalg.vector_norm(x, axis=axes(dim), ord=ord, keepdims=keepdim)


def logsumexp(x: Any, dim: Any, keepdim: bool = False) -> Any:
    """log Σ exp x."""
    return ops.logsumexp(x, axis=axes(dim), keepdims=keepdim)


def softmax(x: Any, dim: int, half_to_float: Any = False) -> Any:
    """exp x / Σ exp x along one axis."""
    return ops.softmax(x, axis=dim)


def log_softmax(x: Any, dim: int, half_to_float: Any = False) -> Any:
    """The logarithm of the softmax along one axis."""
    return ops.log_softmax(x, axis=dim)


def argmax(
    x: Any, dim: Any = None, keepdim: bool = False, find: Any = np.argmax
) -> Any:
    """The index of the largest element: a constant, without a gradient."""
    return find(plain(x), axis=dim, keepdims=keepdim)


def extreme(
    find: Any, reduce: Any, x: Any, dim: Any = None, keepdim: bool = False
) -> Any:
    """(values, indices) along one axis; without an axis, the one value of all.

    Only the element at the index gets the gradient. Without an axis, equal elements
    share it.
    """
    if dim is None:
        return reduce(x)
    index = find(plain(x), axis=dim, keepdims=True)
    values = np.take_along_axis(x, index, axis=dim)
    return (values, index) if keepdim else (values.squeeze(dim), index.squeeze(dim))


def sort(x: Any, dim: int = -1, descending: bool = False, stable: Any = None) -> Any:
    """(values, indices) in order along one axis."""
    key = -plain(x) if descending else plain(x)
    index = np.argsort(key, axis=dim, kind="stable")
    return np.take_along_axis(x, index, axis=dim), index


def topk(
    x: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Any:
    """(values, indices) of the `k` largest or smallest along one axis."""
    values, index = sort(x, dim, descending=largest)
    first = np.arange(k)
    return np.take(values, first, axis=dim), np.take(index, first, axis=dim)


def cumsum(x: Any, dim: int) -> Any:
    """The sum of the elements so far along one axis."""
    return np.cumsum(x, axis=dim)


def cumprod(x: Any, dim: int) -> Any:
    """The product of the elements so far along one axis."""
    return np.cumprod(x, axis=dim)


def plain(x: Any) -> Any:
    """The array of a tensor."""
    return x.data if isinstance(x, Tensor) else x


REDUCTIONS: dict[str, Callable[..., Any]] = {
    "_log_softmax": log_softmax,
    "_softmax": softmax,
    "amax": partial(reduced, np.max),
    "amin": partial(reduced, np.min),
    "any": partial(reduced, np.any),
    "argmax": argmax,
    "argmin": partial(argmax, find=np.argmin),
    "cumprod": cumprod,
    "cumsum": cumsum,
    "linalg_vector_norm": vector_norm,
    "logsumexp": logsumexp,
    "max": partial(extreme, np.argmax, np.max),
    "mean": partial(reduced, np.mean),
    "min": partial(extreme, np.argmin, np.min),
    "prod": partial(reduced, np.prod),
    "sort": sort,
    "sum": partial(reduced, np.sum),
    "topk": topk,
    "var": var,
    "var_mean": var_mean,
}
