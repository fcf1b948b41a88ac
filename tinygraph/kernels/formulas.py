"""Kernels as formulas of whole arrays, for arrays of other libraries, such as CuPy's.

The kernels beside this file owe their speed to NumPy's memory: tiles that stay in the
cache, strided views, the bits of numbers, threads. Another library has its own ways.
It is asked for the same results by NumPy's functions on whole arrays, so that it does
all of an operation in a few calls. Nothing here writes through a view.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence

import numpy as np

from ..value import Array
from .error_function import Fit
from .unfolding import col2im, im2col
from .windows import Pair, Shape, Windows, bordered, crop

# The places along these axes, from the first to before the second, have statistics of
# their own; means and variances are over all other axes.
Own = tuple[int, int]


# Exponentials -------------------------------------------------------------------------


def softmax(x: Array, axis: int) -> Array:
    """e^x / Σ e^x along an axis"""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax_adjoint(g: Array, y: Array, axis: int) -> Array:
    """y (g − Σ g y)"""
    return y * (g - np.sum(g * y, axis=axis, keepdims=True))


def log_softmax(x: Array, axis: int) -> Array:
    """x − ln Σ e^x along an axis"""
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def log_softmax_adjoint(g: Array, y: Array, axis: int) -> Array:
    """g − e^y Σ g"""
    return g - np.exp(y) * np.sum(g, axis=axis, keepdims=True)


def cross_entropies(x: Array, t: Array) -> Array:
    """−Σ t ln softmax(x) along the last axis, where t = 0 counts nothing"""
    surprise = np.where(t == 0, 0.0, -log_softmax(x, -1))
    return np.sum(t * surprise, axis=-1)


def cross_entropy_adjoint(g: Array, x: Array, t: Array) -> Array:
    """g (softmax(x) Σ t − t), where g has a number for each row"""
    total = np.sum(t, axis=-1, keepdims=True)
    return (softmax(x, -1) * total - t) * np.expand_dims(g, -1)


def erf(x: Array, fit: Fit) -> Array:
    """erf x, by the polynomials of `error_function.py`, for |x| up to 1 and above"""
    near = np.clip(x, -1.0, 1.0)
    square = near * near
    inner = near + near * (polynomial(fit.p, square) / polynomial(fit.q, square))
    r = polynomial(fit.r, np.clip(np.abs(x), 1.0, fit.end) - 1.0)
    return np.where(near == x, inner, np.copysign(1.0 - np.exp(r), x))


def polynomial(coefficients: Sequence[float], x: Array) -> Array:
    """c₀ + c₁ x + c₂ x² + ..., by Horner's rule."""
    *others, last = coefficients
    return functools.reduce(lambda y, c: y * x + c, reversed(others), x * 0.0 + last)


# Normalisation ------------------------------------------------------------------------


def places(factor: Shape, shape: Shape, own: Own) -> Shape:
    """The shape with which a scale or shift of one shape broadcasts to x of another.

    It has the shape of the axes after `own`, or a number for each channel, in a row:
    channels are along the axis `own`, or the last of these and the one after it.

    >>> places((3,), (2, 3, 4), (1, 2)), places((6,), (2, 3, 2, 5), (0, 2))
    ((3, 1), (3, 2, 1))
    """
    if len(factor) != 1 or (not own[0] and factor == shape[own[1] :]):
        return factor
    channels = shape[1 : own[1] if own[0] else own[1] + 1]
    return *channels, *[1] * (len(shape) - 1 - len(channels))


def standard(x: Array, own: Own, epsilon: float) -> tuple[Array, Array, Shape]:
    """x̂ = (x − μ) / √(σ² + ε), 1 / √(σ² + ε), and the axes that means are over."""
    axes = (*range(own[0]), *range(own[1], x.ndim))
    centered = x - np.mean(x, axis=axes, keepdims=True)
    variance = np.mean(centered * centered, axis=axes, keepdims=True)
    inverse = 1.0 / np.sqrt(variance + epsilon)
    return centered * inverse, inverse, axes


def standardize(
    x: Array, w: Array | None, b: Array | None, own: Own, epsilon: float
) -> Array:
    """y = w x̂ + b"""
    y, _, _ = standard(x, own, epsilon)
    y = y if w is None else y * w.reshape(places(w.shape, x.shape, own))
    return y if b is None else y + b.reshape(places(b.shape, x.shape, own))


