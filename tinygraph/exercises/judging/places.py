"""Places: where in an array an answer is wrong, and which part of it is a multiple.

These probes are tried last, because they say where a mistake is, but not what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..language import translated, translated_plural
from .claims import Claim, Probe
from .comparison import Array, equal, near


class Places(NamedTuple):
    """Indices along an axis, in words, and as they are in an array of any length."""

    axis: int
    said: str
    first: int  # negative if it is counted from the end
    last: int

    def are_where(self, wrong: Any) -> bool:
        """Whether these are just the indices at which something is wrong."""
        if wrong.ndim <= self.axis:
            return False
        found = indices_along(wrong, self.axis)
        count = wrong.shape[self.axis]
        first, last = (n + count if n < 0 else n for n in (self.first, self.last))
        return found == list(range(first, min(last, count - 1) + 1))


def indices_along(wrong: Any, axis: int) -> list[int]:
    """The indices along an axis at which something is wrong."""
    rest = tuple(a for a in range(wrong.ndim) if a != axis)
    return [int(i) for i in np.flatnonzero(wrong.any(axis=rest))]


def places_of(wrong: Any) -> Iterator[Places]:
    """Ways to say where along an axis something is wrong, if there are other places."""
    for axis, count in enumerate(wrong.shape):
        found = indices_along(wrong, axis)
        if not found or len(found) == count:
            continue
        first, last = found[0], found[-1]
        where = {"axis": axis, "first": first, "place": first, "last": last}
        if found == [count - 1]:
            yield Places(
                axis, translated("at the last index along axis {axis}", **where), -1, -1
            )
        if len(found) == 1:
            said = translated("at index {place} along axis {axis}", **where)
            yield Places(axis, said, first, first)
        if found == list(range(first, count)):
            said = translated("from index {first} on along axis {axis}", **where)
            yield Places(axis, said, first, -1)
        if found == list(range(count - 1)) and last:
            said = translated(
                "everywhere but at the last index along axis {axis}", **where
            )
            yield Places(axis, said, 0, -2)
        if found == list(range(last + 1)) and last:
            said = translated("up to index {last} along axis {axis}", **where)
            yield Places(axis, said, 0, last)


def unfilled(yours: Array, right: Array) -> Iterator[Claim]:
    """Right except for elements that are 0."""
    bad = ~near(yours, right)
    if right.size < 3 or bad.all() or not is_unfilled(yours, right):
        return
    for places in places_of(bad):
        said = translated(
            "elements are 0 {places}, and all others are right", places=places.said
        )
        yield Claim(
            said,
            partial(is_unfilled_at, places=places),
            axis=places.axis,
        )
    said = translated_plural(
        "{count} of {all} elements is 0, and all others are right",
        "{count} of {all} elements are 0, and all others are right",
        count=int(bad.sum()),
        all=bad.size,
    )
    yield Claim(said, is_unfilled)


def is_unfilled(yours: Array, right: Array) -> bool:
    """Whether all wrong elements are 0."""
    return not yours[~near(yours, right)].any()


def is_unfilled_at(yours: Array, right: Array, places: Places) -> bool:
    """Whether just these places are 0, and everything else is right."""
    return is_unfilled(yours, right) and is_wrong_at(yours, right, places)


def is_wrong_at(yours: Array, right: Array, places: Places) -> bool:
    """Whether just these places are wrong."""
    return places.are_where(~near(yours, right))


def all_equal(yours: Array, right: Array) -> Iterator[Claim]:
    """The same number everywhere."""
    value = float(yours.flat[0]) if yours.size > 2 else np.nan
    if is_constant(yours, value):
        said = translated("all elements are equal, {value:.4g}", value=value)
        yield Claim(said, lambda yours, right: is_constant(yours, value))
        said = translated(
            "all elements are equal, to a number that differs from case to case"
        )
        yield Claim(said, lambda y, r: y.size < 3 or is_constant(y, float(y.flat[0])))


def is_constant(yours: Array, value: float) -> bool:
    """Whether all elements are this number."""
    return equal(yours, np.full(yours.shape, value))


def alike_along(yours: Array, right: Array) -> Iterator[Claim]:
    """The same numbers at all places along an axis."""
    for axis in range(right.ndim if right.ndim > 1 else 0):
        if right.shape[axis] > 1 and is_alike_along(yours, right, axis):
            said = translated(
                "the result is the same at all indices along axis {axis}", axis=axis
            )
            yield Claim(said, partial(is_alike_along, axis=axis), axis=axis)


def is_alike_along(yours: Array, right: Array, axis: int) -> bool:
    """Whether all slices along an axis are equal."""
    if right.ndim <= axis or not right.size:
        return False
    return equal(yours, np.broadcast_to(yours.take([0], axis), right.shape))


def scaled_slices(yours: Array, right: Array) -> Iterator[Claim]:
    """The right answer, with a different factor at each place along an axis."""
    for axis in range(right.ndim if right.ndim > 1 else 0):
        if right.size // right.shape[axis] > 1 and is_scaled_along(yours, right, axis):
            factors = factors_along(yours, right, axis).flat[:4]
            if equal(factors, np.full(factors.shape, factors[0])):
                continue  # which says little of how they differ
            said = translated(
                "{slices} is multiplied by a different factor: {factors}",
                slices=each_slice(right, axis),
                factors=", ".join(f"{f:.3g}" for f in factors),
            )
            yield Claim(said, partial(is_scaled_along, axis=axis))


def each_slice(array: Array, axis: int) -> str:
    """What each of the slices along an axis is called."""
    if array.ndim == 2:
        return translated("each column") if axis else translated("each row")
    return translated("each slice along axis {axis}", axis=axis)


def is_scaled_along(yours: Array, right: Array, axis: int) -> bool:
    """Whether each slice along an axis is a multiple of the right one."""
    if right.ndim <= max(axis, 1):
        return False
    return equal(yours, factors_along(yours, right, axis) * right)


def factors_along(yours: Array, right: Array, axis: int) -> Array:
    """By how much the slices along an axis are too large, if they are multiples."""
    rest = tuple(a for a in range(right.ndim) if a != axis)
    norm = (right**2).sum(axis=rest, keepdims=True)
    with np.errstate(all="ignore"):
        factors = (right * yours).sum(axis=rest, keepdims=True) / norm
    return np.asarray(factors)


def moved_slices(yours: Array, right: Array) -> Iterator[Claim]:
    """The right answer, with a different number added at each place along an axis."""
    for axis in range(right.ndim if right.ndim > 1 else 0):
        if right.size // right.shape[axis] > 2 and is_moved_along(yours, right, axis):
            said = translated(
                "{slices} is off by a different number",
                slices=each_slice(right, axis),
            )
            yield Claim(said, partial(is_moved_along, axis=axis))


def is_moved_along(yours: Array, right: Array, axis: int) -> bool:
    """Whether all elements of each slice along an axis are off by the same."""
    if right.ndim <= max(axis, 1):
        return False
    rest = tuple(a for a in range(right.ndim) if a != axis)
    mean = (yours - right).mean(axis=rest, keepdims=True)
    return equal(yours, right + np.broadcast_to(mean, right.shape))


def wrong_at_border(yours: Array, right: Array) -> Iterator[Claim]:
    """Wrong only at the border of the last two axes, or only at their ends.

    One wrong element is not yet a border.
    """
    if right.ndim < 2 or min(right.shape[-2:]) < 3:
        return
    if np.count_nonzero(~near(yours, right)) < 2:
        return
    if is_right_inside(yours, right):
        said = translated(
            "only elements at the border are wrong: check padding and cropping"
        )
        yield Claim(said, is_right_inside)
    if is_right_at_first(yours, right):
        said = translated(
            "only elements in the last rows and columns are wrong: does a loop end too "
            "early, or too late?"
        )
        yield Claim(said, is_right_at_first)


def is_right_inside(yours: Array, right: Array) -> bool:
    """Whether only the border of the last two axes is wrong."""
    return right.ndim > 1 and bool(near(yours, right)[..., 1:-1, 1:-1].all())


def is_right_at_first(yours: Array, right: Array) -> bool:
    """Whether the first half of the last two axes is right."""
    if right.ndim < 2:
        return False
    high, wide = (np.array(right.shape[-2:]) + 1) // 2
    return min(right.shape[-2:]) < 3 or bool(
        near(yours, right)[..., :high, :wide].all()
    )


def wrong_on_diagonal(yours: Array, right: Array) -> Iterator[Claim]:
    """Right or wrong only on the diagonal."""
    if right.ndim != 2 or len(right) < 3:
        return
    if is_right_on(yours, right, diagonal=False):
        said = translated("only the elements on the diagonal are wrong")
        yield Claim(said, partial(is_right_on, diagonal=False))
    if is_right_on(yours, right, diagonal=True):
        said = translated("only the elements on the diagonal are right")
        yield Claim(said, partial(is_right_on, diagonal=True))


def is_right_on(yours: Array, right: Array, *, diagonal: bool) -> bool:
    """Whether a square matrix is right on its diagonal, or everywhere else."""
    if right.ndim != 2 or right.shape[0] != right.shape[1]:
        return False
    where = np.eye(len(right), dtype=bool) == diagonal
    return bool(near(yours, right)[where].all())


def wrong_in_places(yours: Array, right: Array) -> Iterator[Claim]:
    """Right at some places along an axis, wrong at all others."""
    for places in places_of(~near(yours, right)):
        yield Claim(
            translated("wrong {places}, right everywhere else", places=places.said),
            partial(is_wrong_at, places=places),
            axis=places.axis,
        )


PATTERNS: dict[str, Probe] = {  # in this order
    "border": wrong_at_border,
    "diagonal": wrong_on_diagonal,
    "constant": all_equal,
    "alike": alike_along,
    "rows_scaled": scaled_slices,
    "rows_shifted": moved_slices,
    "rows": wrong_in_places,
}
