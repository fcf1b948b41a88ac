"""What is wrong with the form of an answer: its number of results, shapes and kinds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from ..language import marked, translated, translated_plural
from .claims import Claim, Probe, first_true
from .comparison import Array, equal, near
from .evidence import Evidence
from .probes import transposed
from .result_names import listed
from .trial import Trial


def find_wrong_form(evidence: Evidence) -> tuple[str, str, Trial]:
    """What is wrong with the number, order, shapes or kind of the results, and where.

    The name and the message are empty if nothing is.
    """
    message = find_missing_keys(evidence)
    if message:
        return "keys", message, evidence.first
    for trial in evidence.wrong:
        own, count = len(trial.yours.results), len(trial.right.results)
        if own != count:
            return "count", wrong_count(evidence, own), trial
    message = find_swapped(evidence)
    if message:
        return "swapped", message, evidence.first
    evidence = without_misshapen(evidence)
    found = list(zip(evidence.bad, evidence.pairs, strict=True))
    misshapen = [t for t in evidence.bad if is_misshapen(t, evidence.place)]
    if misshapen:
        message = evidence.claim(transposed) or describe_shapes(evidence)
        return "shape", evidence.labelled(message), misshapen[0]
    for trial, pair in found:
        message = find_not_finite(*pair)
        if message:
            if any(is_wrong_where_finite(*each) for _, each in found):
                message = translated(
                    "{message} Finite elements are wrong as well", message=message
                )
            return "not_finite", evidence.labelled(message), trial
    return "", "", evidence.first


def is_misshapen(trial: Trial, place: int) -> bool:
    """Whether a result has a wrong shape."""
    return trial.yours.results[place].shape != trial.right.results[place].shape


def without_misshapen(evidence: Evidence) -> Evidence:
    """The same without corner cases of a wrong shape, if that is not the mistake.

    It is not if the random cases have the right shape, and wrong numbers.
    """
    drawn = [t for t in evidence.bad if t.number >= evidence.exercise.corners]
    wrong = [t for t in evidence.bad if is_misshapen(t, evidence.place)]
    if not drawn or not wrong or any(trial in wrong for trial in drawn):
        return evidence
    return replace(evidence, trials=[t for t in evidence.trials if t not in wrong])


def find_missing_keys(evidence: Evidence) -> str:
    """The keys that a dictionary lacks, if that is all that is wrong."""
    lacking = [missing_keys(trial) for trial in evidence.wrong]
    if not all(lacking):
        return ""
    return translated_plural(
        "the key {keys} is missing in your dictionary; what is left out counts as 0, "
        "but this is not 0",
        "the keys {keys} are missing in your dictionary; what is left out counts as 0, "
        "but these are not 0",
        count=len(lacking[0]),
        keys=listed(list(map(str, lacking[0]))),
    )


def missing_keys(trial: Trial) -> list[int]:
    """The keys of all wrong elements, if a dictionary has none of them."""
    own, right = trial.yours, trial.right
    if own.keys is None or own.results[0].shape != right.results[0].shape:
        return []
    wrong = [int(n) for n in np.flatnonzero(~near(own.results[0], right.results[0]))]
    return [] if set(wrong) & set(own.keys) else wrong


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


def describe_shapes(evidence: Evidence) -> str:
    """A wrong shape, with the reason if one holds in all cases with wrong shapes."""
    pairs, more = (
        [pair for pair in pairs if pair[0].shape != pair[1].shape]
        for pairs in (evidence.pairs, evidence.more_pairs())
    )
    pairs = [pair for pair in pairs if pair[0].size] or pairs  # else, less is known
    more = [pair for pair in more if pair[0].size]
    yours, right = pairs[0]
    text = translated(
        "the result has shape {shape}, expected {expected}",
        shape=yours.shape,
        expected=right.shape,
    )
    for reason in SHAPE_REASONS:
        said = first_true(reason, pairs, lambda: more, fewest=1)
        if said:
            return translated("{message}: {reason}", message=text, reason=said)
    return text


def reversed_axes(yours: Array, right: Array) -> Iterator[Claim]:
    """The axes in reverse order."""
    if is_reversed(yours, right):
        yield Claim(translated("is it transposed?"), is_reversed, of_shapes=True)


def is_reversed(yours: Array, right: Array) -> bool:
    """Whether a shape is the other one in reverse."""
    return yours.shape == right.shape[::-1]


def reshaped(yours: Array, right: Array) -> Iterator[Claim]:
    """The right numbers in another shape."""
    if is_reshaped(yours, right):
        said = translated("the numbers are right: reshape them")
        yield Claim(said, is_reshaped, of_shapes=True)


def is_reshaped(yours: Array, right: Array) -> bool:
    """Whether two arrays have the same numbers in the same order."""
    return yours.size == right.size and equal(yours.ravel(), right.ravel())


def not_summed(yours: Array, right: Array) -> Iterator[Claim]:
    """The right numbers, if some axes were summed over."""
    found = [*sums_that_fit(yours, right)]
    for axes in found:
        said = translated("sum over the axes {axes}", axes=list(axes))
        if len(axes) == 1:
            said = translated("sum over axis {axis}", axis=axes[0])
        yield Claim(said, partial(is_summed_to, axes=axes), of_shapes=True)
    if found:
        said = translated("some axes must still be summed over")
        yield Claim(said, lambda y, r: any(sums_that_fit(y, r)), True)


def is_summed_to(yours: Array, right: Array, axes: tuple[int, ...]) -> bool:
    """Whether the sums over these axes are right."""
    return axes in sums_that_fit(yours, right)


def sums_that_fit(yours: Array, right: Array) -> Iterator[tuple[int, ...]]:
    """The axes of which the sums are right."""
    for count in range(1, yours.ndim + 1):
        for axes in itertools.combinations(range(yours.ndim), count):
            if equal(yours.sum(axis=axes).ravel(), right.ravel()):
                yield axes


def extra_ones(yours: Array, right: Array) -> Iterator[Claim]:
    """Shapes that differ by axes of length 1."""
    if has_extra_ones(yours, right):
        said = translated("axes of length 1 are missing, or there are too many")
        yield Claim(said, has_extra_ones, of_shapes=True)


def has_extra_ones(yours: Array, right: Array) -> bool:
    """Whether two shapes are equal without the axes of length 1."""
    inner = [[n for n in array.shape if n != 1] for array in (yours, right)]
    return inner[0] == inner[1]


def number_of_axes(yours: Array, right: Array) -> Iterator[Claim]:
    """More axes than there should be, or fewer."""
    if yours.ndim > right.ndim:
        said = translated("did you forget to sum over an axis?")
        yield Claim(said, lambda yours, right: yours.ndim > right.ndim, True)
    if yours.ndim < right.ndim:
        said = translated("an axis is missing: was it summed over, or dropped?")
        yield Claim(said, lambda yours, right: yours.ndim < right.ndim, True)


def other_order(yours: Array, right: Array) -> Iterator[Claim]:
    """The right lengths in another order."""
    if has_same_lengths(yours, right):
        said = translated("the axes are in the wrong order")
        yield Claim(said, has_same_lengths, of_shapes=True)


def has_same_lengths(yours: Array, right: Array) -> bool:
    """Whether two shapes have the same lengths, in whatever order."""
    return sorted(yours.shape) == sorted(right.shape)


LENGTHS = {
    1: marked(
        "one element is missing: did you forget a + 1, or does a loop end too early?"
    ),
    -1: marked("there is one element too many: does a loop run once too often?"),
}


def one_less(yours: Array, right: Array) -> Iterator[Claim]:
    """One element too few, or too many, along some axes."""
    for by, said in LENGTHS.items():
        if is_missing(yours, right, by):
            yield Claim(translated(said), partial(is_missing, by=by), of_shapes=True)


def is_missing(yours: Array, right: Array, by: int) -> bool:
    """Whether so many elements are missing along all axes of a wrong length.

    Two elements instead of one are not too many, but not summed.
    """
    return missing_along(yours, right) == {by} and not (by < 0 and 1 in right.shape)


def missing_along(yours: Array, right: Array) -> set[int]:
    """How many elements are missing along axes of a wrong length."""
    if yours.ndim != right.ndim:
        return set()
    return {b - a for a, b in zip(yours.shape, right.shape, strict=True)} - {0}


def other_length(yours: Array, right: Array) -> Iterator[Claim]:
    """Only one axis has a wrong length."""
    for axis, by in differing_axes(yours, right):
        said = marked("axis {axis} is too short")
        if by < 0:
            said = marked("axis {axis} is too long")
        yield Claim(
            translated(said, axis=axis),
            partial(is_missing_along, axis=axis, more=by < 0),
            of_shapes=True,
        )


def is_missing_along(yours: Array, right: Array, axis: int, *, more: bool) -> bool:
    """Whether only one axis has too many elements, or too few."""
    found = [(place, by < 0) for place, by in differing_axes(yours, right)]
    return found == [(axis, more)]


def differing_axes(yours: Array, right: Array) -> list[tuple[int, int]]:
    """The axis of a wrong length, if it is only one, and how much is missing there."""
    if yours.ndim != right.ndim or yours.ndim < 2:
        return []
    pairs = enumerate(zip(yours.shape, right.shape, strict=True))
    found = [(axis, b - a) for axis, (a, b) in pairs if a != b]
    return found if len(found) == 1 else []


SHAPE_REASONS: list[Probe] = [
    reversed_axes,
    reshaped,
    not_summed,
    extra_ones,
    number_of_axes,
    other_order,
    one_less,
    other_length,
]


def is_wrong_where_finite(yours: Array, right: Array) -> bool:
    """Whether there are wrong elements that are numbers."""
    return bool((~near(yours, right) & np.isfinite(yours)).any())


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
    return translated_plural(
        "{count} of {all} elements is {kind}: is there an overflow or a division by 0?",
        "{count} of {all} elements are {kind}: is there an overflow or a division by "
        "0?",
        count=int(bad.sum()),
        all=bad.size,
        kind=kind,
    )
