"""Layers that shift and scale numbers to mean 0 and variance 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

import tinygraph as tg

from .initialization import Shape, parameter
from .layer import Layer


def factors(
    shape: Shape, wanted: bool, dtype: DTypeLike
) -> tuple[tg.Tensor, tg.Tensor] | tuple[None, None]:
    """A scale of ones and a shift of zeros, if they are wanted."""
    if not wanted:
        return None, None
    return parameter(np.ones(shape, dtype)), parameter(np.zeros(shape, dtype))


@dataclass(eq=False)
class BatchNorm2d(Layer):
    """y = w (x − μ) / √(σ² + ε) + b, with the mean and variance of each channel.

    Images (N, C, H, W) keep their shape. In training, μ and σ² are those of the batch,
    and running means of both are kept: running ← (1 − momentum) running + momentum ·
    batch, with the unbiased variance. After `eval()`, the running ones are used. With a
    `momentum` of None they are plain means of all batches. Ioffe and Szegedy, Batch
    Normalization, 2015. A call raises `tg.ShapeError` for other images, and in training
    for a single number in each channel.

    >>> layer = BatchNorm2d(2)
    >>> y = layer(np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2))
    >>> layer.running_mean.data.round(2)
    array([0.15, 0.55], dtype=float32)
    """

    channels: int
    epsilon: float = 1e-5
    momentum: float | None = 0.1
    affine: bool = True
    dtype: DTypeLike = np.float32
    training: bool = True
    w: tg.Tensor | None = field(init=False)
    b: tg.Tensor | None = field(init=False)
    running_mean: tg.Tensor = field(init=False)
    running_var: tg.Tensor = field(init=False)
    num_batches_tracked: tg.Tensor = field(init=False)

    def __post_init__(self) -> None:
        self.w, self.b = factors((self.channels,), self.affine, self.dtype)
        self.running_mean = tg.Tensor(np.zeros(self.channels, self.dtype))
        self.running_var = tg.Tensor(np.ones(self.channels, self.dtype))
        self.num_batches_tracked = tg.Tensor(np.array(0, np.int64))

    def __call__(self, x: Any) -> Any:
        """The batch, normalised; in training, its statistics are remembered."""
        if x.ndim != 4 or x.shape[1] != self.channels:
            raise tg.ShapeError(
                f"BatchNorm2d: x of shape {x.shape} must be (N, {self.channels}, H, W)"
            )
        statistics = {}
        if self.training:
            self._remember(x.data if isinstance(x, tg.Tensor) else x)
        else:
            statistics = {"mean": self.running_mean, "variance": self.running_var}
        return tg.batch_norm(x, self.w, self.b, epsilon=self.epsilon, **statistics)

    def _remember(self, x: NDArray[Any]) -> None:
        """Move the running statistics towards those of a batch."""
        if x.shape[0] * x.shape[2] * x.shape[3] < 2:
            raise tg.ShapeError(
                f"BatchNorm2d: x of shape {x.shape} has one number in each channel, "
                f"which has no variance: train with larger batches or images"
            )
        count = self.num_batches_tracked.data + 1
        share = 1 / count if self.momentum is None else self.momentum
        for running, now in (
            (self.running_mean, x.mean(axis=(0, 2, 3))),
            (self.running_var, x.var(axis=(0, 2, 3), ddof=1)),
        ):
            running.data = running.data + share * (now - running.data)
        self.num_batches_tracked.data = count


@dataclass(eq=False)
class LayerNorm(Layer):
    """y = w (x − μ) / √(σ² + ε) + b, with mean and variance over the last axes.

    `shape` has the sizes of these axes, or is one number for the last alone. `w` and
    `b` have this shape, or are None without `affine`. Ba, Kiros and Hinton, Layer
    Normalization, 2016. A call raises `tg.ShapeError` if the shape does not fit.

    >>> LayerNorm(2)(np.array([[1.0, 3.0]])).data.round(3)
    array([[-1.,  1.]])
    """

    shape: int | Shape
    epsilon: float = 1e-5
    affine: bool = True
    bias: bool = True
    dtype: DTypeLike = np.float32
    w: tg.Tensor | None = field(init=False)
    b: tg.Tensor | None = field(init=False)

    def __post_init__(self) -> None:
        self.w, self.b = factors(self._sizes(), self.affine, self.dtype)
        if not self.bias:
            self.b = None

    def _sizes(self) -> Shape:
        return (self.shape,) if isinstance(self.shape, int) else tuple(self.shape)

    def __call__(self, x: Any) -> Any:
        """The batch, with each part normalised."""
        sizes = self._sizes()
        if x.shape[-len(sizes) :] != sizes:
            raise tg.ShapeError(
                f"LayerNorm: the last axes of x of shape {x.shape} must be {sizes}"
            )
        axes, epsilon = len(sizes), self.epsilon
        return tg.layer_norm(x, self.w, self.b, axes=axes, epsilon=epsilon)


@dataclass(eq=False)
class GroupNorm(Layer):
    """y = w (x − μ) / √(σ² + ε) + b, with mean and variance over groups of channels.

    (N, C, ...) keeps its shape; `w` and `b` are (C,), or None without `affine`. Wu and
    He, Group Normalization, 2018. Raises `tg.ShapeError` if `groups` does not divide
    `channels`, and a call if the channels do not fit.

    >>> GroupNorm(2, 4)(np.ones((1, 4, 3, 3))).shape
    (1, 4, 3, 3)
    """

    groups: int
    channels: int
    epsilon: float = 1e-5
    affine: bool = True
    dtype: DTypeLike = np.float32
    w: tg.Tensor | None = field(init=False)
    b: tg.Tensor | None = field(init=False)

    def __post_init__(self) -> None:
        if self.groups < 1 or self.channels % self.groups:
            raise tg.ShapeError(
                f"GroupNorm: groups is {self.groups}: it must divide the "
                f"{self.channels} channels"
            )
        self.w, self.b = factors((self.channels,), self.affine, self.dtype)

    def __call__(self, x: Any) -> Any:
        """The batch, with each group of channels normalised."""
        if x.ndim < 2 or x.shape[1] != self.channels:
            raise tg.ShapeError(
                f"GroupNorm: x of shape {x.shape} must be (N, {self.channels}, ...)"
            )
        return tg.group_norm(x, self.groups, self.w, self.b, epsilon=self.epsilon)
