"""Random weights, always from a generator that is passed in."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

import tinygraph as tg

Shape = tuple[int, ...]
Initialisation = Callable[..., NDArray[Any]]  # of (rng, shape, dtype)


def parameter(array: NDArray[Any]) -> tg.Tensor:
    """A tensor that requires a gradient."""
    return tg.Tensor(array, requires_grad=True)


def he(
    rng: np.random.Generator, shape: Shape, dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Normal random weights (out, in, ...) with standard deviation √(2 / fan in).

    This keeps the size of signals constant through ReLU. He et al., Delving deep into
    rectifiers, 2015.
    """
    return normal(rng, shape, dtype, np.sqrt(2.0 / np.prod(shape[1:])))


def glorot(
    rng: np.random.Generator, shape: Shape, dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Normal random weights (out, in, ...) with deviation √(2 / (fan in + fan out)).

    For tanh, sigmoid and softmax. Glorot and Bengio, Understanding the difficulty of
    training deep feedforward neural networks, 2010.
    """
    fans = (shape[0] + shape[1]) * math.prod(shape[2:])
    return normal(rng, shape, dtype, np.sqrt(2.0 / fans))


def orthogonal(
    rng: np.random.Generator, shape: Shape, dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Random weights (out, in, ...) whose rows, or columns, are orthonormal.

    This keeps the size of signals constant through many products, as in a recurrent
    network. Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks, 2014.

    >>> w = orthogonal(np.random.default_rng(0), (2, 3), np.float64)
    >>> bool(np.allclose(w @ w.T, np.eye(2)))
    True
    """
    rows, columns = shape[0], math.prod(shape[1:])
    tall = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)  # every rotation equally likely
    return (q if rows >= columns else q.T).reshape(shape).astype(dtype)


def normal(
    rng: np.random.Generator,
    shape: Shape,
    dtype: DTypeLike = np.float32,
    deviation: float | np.floating[Any] = 1.0,
) -> NDArray[Any]:
    """Normal random numbers with mean 0."""
    return (rng.standard_normal(shape) * deviation).astype(dtype)
