"""Dropout, which trains with a part of the numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import tinygraph as tg

from .layer import Layer


@dataclass(eq=False)
class Dropout(Layer):
    """In training, 0 with probability `p`, and x / (1 − p) otherwise; in use, x.

    `rng` draws the numbers; layers may share it. `train()` and `eval()` of the network
    set `training`. Srivastava et al., Dropout, JMLR 2014. Raises `tg.ArgumentError`
    unless 0 ≤ p < 1.

    >>> layer = Dropout(0.5, np.random.default_rng(1))
    >>> layer(np.ones(4)), layer.eval()(np.ones(4))
    (array([2., 2., 0., 2.]), array([1., 1., 1., 1.]))
    """

    p: float
    rng: np.random.Generator
    training: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.p < 1:
            raise tg.ArgumentError(
                f"Dropout: the probability p is {self.p}: it must lie in [0, 1)"
            )

    def __call__(self, x: Any) -> Any:
        """The batch, with some numbers replaced by 0 in training."""
        return tg.dropout(x, self.p, rng=self.rng, training=self.training)
