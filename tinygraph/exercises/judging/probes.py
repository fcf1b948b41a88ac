"""Probes: what the wrong results of a function have in common with the right ones.

Each looks at one result beside the right one and gives a message, or an empty text.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..language import marked, translated, translated_plural
from .comparison import Array, equal, near
from .evidence import Pair

Probe = Callable[[Array, Array], str]
MOST_AXES = 4  # whose orders are all tried
MOST_DIGITS = 5  # to which an answer may be rounded
NEARLY = 1e-3  # relative error up to which an answer is nearly right


def says_everywhere(probe: Probe, pairs: Iterable[Pair]) -> str:
    """What a probe says of the first pair, if it says something of every pair.

    Single numbers are left out if there are larger arrays, which tell more.
    """
    pairs = list(pairs)
    telling = [pair for pair in pairs if pair[1].size > 2] or pairs
    messages = []
    for pair in telling:
        messages.append(probe(*pair))
        if not messages[-1]:
            return ""
    return messages[0]


def says_mostly(probe: Probe, pairs: Iterable[Pair]) -> tuple[str, int]:
    """What a probe says first, and of which pair, if it speaks of at least half."""
    said = [probe(*pair) for pair in pairs]
    found = [(message, place) for place, message in enumerate(said) if message]
    return found[0] if found and 2 * len(found) >= len(said) else ("", 0)


def all_zero(yours: Array, right: Array) -> str:
    """Zero everywhere."""
    if yours.any() or not right.any():
        return ""
    return translated("all elements are 0")


def all_equal(yours: Array, right: Array) -> str:
    """The same number everywhere."""
    if yours.size < 3 or not equal(yours, np.full(yours.shape, yours.flat[0])):
        return ""
    return translated("all elements are equal, {value:.4g}", value=yours.flat[0])


def wrong_sign(yours: Array, right: Array) -> str:
    """The right answer with the other sign, everywhere or in places."""
    if equal(yours, -right):
        return translated("the sign is wrong everywhere")
    if right.size > 2 and equal(np.abs(yours), np.abs(right)):
        wrong = ~near(yours, right)
        if not (yours[wrong] < 0.0).any():
            return translated(
                "negative elements have lost their sign, and all others are right"
            )
        return translated_plural(
            "{count} element has the wrong sign, and everything else is right",
            "{count} elements have the wrong sign, and everything else is right",
            count=int(wrong.sum()),
        )
    return ""


def constant_offset(yours: Array, right: Array) -> str:
    """The right answer plus a number."""
    difference = yours - right
    if right.size < 3 or not equal(
        difference, np.full(right.shape, difference.flat[0])
    ):
        return ""
    return translated("everything is off by {value:+.4g}", value=difference.flat[0])


def transposed(yours: Array, right: Array) -> str:
    """The right numbers with their axes in another order."""
    if not 2 <= right.ndim <= MOST_AXES:
        return ""
    for order in itertools.permutations(range(right.ndim)):
        if order != tuple(range(right.ndim)) and equal(yours, right.transpose(order)):
            text = translated("the axes are in the order {order}", order=order)
            if right.ndim == 2:
                text = translated("the result is transposed")
            if yours.shape == right.shape:
                return text
            return translated(
                "{message}: its shape is {shape}, expected {expected}",
                message=text,
                shape=yours.shape,
                expected=right.shape,
            )
    return ""


def flipped(yours: Array, right: Array) -> str:
    """The right numbers, reversed along some axes."""
    for count in range(1, right.ndim + 1):
        for axes in itertools.combinations(range(right.ndim), count):
            if equal(yours, np.flip(right, axes)):
                return translated(
                    "the result is flipped along the axes {axes}", axes=list(axes)
                )
    return ""


def shifted(yours: Array, right: Array) -> str:
    """The right numbers, shifted along an axis."""
    for axis, by in itertools.product(range(right.ndim), (1, -1)):
        if equal(yours, np.roll(right, by, axis)):
            return shifted_along(axis)
        inner = np.roll(right, by, axis).take(range(1, right.shape[axis] - 1), axis)
        if inner.size and equal(
            yours.take(range(1, right.shape[axis] - 1), axis), inner
        ):
            return shifted_along(axis)
    return ""


def shifted_along(axis: int) -> str:
    """What is said of a shift."""
    return translated(
        "everything is shifted by one element along axis {axis}", axis=axis
    )


def shuffled(yours: Array, right: Array) -> str:
    """The right numbers in another order."""
    if right.size < 3 or not equal(np.sort(yours, None), np.sort(right, None)):
        return ""
    return translated("the right numbers are in the wrong places")


def rounded(yours: Array, right: Array) -> str:
    """Whole numbers instead of fractions, or numbers with few digits."""
    if equal(yours, np.trunc(right)):
        return translated(
            "all elements are truncated to whole numbers: an integer array, or int()?"
        )
    for digits in range(MOST_DIGITS):
        if equal(yours, np.round(right, digits)):
            return translated_plural(
                "all elements are rounded to {count} decimal: return all digits",
                "all elements are rounded to {count} decimals: return all digits",
                count=digits,
            )
    return ""


FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    marked("this is the square of the right answer"): np.square,
    marked("this is the square root of the right answer"): np.sqrt,
    marked("this is the reciprocal of the right answer"): np.reciprocal,
    marked("this is the absolute value of the right answer"): np.abs,
    marked("this is the logarithm of the right answer"): np.log,
    marked("this is the exponential of the right answer"): np.exp,
    marked("negative elements are set to 0"): lambda x: np.maximum(x, 0.0),
    marked("positive elements are set to 0"): lambda x: np.minimum(x, 0.0),
    marked("this is the cumulative sum of the right answer along the last axis"): (
        lambda x: np.cumsum(x, -1) if x.ndim else x
    ),
    marked("this is 1 minus the right answer"): lambda x: 1.0 - x,
}


def function_of_right(yours: Array, right: Array) -> str:
    """A square or a root, a reciprocal or a logarithm of the right answer."""
    for said, function in FUNCTIONS.items():
        with np.errstate(all="ignore"):
            other = function(right)
        if equal(yours, other):
            return translated(said)
    return ""


def nearly_right(yours: Array, right: Array) -> str:
    """Right except for the last digits."""
    scale = float(np.abs(right).max(initial=0.0))
    error = float(np.abs(yours - right).max(initial=0.0)) / (scale or 1.0)
    if error > NEARLY:
        return ""
    return translated(
        "nearly right, off by {error:.1g} of the largest element: is a small number "
        "added somewhere, is something rounded, or is the computation too coarse?",
        error=error,
    )


def unfilled(yours: Array, right: Array) -> str:
    """Right except for elements that are 0."""
    bad = ~near(yours, right)
    if right.size < 3 or bad.all() or yours[bad].any():
        return ""
    where = where_it_is(bad)
    if where:
        return translated(
            "elements are 0 {places}, and all others are right", places=where
        )
    return translated_plural(
        "{count} of {all} elements is 0, and all others are right",
        "{count} of {all} elements are 0, and all others are right",
        count=int(bad.sum()),
        all=bad.size,
    )


def scaled_rows(yours: Array, right: Array) -> str:
    """The right answer, with a different factor at each place along an axis."""
    for axis in range(right.ndim if right.ndim > 1 else 0):
        rest = tuple(a for a in range(right.ndim) if a != axis)
        norm = (right**2).sum(axis=rest, keepdims=True)
        with np.errstate(all="ignore"):
            factor = (right * yours).sum(axis=rest, keepdims=True) / norm
        if right.size // right.shape[axis] > 1 and equal(yours, factor * right):
            return translated(
                "each slice along axis {axis} has a different wrong factor: {factors}",
                axis=axis,
                factors=", ".join(f"{f:.3g}" for f in factor.flat[:6]),
            )
    return ""


def shifted_rows(yours: Array, right: Array) -> str:
    """The right answer, with a different number added at each place along an axis."""
    difference = yours - right
    for axis in range(right.ndim if right.ndim > 1 else 0):
        rest = tuple(a for a in range(right.ndim) if a != axis)
        mean = difference.mean(axis=rest, keepdims=True)
        if right.size // max(right.shape[axis], 1) > 2 and equal(
            yours, right + np.broadcast_to(mean, right.shape)
        ):
            return translated(
                "each slice along axis {axis} is off by a different number", axis=axis
            )
    return ""


def wrong_at_border(yours: Array, right: Array) -> str:
    """Wrong only at the border of the last two axes, or only at their ends."""
    if right.ndim < 2 or min(right.shape[-2:]) < 3:
        return ""
    bad = ~near(yours, right)
    if not bad[..., 1:-1, 1:-1].any():
        return translated(
            "only elements at the border are wrong: check padding and cropping"
        )
    high, wide = (np.array(right.shape[-2:]) + 1) // 2
    if not bad[..., :high, :wide].any():
        return translated(
            "only elements in the last rows and columns are wrong: does a loop end too "
            "early, or too late?"
        )
    return ""


def wrong_on_diagonal(yours: Array, right: Array) -> str:
    """Right or wrong only on the diagonal."""
    if right.ndim != 2 or right.shape[0] != right.shape[1] or len(right) < 3:
        return ""
    good, on = near(yours, right), np.eye(len(right), dtype=bool)
    if good[~on].all():
        return translated("only the elements on the diagonal are wrong")
    if good[on].all():
        return translated("only the elements on the diagonal are right")
    return ""


def wrong_in_places(yours: Array, right: Array) -> str:
    """Right at some places along an axis, wrong at all others."""
    where = where_it_is(~near(yours, right))
    if not where:
        return ""
    return translated("wrong {places}, right everywhere else", places=where)


def where_it_is(bad: Any) -> str:
    """At which places along an axis something is, if there are others; or else ""."""
    for axis in range(bad.ndim):
        rest = tuple(a for a in range(bad.ndim) if a != axis)
        found = bad.any(axis=rest)
        if found.all():
            continue
        places, count = [int(i) for i in np.flatnonzero(found)], len(found)
        if len(places) > 1 and places == list(range(places[0], count)):
            return translated(
                "from index {first} on along axis {axis}", first=places[0], axis=axis
            )
        shown = ", ".join(map(str, places[:4])) + (", ..." if len(places) > 4 else "")
        if places == [count - 1]:
            return translated(
                "at index {place}, the last, along axis {axis}", place=shown, axis=axis
            )
        if len(places) == 1:
            return translated(
                "at index {place} along axis {axis}", place=shown, axis=axis
            )
        return translated(
            "at the indices {places} along axis {axis}", places=shown, axis=axis
        )
    return ""


def zeros_and_ones(yours: Array, right: Array) -> str:
    """Only 0 and 1, where there should be other numbers."""
    binary = (yours == 0.0) | (yours == 1.0)
    if right.size < 2 or not binary.all() or ((right == 0.0) | (right == 1.0)).all():
        return ""
    return translated(
        "all elements are 0 or 1, which the right ones are not: is the result an array "
        "of whole numbers, or of truth values?"
    )


PROBES: dict[str, Probe] = {  # in this order; they must hold in all wrong cases
    "zero": all_zero,
    "binary": zeros_and_ones,
    "sign": wrong_sign,
    "transposed": transposed,
    "flipped": flipped,
    "dtype": rounded,
    "offset": constant_offset,
    "function": function_of_right,
    "unfilled": unfilled,
    "nearly": nearly_right,
    "shuffled": shuffled,
    "rolled": shifted,
}


PATTERNS: dict[str, Probe] = {  # tried last, as they may hold by chance in one case
    "unfilled": unfilled,
    "sign": wrong_sign,
    "nearly": nearly_right,
    "border": wrong_at_border,
    "diagonal": wrong_on_diagonal,
    "constant": all_equal,
    "rows_scaled": scaled_rows,
    "rows_shifted": shifted_rows,
    "rows": wrong_in_places,
}
PLACES = [name for name in PATTERNS if name not in ("unfilled", "sign", "nearly")]
