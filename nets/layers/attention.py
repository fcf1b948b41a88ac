"""Attention, and encodings of positions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

import tinygraph as tg

from .dropout import Dropout
from .initialization import Initialisation, glorot, normal, parameter
from .layer import Layer, require_tensors
from .linear import Linear


@dataclass(eq=False)
class MultiHeadAttention(Layer):
    """softmax(q kᵀ / √d + mask) v for each head, with d numbers for each head.

    Queries (N, T, E), keys and values (N, S, E) give (N, T, E). `in_proj_weight` is
    (3 E, E), whose rows make q, k and v, and `out_proj` mixes the heads. Vaswani et
    al., Attention is all you need, 2017. It is PyTorch's MultiheadAttention with
    `batch_first`.

    >>> attention = MultiHeadAttention.random(np.random.default_rng(0), size=8, heads=2)
    >>> attention(np.zeros((1, 5, 8)), causal=True).shape
    (1, 5, 8)
    """

    heads: int
    in_proj_weight: tg.Tensor
    in_proj_bias: tg.Tensor | None
    out_proj: Linear
    dropout: Dropout | None = None

    def __post_init__(self) -> None:
        require_tensors(self, "rng, size, heads", self.in_proj_weight)

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        size: int,
        heads: int,
        dtype: DTypeLike = np.float32,
        weights: Initialisation = glorot,
        bias: bool = True,
        dropout: Dropout | None = None,
    ) -> MultiHeadAttention:
        """Random weights by `weights`; biases of 0 or none.

        Raises `tg.ShapeError` if `heads` does not divide `size`.
        """
        if heads < 1 or size % heads:
            raise tg.ShapeError(
                f"MultiHeadAttention: heads is {heads}: it must divide the size {size}"
            )
        w = np.concatenate([weights(rng, (size, size), dtype) for _ in range(3)])
        b = parameter(np.zeros(3 * size, dtype)) if bias else None
        out = Linear.random(rng, size, size, dtype, weights, bias)
        return cls(heads, parameter(w), b, out, dropout)

    def __call__(
        self,
        query: Any,
        key: Any = None,
        value: Any = None,
        *,
        mask: Any = None,
        causal: bool = False,
    ) -> Any:
        """Attend from `query` to `key` and `value`, by default to the query itself.

        `mask` broadcasts to (N, heads, T, S). It is True where attention is forbidden,
        or holds numbers that are added. `causal` forbids attention to later places.
        """
        key = query if key is None else key
        q, k, v = self._project(query, key, key if value is None else value)
        scores = q @ k.swapaxes(-1, -2) * (1 / math.sqrt(q.shape[-1]))
        if causal:
            scores = scores + added(np.triu(np.ones(scores.shape[-2:], bool), 1), q)
        if mask is not None:
            scores = scores + added(mask, q)
        shares = tg.softmax(scores)
        if self.dropout is not None:
            shares = self.dropout(shares)
        return self.out_proj((shares @ v).swapaxes(1, 2).reshape(query.shape))

    def _project(self, *inputs: Any) -> list[Any]:
        """q, k and v with their heads apart: (N, heads, T, d) each."""
        size = self.in_proj_weight.shape[1]
        if all(x is inputs[0] for x in inputs):  # one product instead of three
            whole = tg.linear(inputs[0], self.in_proj_weight, self.in_proj_bias)
            parts = [whole[..., n * size : (n + 1) * size] for n in range(3)]
        else:
            parts = []
            for n, x in enumerate(inputs):
                rows, b = slice(n * size, (n + 1) * size), self.in_proj_bias
                parts.append(
                    tg.linear(
                        x, self.in_proj_weight[rows], None if b is None else b[rows]
                    )
                )
        return [self._apart(part) for part in parts]

    def _apart(self, x: Any) -> Any:
        batch, length, size = x.shape
        each = x.reshape((batch, length, self.heads, size // self.heads))
        return each.swapaxes(1, 2)


def added(mask: Any, like: Any) -> NDArray[Any]:
    """A mask as numbers to add to scores: −∞ where it is True."""
    mask = mask if hasattr(mask, "dtype") else np.asarray(mask)
    if mask.dtype == bool:
        mask = np.where(mask, -np.inf, 0.0)
    return mask.astype(like.dtype)


@dataclass(frozen=True)
class PositionalEncoding(Layer):
    """x plus sines and cosines of its positions, for x (N, T, E).

    Place t adds sin(t / 10000^(2i/E)) to number 2i and the cosine to number 2i + 1.
    Vaswani et al., Attention is all you need, 2017.

    >>> PositionalEncoding()(np.zeros((1, 2, 4))).round(4)
    array([[[0.    , 1.    , 0.    , 1.    ],
            [0.8415, 0.5403, 0.01  , 1.    ]]])
    """

    def __call__(self, x: Any) -> Any:
        """The batch, with its positions added."""
        return x + sinusoids(*x.shape[-2:]).astype(x.dtype)


def sinusoids(length: int, size: int) -> NDArray[np.float64]:
    """The table (length, size) that `PositionalEncoding` adds."""
    rates = 10000.0 ** (-np.arange(0, size, 2) / size)
    angles = np.arange(length)[:, np.newaxis] * rates
    both = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    return both.reshape(length, -1)[:, :size]


@dataclass(frozen=True, eq=False)
class LearnedPositionalEncoding(Layer):
    """x plus a row of the table `w` for each position, for x (N, T, E), T ≤ rows.

    >>> rng = np.random.default_rng(0)
    >>> LearnedPositionalEncoding.random(rng, 16, 4)(np.zeros((1, 2, 4))).shape
    (1, 2, 4)
    """

    w: tg.Tensor

    def __post_init__(self) -> None:
        require_tensors(self, "rng, longest, size", self.w)

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        longest: int,
        size: int,
        dtype: DTypeLike = np.float32,
        weights: Initialisation = normal,
    ) -> LearnedPositionalEncoding:
        """A table of normal random numbers, or by `weights`, for `longest` places."""
        return cls(parameter(weights(rng, (longest, size), dtype)))

    def __call__(self, x: Any) -> Any:
        """The batch, with its positions added; `tg.ShapeError` if it is too long."""
        length = x.shape[-2]
        if length > self.w.shape[0]:
            raise tg.ShapeError(
                f"LearnedPositionalEncoding: x of shape {x.shape} has {length} places, "
                f"but the table has {self.w.shape[0]}"
            )
        return x + self.w[:length]
