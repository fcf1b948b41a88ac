"""Layers that apply one function to every number, and softmax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import tinygraph as tg

from .layer import Layer


@dataclass(frozen=True)
class ReLU(Layer):
    """y = max(x, 0), for any shape."""

    def __call__(self, x: Any) -> Any:
        """The batch, with 0 for negative numbers."""
        return tg.relu(x)


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """y = x where x > 0, and `negative_slope` · x elsewhere, for any shape."""

    negative_slope: float = 0.01

    def __call__(self, x: Any) -> Any:
        """The batch, with negative numbers made small."""
        return tg.leaky_relu(x, self.negative_slope)


@dataclass(frozen=True)
class GELU(Layer):
    """y = x Φ(x), with the normal distribution Φ, for any shape.

    `approximate` is "none", or "tanh" for a formula without Φ. Hendrycks and Gimpel,
    Gaussian error linear units, 2016.
    """

    approximate: str = "none"

    def __call__(self, x: Any) -> Any:
        """The batch, weighted by Φ."""
        return tg.gelu(x, approximate=self.approximate)


@dataclass(frozen=True)
class SiLU(Layer):
    """y = x / (1 + e⁻ˣ), for any shape."""

    def __call__(self, x: Any) -> Any:
        """The batch, weighted by its sigmoid."""
        return tg.silu(x)


@dataclass(frozen=True)
class Sigmoid(Layer):
    """y = 1 / (1 + e⁻ˣ), between 0 and 1, for any shape."""

    def __call__(self, x: Any) -> Any:
        """The batch, squeezed into 0 to 1."""
        return tg.sigmoid(x)


@dataclass(frozen=True)
class Tanh(Layer):
    """y = tanh(x), between −1 and 1, for any shape."""

    def __call__(self, x: Any) -> Any:
        """The batch, squeezed into −1 to 1."""
        return np.tanh(x)


@dataclass(frozen=True)
class Softmax(Layer):
    """yᵢ = e^xᵢ / Σ e^xⱼ over one axis, the last by default: shares that sum to 1."""

    axis: int = -1

    def __call__(self, x: Any) -> Any:
        """The batch, with each row as probabilities."""
        return tg.softmax(x, axis=self.axis)