def input_gradient(
    g: Array, x: Array, w: Array | None, own: Own, epsilon: float
) -> Array:
    """The adjoint in x: (h − mean(h) − x̂ mean(h x̂)) / √(σ² + ε), with h = w g"""
    h = g if w is None else g * w.reshape(places(w.shape, x.shape, own))
    y, inverse, axes = standard(x, own, epsilon)
    slope = np.mean(h * y, axis=axes, keepdims=True)
    return (h - np.mean(h, axis=axes, keepdims=True) - y * slope) * inverse


def scale_gradient(g: Array, x: Array, shape: Shape, own: Own, epsilon: float) -> Array:
    """The adjoint in w: the sum of g x̂, to the shape of w"""
    products = g * standard(x, own, epsilon)[0]
    wide = places(shape, x.shape, own)
    padded = (1,) * (x.ndim - len(wide)) + wide
    axes = tuple(axis for axis, size in enumerate(padded) if size != x.shape[axis])
    return np.sum(products, axis=axes).reshape(shape)


# Images -------------------------------------------------------------------------------


class Convolution:
    """The three products of a convolution, each with the columns of all images."""

    def __init__(
        self, image: Shape, filters: Shape, windows: Windows, groups: int
    ) -> None:
        (n, c, *size), (f, inputs, *kernel) = image, filters
        self.windows, self.filters = windows, filters
        self.count = windows.grid("conv2d", (size[0], size[1]))
        self.image = n, c, *windows.padded((size[0], size[1]))
        self.output = (n, f, *self.count)
        places = math.prod(self.count)
        self.matrix = groups, f // groups, inputs * math.prod(kernel)
        self.columns = n, groups, self.matrix[2], places
        self.rows = n, groups, f // groups, places

    def unfolded(self, x: Array) -> Array:
        """The windows of all images as columns of matrices, one for each group."""
        return im2col(bordered(x, self.windows), self.windows, self.count).reshape(
            self.columns
        )

    def correlate(self, x: Array, w: Array, b: Array | None) -> Array:
        """y = w ⋆ x + b, (N, F, OH, OW)"""
        y = np.matmul(w.reshape(self.matrix), self.unfolded(x)).reshape(self.output)
        return y if b is None else y + b.reshape((-1, 1, 1))

    def filter_gradient(self, x: Array, g: Array) -> Array:
        """The adjoint of `correlate` in w: a sum over images"""
        columns = np.swapaxes(self.unfolded(x), 2, 3)
        products = np.matmul(g.reshape(self.rows), columns)
        return np.sum(products, axis=0).reshape(self.filters)

    def image_gradient(self, g: Array, w: Array) -> Array:
        """The adjoint of `correlate` in x: columns wᵀ g, added back onto the image"""
        turned = np.swapaxes(w.reshape(self.matrix), 1, 2)
        columns = np.matmul(turned, g.reshape(self.rows))
        image = np.zeros(self.image, columns.dtype, like=columns)
        col2im(columns, image, self.windows, self.count)
        return crop(image, self.windows)


def scatter(x: Array, y: Array, g: Array, windows: Windows, count: Pair) -> Array:
    """Add each element of g where its window of x has the maximum y, at the first."""
    image = np.zeros(x.shape, g.dtype, like=g)
    for _, (down, across) in windows.offsets(count):
        below = x[..., down, across] < y
        image[..., down, across] += np.where(below, 0.0, g)
        g = np.where(below, g, 0.0)
    return crop(image, windows)


def gather(h: Array, x: Array, y: Array, windows: Windows, count: Pair) -> Array:
    """The element of h where each window of x has the maximum y, at the first."""
    places = [(..., *place) for _, place in windows.offsets(count)]
    *others, last = places
    return functools.reduce(
        lambda found, place: np.where(x[place] < y, found, h[place]),
        reversed(others),
        h[last],
    )


def largest(x: Array, windows: Windows, count: Pair) -> Array:
    """The maximum of each window."""
    parts = [x[..., down, across] for _, (down, across) in windows.offsets(count)]
    return functools.reduce(np.maximum, parts)


def sums(x: Array, windows: Windows, count: Pair) -> Array:
    """The sum of each window."""
    parts = [x[..., down, across] for _, (down, across) in windows.offsets(count)]
    return functools.reduce(operator.add, parts)
