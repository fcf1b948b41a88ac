"""Where the examples of a batch are in a value, and what an operation does to them.

An exported network takes batches of any size, although its graph was recorded with one.
It gives each example what the recorded graph gave it, so an operation must work on each
example by itself. What mixes examples, such as a mean over the batch, is refused: a
number that follows it may depend on their count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ...errors import ArgumentError

Shape = tuple[int, ...]


class Batch(NamedTuple):
    """The axis with the examples; in it, `outer` · `examples` · `inner` elements.

    Most of the time, outer and inner are 1. They are larger where a reshape has joined
    other axes to that of the examples.
    """

    axis: int
    examples: int
    outer: int = 1
    inner: int = 1

    @property
    def size(self) -> int:
        """How many elements the axis has."""
        return self.outer * self.examples * self.inner

    def moved(self, axis: int) -> Batch:
        """The same examples along another axis."""
        return self._replace(axis=axis)

    def from_end(self, ndim: int) -> Batch:
        """With the axis counted from the end, as broadcasting does: −1 is the last."""
        return self.moved(self.axis - ndim)


class MixedError(ArgumentError):
    """An operation that needs a fixed batch: why, as the end of a sentence."""


def mixed(reason: str = "it mixes the examples of the batch") -> MixedError:
    """The error for an operation that needs a fixed batch."""
    return MixedError(reason)


def one_of(batches: Sequence[Batch | None]) -> Batch | None:
    """The batch that all values with one have; MixedError where they differ."""
    found = {batch for batch in batches if batch is not None}
    if len(found) > 1:
        raise mixed()
    return next(iter(found), None)


def kept(batch: Batch | None, axes: Sequence[int], keepdims: bool) -> Batch | None:
    """The batch after other axes have been reduced; MixedError for its own."""
    if batch is None:
        return None
    if batch.axis in axes:
        raise mixed()
    before = 0 if keepdims else sum(axis < batch.axis for axis in axes)
    return batch.moved(batch.axis - before)


def reshaped(batch: Batch | None, old: Shape, new: Shape) -> Batch | None:
    """The batch after a reshape, which leaves the elements in their order.

    >>> reshaped(Batch(0, 2), (2, 3, 4), (2, 12))
    Batch(axis=0, examples=2, outer=1, inner=1)
    >>> reshaped(Batch(0, 2), (2, 3, 4), (6, 4))
    Batch(axis=0, examples=2, outer=1, inner=3)
    """
    if batch is None:
        return None
    outside = math.prod(old[: batch.axis]) * batch.outer
    fitting = []
    for axis, size in enumerate(new):
        before = math.prod(new[:axis])
        if before and outside % before == 0:
            outer = outside // before
            if size and size % (outer * batch.examples) == 0:
                inner = size // (outer * batch.examples)
                fitting.append(Batch(axis, batch.examples, outer, inner))
    if not fitting:
        raise mixed(f"{new} puts elements of several examples into one row")
    return next((found for found in fitting if found.outer == 1), fitting[0])


def free_shape(shape: Shape, batch: Batch | None, free: int) -> list[int]:
    """A shape with the number `free` in place of the size that depends on the batch."""
    sizes = [int(size) for size in shape]
    if batch is not None:
        sizes[batch.axis] = free
    return sizes
