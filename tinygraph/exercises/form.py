"""What is wrong with the form of an answer, before its numbers are looked at."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from .probes import Evidence, Pair, Probe, everywhere, transposed
from .trial import Array, Trial, equal


def form(evidence: Evidence) -> tuple[str, str, Trial]:
    """What is wrong with the number, order, shapes or kind of the results, and where.

    The name and the message are empty where nothing is.
    """
    for trial in evidence.wrong:
        own, count = len(trial.yours.answers), len(trial.right.answers)
        if own != count:
            results = "1 result" if own == 1 else f"{own} results"
            return "count", f"returns {results}, expected {count}", trial
    message = swapped(evidence.wrong)
    if message:
        return "swapped", message, evidence.first
    found = list(zip(evidence.bad, evidence.pairs, strict=True))
    misshapen = [(t, pair) for t, pair in found if pair[0].shape != pair[1].shape]
    if misshapen:
        pairs = [pair for _, pair in misshapen]
        message = everywhere(transposed, evidence.pairs) or shape(pairs)
        return "shape", evidence.labelled(message), misshapen[0][0]
    for trial, pair in found:
        message = not_finite(*pair)
        if message:
            return "not_finite", evidence.labelled(message), trial
    return "", "", evidence.first


def swapped(trials: list[Trial]) -> str:
    """The right results, in another order."""
    count = len(trials[0].right.answers)
    for order in itertools.permutations(range(count)) if count < 5 else ():
        if order != tuple(range(count)) and all(
            all(map(equal, t.yours.answers, [t.right.answers[p] for p in order]))
            for t in trials
        ):
            numbers = ", ".join(str(place + 1) for place in order)
            return f"the results are swapped: they stand in the order {numbers}"
    return ""


def shape(pairs: Sequence[Pair]) -> str:
    """Another shape, and why, if one reason holds for all of these pairs."""
    yours, right = pairs[0]
    text = f"the result has shape {yours.shape}, expected {right.shape}"
    for reason in REASONS:
        said = [reason(*pair) for pair in pairs]
        if all(said):
            return f"{text}: {said[0]}"
    return text


def transposed_shape(yours: Array, right: Array) -> str:
    """The axes the other way round."""
    return "it is transposed" if yours.shape == right.shape[::-1] else ""


def reshaped(yours: Array, right: Array) -> str:
    """The right numbers, one after the other."""
    same = yours.size == right.size and equal(yours.ravel(), right.ravel())
    return "the numbers are right, reshape them" if same else ""


def not_summed(yours: Array, right: Array) -> str:
    """The right numbers, if some axes were summed over."""
    for count in range(1, yours.ndim + 1):
        for axes in itertools.combinations(range(yours.ndim), count):
            if equal(yours.sum(axis=axes).ravel(), right.ravel()):
                return f"sum over the axes {list(axes)}"
    return ""


def ones(yours: Array, right: Array) -> str:
    """Shapes that differ by axes of length 1."""
    inner = [[n for n in array.shape if n != 1] for array in (yours, right)]
    return "axes of one element are missing or too many" * (inner[0] == inner[1])


def many_axes(yours: Array, right: Array) -> str:
    """More axes than there should be."""
    return "did you forget to sum over an axis?" * (yours.ndim > right.ndim)


def few_axes(yours: Array, right: Array) -> str:
    """Fewer axes than there should be."""
    said = "an axis is missing: was one summed, or not kept?"
    return said * (yours.ndim < right.ndim)


def other_axes(yours: Array, right: Array) -> str:
    """The right lengths in another order."""
    same = sorted(yours.shape) == sorted(right.shape)
    return "the axes stand in another order" * same


REASONS: list[Probe] = [
    transposed_shape,
    reshaped,
    not_summed,
    ones,
    many_axes,
    few_axes,
    other_axes,
]


def not_finite(yours: Array, right: Array) -> str:
    """NaN or infinity where numbers belong."""
    bad = ~np.isfinite(yours) & np.isfinite(right)
    if not bad.any():
        return ""
    kind = "NaN" if np.isnan(yours[bad]).any() else "infinite"
    which = "all" if bad.all() else f"{np.sum(bad)} of {bad.size}"
    return f"{which} elements are {kind}: is there an overflow, or a division by 0?"
