"""Cells of recurrent networks: one step along a sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

import tinygraph as tg

from .initialization import Initialisation, glorot, orthogonal, parameter
from .layer import Layer, require_tensors


@dataclass(frozen=True, eq=False)
class Cell(Layer):
    """What cells share: weights of the input and of the hidden state, gate by gate.

    `weight_ih` is (gates · H, inputs), `weight_hh` is (gates · H, H), and both biases
    are (gates · H,) or None.
    """

    weight_ih: tg.Tensor
    weight_hh: tg.Tensor
    bias_ih: tg.Tensor | None = None
    bias_hh: tg.Tensor | None = None

    GATES = 1

    def __post_init__(self) -> None:
        require_tensors(self, "rng, inputs, hidden", self.weight_ih, self.weight_hh)

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        inputs: int,
        hidden: int,
        dtype: DTypeLike = np.float32,
        weights: Initialisation = glorot,
        hidden_weights: Initialisation = orthogonal,
        bias: bool = True,
    ) -> Self:
        """A cell whose gates are initialised one by one; biases of 0 or none."""

        def stack(draw: Initialisation, columns: int) -> tg.Tensor:
            gates = [draw(rng, (hidden, columns), dtype) for _ in range(cls.GATES)]
            return parameter(np.concatenate(gates))

        w, u = stack(weights, inputs), stack(hidden_weights, hidden)
        if not bias:
            return cls(w, u)
        b, c = (parameter(np.zeros(cls.GATES * hidden, dtype)) for _ in range(2))
        return cls(w, u, b, c)

    @property
    def hidden(self) -> int:
        """The size of the hidden state."""
        return self.weight_hh.shape[1]

    def _start(self, x: Any) -> Any:
        """The hidden state (N, H) before the first step: zeros."""
        return np.zeros((*x.shape[:-1], self.hidden), self.weight_hh.dtype)

    def _sums(self, x: Any, h: Any) -> tuple[list[Any], list[Any]]:
        """The weighted sums of the input and of the hidden state, for each gate."""
        from_x = tg.linear(x, self.weight_ih, self.bias_ih)
        from_h = tg.linear(h, self.weight_hh, self.bias_hh)
        size = self.hidden
        slices = [slice(n * size, (n + 1) * size) for n in range(self.GATES)]
        return [from_x[..., s] for s in slices], [from_h[..., s] for s in slices]


@dataclass(frozen=True, eq=False)
class RNNCell(Cell):
    """h′ = tanh(W x + b + U h + c), for a batch x (N, inputs) and h (N, H).

    Elman, Finding structure in time, 1990.

    >>> cell = RNNCell.random(np.random.default_rng(0), inputs=3, hidden=4)
    >>> cell(np.zeros((2, 3))).shape
    (2, 4)
    """

    def __call__(self, x: Any, h: Any = None) -> Any:
        """The hidden state after one step from `h`, by default zeros."""
        [from_x], [from_h] = self._sums(x, self._start(x) if h is None else h)
        return np.tanh(from_x + from_h)


@dataclass(frozen=True, eq=False)
class GRUCell(Cell):
    """h′ = (1 − z) n + z h, with gates r and z, for x (N, inputs) and h (N, H).

    r and z are sigmoids of weighted sums, and n = tanh(W x + b + r (U h + c)); the rows
    of the weights are those of r, z and n. Cho et al., Learning phrase representations
    using RNN encoder–decoder, 2014, with the reset after the product, as in PyTorch.

    >>> cell = GRUCell.random(np.random.default_rng(0), inputs=3, hidden=4)
    >>> cell(np.zeros((2, 3))).shape
    (2, 4)
    """

    GATES = 3

    def __call__(self, x: Any, h: Any = None) -> Any:
        """The hidden state after one step from `h`, by default zeros."""
        h = self._start(x) if h is None else h
        (xr, xz, xn), (hr, hz, hn) = self._sums(x, h)
        r, z = tg.sigmoid(xr + hr), tg.sigmoid(xz + hz)
        n = np.tanh(xn + r * hn)
        return n + z * (h - n)


@dataclass(frozen=True, eq=False)
class LSTMCell(Cell):
    """c′ = f c + i g and h′ = o tanh(c′), for x (N, inputs), h and c (N, H).

    i, f and o are sigmoids of weighted sums, and g is a tanh; the rows of the weights
    are those of i, f, g and o. Hochreiter and Schmidhuber, Long short-term memory,
    1997.

    >>> cell = LSTMCell.random(np.random.default_rng(0), inputs=3, hidden=4)
    >>> h, c = cell(np.zeros((2, 3)))
    >>> h.shape, c.shape
    ((2, 4), (2, 4))
    """

    GATES = 4

    def __call__(self, x: Any, state: tuple[Any, Any] | None = None) -> tuple[Any, Any]:
        """(h, c) after one step from `state`, by default zeros."""
        h, c = (self._start(x), self._start(x)) if state is None else state
        from_x, from_h = self._sums(x, h)
        i, f, g, o = (a + b for a, b in zip(from_x, from_h, strict=True))
        c = tg.sigmoid(f) * c + tg.sigmoid(i) * np.tanh(g)
        return tg.sigmoid(o) * np.tanh(c), c
