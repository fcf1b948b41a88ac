"""Layers of weighted sums, and of rows looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import tinygraph as tg

from .initialization import Initialisation, he, normal, parameter
from .layer import Layer, require_tensors


@dataclass(frozen=True, eq=False)
class Linear(Layer):
    """y = x wᵀ + b, a fully connected layer.

    `w` is (out, in), `b` is (out,) or None; (..., in) becomes (..., out). A call raises
    `tg.ShapeError` if they do not fit.
    """

    w: tg.Tensor
    b: tg.Tensor | None = None

    def __post_init__(self) -> None:
        require_tensors(self, "rng, inputs, outputs", self.w, self.b)

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        inputs: int,
        outputs: int,
        dtype: DTypeLike = np.float32,
        weights: Initialisation | None = None,
        bias: bool = True,
    ) -> Linear:
        """A layer with random weights, by `he` (for ReLU) or `weights`; biases of 0."""
        w = (weights or he)(rng, (outputs, inputs), dtype)
        b = parameter(np.zeros(outputs, dtype)) if bias else None
        return cls(parameter(w), b)

    def __call__(self, x: Any) -> Any:
        """The weighted sums of a batch of vectors."""
        return tg.linear(x, self.w, self.b)


@dataclass(frozen=True, eq=False)
class Embedding(Layer):
    """y = w[x]: a row of the table `w` for each number in `x`.

    `w` is (rows, D); integers (...) become (..., D). The row `padding_idx`, for what
    fills sequences up, gets no gradient. A call raises `tg.DTypeError` unless `x` holds
    integers, and `tg.ShapeIndexError` for a number that the table does not have.

    >>> layer = Embedding.random(np.random.default_rng(0), 10, 4)
    >>> layer(np.array([[3, 1, 3]])).shape
    (1, 3, 4)
    """

    w: tg.Tensor
    padding_idx: int | None = None

    def __post_init__(self) -> None:
        require_tensors(self, "rng, rows, size", self.w)

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        rows: int,
        size: int,
        dtype: DTypeLike = np.float32,
        weights: Initialisation = normal,
        padding_idx: int | None = None,
    ) -> Embedding:
        """A table of normal random numbers, or by `weights`; 0 at `padding_idx`."""
        w = weights(rng, (rows, size), dtype)
        if padding_idx is not None:
            w[padding_idx] = 0
        return cls(parameter(w), padding_idx)

    def __call__(self, x: Any) -> Any:
        """The rows of a batch of numbers."""
        return tg.embedding(x, self.w, padding_idx=self.padding_idx)
