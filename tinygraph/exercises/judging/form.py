"""What is wrong with the form of an answer: its number of results, shapes and kinds."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from ...legible import quantity
from .comparison import Array, equal
from .evidence import Evidence, Pair
from .probes import Probe, says_everywhere, transposed
from .trial import Trial


def find_wrong_form(evidence: Evidence) -> tuple[str, str, Trial]:
    """What is wrong with the number, order, shapes or kind of the results, and where.

    The name and the message are empty if nothing is.
    """
    for trial in evidence.wrong:
        own, count = len(trial.yours.results), len(trial.right.results)
        if own != count:
            results = quantity(own, "result")
            return "count", f"returns {results}, expected {count}", trial
    message = find_swapped(evidence.wrong)
    if message:
        return "swapped", message, evidence.first
    found = list(zip(evidence.bad, evidence.pairs, strict=True))
    misshapen = [(t, pair) for t, pair in found if pair[0].shape != pair[1].shape]
    if misshapen:
        pairs = [pair for _, pair in misshapen]
        message = says_everywhere(transposed, evidence.pairs) or describe_shapes(pairs)
        return "shape", evidence.labelled(message), misshapen[0][0]
    for trial, pair in found:
        message = find_not_finite(*pair)
        if message:
            return "not_finite", evidence.labelled(message), trial
    return "", "", evidence.first


def find_swapped(trials: list[Trial]) -> str:
    """The right results, in another order."""
    count = len(trials[0].right.results)
    for order in itertools.permutations(range(count)) if count < 5 else ():
        if order != tuple(range(count)) and all(
            all(map(equal, t.yours.results, [t.right.results[p] for p in order]))
            for t in trials
        ):
            numbers = ", ".join(str(place + 1) for place in order)
            return f"the results are swapped: they are in the order {numbers}"
    return ""


def describe_shapes(pairs: Sequence[Pair]) -> str:
    """A wrong shape, with the reason if one holds for all of these pairs."""
    yours, right = pairs[0]
    text = f"the result has shape {yours.shape}, expected {right.shape}"
    for reason in SHAPE_REASONS:
        said = [reason(*pair) for pair in pairs]
        if all(said):
            return f"{text}: {said[0]}"
    return text


def is_transposed(yours: Array, right: Array) -> str:
    """The axes in reverse order."""
    return "it is transposed" if yours.shape == right.shape[::-1] else ""


def is_reshaped(yours: Array, right: Array) -> str:
    """The right numbers in another shape."""
    same = yours.size == right.size and equal(yours.ravel(), right.ravel())
    return "the numbers are right: reshape them" if same else ""


def is_not_summed(yours: Array, right: Array) -> str:
    """The right numbers, if some axes were summed over."""
    for count in range(1, yours.ndim + 1):
        for axes in itertools.combinations(range(yours.ndim), count):
            if equal(yours.sum(axis=axes).ravel(), right.ravel()):
                return f"sum over the axes {list(axes)}"
    return ""


def has_extra_ones(yours: Array, right: Array) -> str:
    """Shapes that differ by axes of length 1."""
    inner = [[n for n in array.shape if n != 1] for array in (yours, right)]
    return "axes of length 1 are missing, or there are too many" * (
        inner[0] == inner[1]
    )


def has_more_axes(yours: Array, right: Array) -> str:
    """More axes than there should be."""
    return "did you forget to sum over an axis?" * (yours.ndim > right.ndim)


def has_fewer_axes(yours: Array, right: Array) -> str:
    """Fewer axes than there should be."""
    said = "an axis is missing: was it summed over, or dropped?"
    return said * (yours.ndim < right.ndim)


def has_other_order(yours: Array, right: Array) -> str:
    """The right lengths in another order."""
    same = sorted(yours.shape) == sorted(right.shape)
    return "the axes are in the wrong order" * same


SHAPE_REASONS: list[Probe] = [
    is_transposed,
    is_reshaped,
    is_not_summed,
    has_extra_ones,
    has_more_axes,
    has_fewer_axes,
    has_other_order,
]


def find_not_finite(yours: Array, right: Array) -> str:
    """NaN or infinity instead of numbers."""
    bad = ~np.isfinite(yours) & np.isfinite(right)
    if not bad.any():
        return ""
    kind = "NaN" if np.isnan(yours[bad]).any() else "infinite"
    which = "all" if bad.all() else f"{np.sum(bad)} of {bad.size}"
    return f"{which} elements are {kind}: is there an overflow or a division by 0?"
