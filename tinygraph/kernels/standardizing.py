"""Normalisation by mean and variance, and its adjoints: (x − μ) / √(σ² + ε).

Statistics are those of the rows of a matrix (layer normalisation), of groups of lines
(group normalisation), or of channels, (N, C, P), over N and P (batch normalisation).
Which it is, and all sizes, follow from shapes: they are planned once. A few rows, lines
or channels are calculated at a time, so that what is between stays in the cache, and
threads share them. Channels are summed as columns, C·P side by side; those of a single
image are lines, which takes 0.3 instead of 0.5 ms for 16x32x32 numbers.

As operations, forward and backward, 256x1000 in float32, one core: layer normalisation
takes 0.7 ms, and 0.2 ms in compiled loops (`standardizing_row_loops.py`); batch
normalisation 1.0 and 0.3 ms. For 16x16x32x32 numbers that takes 0.9 and 0.4 ms.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from ..value import ELSEWHERE, Array
from . import formulas
from .formulas import Own
from .standardizing_channels import LONG, Channels
from .standardizing_lines import Lines
from .standardizing_rows import Rows

Shape = tuple[int, ...]


def standardize(
    x: Array, w: Array | None, b: Array | None, own: Own, epsilon: float
) -> Array:
    """y = w x̂ + b.

    w and b have a number for each of those that a mean is over, or, in the order of
    memory, one for each channel: along the axis `own`, or the last of these and the one
    after it.
    """
    if type(x) in ELSEWHERE:
        return formulas.standardize(x, w, b, own, epsilon)
    y = np.empty(x.shape, x.dtype)
    if x.size:
        plan = planned(x.shape, own, None if w is None else w.shape)
        w, b = (None if a is None else a.reshape(-1) for a in (w, b))
        plan.standardize(lying(x, plan.sizes), w, b, epsilon, y.reshape(plan.sizes))
    return y


def input_gradient(
    g: Array, x: Array, w: Array | None, own: Own, epsilon: float
) -> Array:
    """The adjoint in x: (h − mean(h) − x̂ mean(h x̂)) / √(σ² + ε), with h = w g."""
    if type(x) in ELSEWHERE:
        return formulas.input_gradient(g, x, w, own, epsilon)
    z = np.empty(x.shape, x.dtype)
    if x.size:
        plan = planned(x.shape, own, None if w is None else w.shape)
        slopes, values = lying(g, plan.sizes), lying(x, plan.sizes)
        w = None if w is None else w.reshape(-1)
        plan.input_gradient(slopes, values, w, epsilon, z.reshape(plan.sizes))
    return z


def scale_gradient(g: Array, x: Array, shape: Shape, own: Own, epsilon: float) -> Array:
    """The adjoint in w: the sum of g x̂, to the shape of w."""
    if type(x) in ELSEWHERE:
        return formulas.scale_gradient(g, x, shape, own, epsilon)
    if not x.size:
        return np.zeros(shape, x.dtype)
    plan = planned(x.shape, own, shape)
    slopes, values = lying(g, plan.sizes), lying(x, plan.sizes)
    return plan.scale_gradient(slopes, values, epsilon).reshape(shape)


def lying(x: Array, sizes: Shape) -> Array:
    """An array of these sizes in contiguous memory: a view, or a copy."""
    return np.ascontiguousarray(x).reshape(sizes)


@functools.lru_cache(maxsize=1024)
def planned(shape: Shape, own: Own, factor: Shape | None) -> Channels | Lines | Rows:
    """How arrays of a shape are standardized, with a scale or shift of another one."""
    first, end = own
    if first:
        before, channels = math.prod(shape[:first]), math.prod(shape[first:end])
        after = math.prod(shape[end:])
        if before > 1 or after < LONG:
            return Channels(before, channels, after)
        return Lines(channels, 1, after, channels)
    rows, length = math.prod(shape[:end]), math.prod(shape[end:])
    if factor is None or factor == shape[end:]:
        return Rows(rows, length)
    lines, period = shape[end], math.prod(shape[1:end])
    if length // lines < LONG:
        return Rows(rows, length, period, length // lines)
    return Lines(rows, lines, length // lines, period)
