"""What is wrong with the form of an answer: its number of results, shapes and kinds."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from ..language import marked, translated, translated_plural
from .comparison import Array, equal
from .evidence import Evidence, Pair
from .probes import Probe, says_everywhere, transposed
from .result_names import listed
from .trial import Trial


def find_wrong_form(evidence: Evidence) -> tuple[str, str, Trial]:
    """What is wrong with the number, order, shapes or kind of the results, and where.

    The name and the message are empty if nothing is.
    """
    for trial in evidence.wrong:
        own, count = len(trial.yours.results), len(trial.right.results)
        if own != count:
            return "count", wrong_count(evidence, own), trial
    message = find_swapped(evidence)
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


def wrong_count(evidence: Evidence, own: int) -> str:
    """How many results there are, and which there should be."""
    found = translated_plural("{count} result", "{count} results", count=own)
    if len(evidence.names) == 1:
        return translated("returns {found}, expected 1", found=found)
    return translated(
        "returns {found}, expected {count}: {names}",
        found=found,
        count=len(evidence.names),
        names=listed(evidence.names),
    )


def find_swapped(evidence: Evidence) -> str:
    """The right results, in another order."""
    names, trials = evidence.names, evidence.wrong
    count = len(names)
    for order in itertools.permutations(range(count)) if count < 7 else ():
        if order != tuple(range(count)) and all(
            all(map(equal, t.yours.results, [t.right.results[p] for p in order]))
            for t in trials
        ):
            return translated(
                "the results are swapped: they are in the order {order}, expected "
                "{expected}",
                order=listed([names[place] for place in order]),
                expected=listed(names),
            )
    return ""


def describe_shapes(pairs: Sequence[Pair]) -> str:
    """A wrong shape, with the reason if one holds for all of these pairs."""
    yours, right = pairs[0]
    text = translated(
        "the result has shape {shape}, expected {expected}",
        shape=yours.shape,
        expected=right.shape,
    )
    for reason in SHAPE_REASONS:
        said = [reason(*pair) for pair in pairs]
        if all(said):
            return translated("{message}: {reason}", message=text, reason=said[0])
    return text


def is_transposed(yours: Array, right: Array) -> str:
    """The axes in reverse order."""
    if yours.shape != right.shape[::-1]:
        return ""
    return translated("it is transposed")


def is_reshaped(yours: Array, right: Array) -> str:
    """The right numbers in another shape."""
    same = yours.size == right.size and equal(yours.ravel(), right.ravel())
    return translated("the numbers are right: reshape them") if same else ""


def is_not_summed(yours: Array, right: Array) -> str:
    """The right numbers, if some axes were summed over."""
    for count in range(1, yours.ndim + 1):
        for axes in itertools.combinations(range(yours.ndim), count):
            if equal(yours.sum(axis=axes).ravel(), right.ravel()):
                return translated("sum over the axes {axes}", axes=list(axes))
    return ""


def has_extra_ones(yours: Array, right: Array) -> str:
    """Shapes that differ by axes of length 1."""
    inner = [[n for n in array.shape if n != 1] for array in (yours, right)]
    if inner[0] != inner[1]:
        return ""
    return translated("axes of length 1 are missing, or there are too many")


def has_more_axes(yours: Array, right: Array) -> str:
    """More axes than there should be."""
    if yours.ndim <= right.ndim:
        return ""
    return translated("did you forget to sum over an axis?")


def has_fewer_axes(yours: Array, right: Array) -> str:
    """Fewer axes than there should be."""
    if yours.ndim >= right.ndim:
        return ""
    return translated("an axis is missing: was it summed over, or dropped?")


def has_other_order(yours: Array, right: Array) -> str:
    """The right lengths in another order."""
    if sorted(yours.shape) != sorted(right.shape):
        return ""
    return translated("the axes are in the wrong order")


def has_one_less(yours: Array, right: Array) -> str:
    """One element too few, or too many, along some axes."""
    if yours.ndim != right.ndim:
        return ""
    differences = {b - a for a, b in zip(yours.shape, right.shape, strict=True)} - {0}
    if differences == {1}:
        return translated(
            "one is missing: is there a + 1 that you forgot, or does a loop end too "
            "early?"
        )
    if differences == {-1}:
        return translated("there is one too many: does a loop run once too often?")
    return ""


def has_other_lengths(yours: Array, right: Array) -> str:
    """Right number of axes, and the same axes with another length in all cases."""
    if yours.ndim != right.ndim or yours.ndim < 2:
        return ""
    pairs = list(zip(yours.shape, right.shape, strict=True))
    wrong = [axis for axis, (a, b) in enumerate(pairs) if a != b]
    if len(wrong) != 1:
        return ""
    larger = pairs[wrong[0]][0] > pairs[wrong[0]][1]
    said = (
        marked("axis {axis} is too long")
        if larger
        else marked("axis {axis} is too short")
    )
    return translated(said, axis=wrong[0])


SHAPE_REASONS: list[Probe] = [
    is_transposed,
    is_reshaped,
    is_not_summed,
    has_extra_ones,
    has_more_axes,
    has_fewer_axes,
    has_other_order,
    has_one_less,
    has_other_lengths,
]


def find_not_finite(yours: Array, right: Array) -> str:
    """NaN or infinity instead of numbers."""
    bad = ~np.isfinite(yours) & np.isfinite(right)
    if not bad.any():
        return ""
    kind = "NaN" if np.isnan(yours[bad]).any() else translated("infinite")
    if bad.all():
        return translated(
            "all elements are {kind}: is there an overflow or a division by 0?",
            kind=kind,
        )
    return translated(
        "{count} of {all} elements are {kind}: is there an overflow or a division by "
        "0?",
        count=int(bad.sum()),
        all=bad.size,
        kind=kind,
    )
