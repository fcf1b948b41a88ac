"""Probes: what the wrong results of a function have in common with the right ones.

Each looks at one result beside the right one, and makes claims that hold there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from ..language import marked, translated, translated_plural
from .claims import Claim, Probe
from .comparison import Array, equal, near
from .places import unfilled

MOST_AXES = 4  # whose orders are all tried
MOST_DIGITS = 5  # to which an answer may be rounded
NEARLY = 1e-3  # relative error up to which an answer is nearly right


def zero(yours: Array, right: Array) -> Iterator[Claim]:
    """Zero everywhere."""
    if is_zero(yours, right):
        said = translated("the result is always 0")
        if right.size > 1:
            said = translated("all elements are 0")
        yield Claim(said, is_zero)


def is_zero(yours: Array, right: Array) -> bool:
    """Whether a result is 0 everywhere, and the right one is not."""
    return not yours.any() and bool(right.any())


def wrong_sign(yours: Array, right: Array) -> Iterator[Claim]:
    """The right answer with the other sign, everywhere or in places."""
    if equal(yours, -right):
        said = translated("the sign is wrong everywhere")
        yield Claim(said, lambda yours, right: equal(yours, -right))
    if right.size < 3 or not differs_in_sign(yours, right):
        return
    if has_lost_signs(yours, right):
        said = translated(
            "negative elements have lost their sign, and all others are right"
        )
        yield Claim(said, has_lost_signs)
    said = translated_plural(
        "{count} element has the wrong sign, and everything else is right",
        "{count} elements have the wrong sign, and everything else is right",
        count=int((~near(yours, right)).sum()),
    )
    yield Claim(said, differs_in_sign)


def differs_in_sign(yours: Array, right: Array) -> bool:
    """Whether all elements are right but for their sign."""
    return equal(np.abs(yours), np.abs(right))


def has_lost_signs(yours: Array, right: Array) -> bool:
    """Whether all elements are right but for missing minus signs."""
    wrong = ~near(yours, right)
    return differs_in_sign(yours, right) and not (yours[wrong] < 0.0).any()


def constant_offset(yours: Array, right: Array) -> Iterator[Claim]:
    """The right answer plus a number."""
    offset = float((yours - right).flat[0]) if right.size > 2 else 0.0
    if not is_offset(yours, right, offset):
        return
    yield Claim(
        translated("everything is off by {value:+.4g}", value=offset),
        partial(is_offset, offset=offset),
    )
    yield Claim(
        translated(
            "all elements are off by the same number, which differs from case to case"
        ),
        lambda yours, right: is_offset(yours, right, float((yours - right).flat[0])),
    )


def is_offset(yours: Array, right: Array, offset: float) -> bool:
    """Whether an answer is the right one plus a number that is not 0."""
    return bool(offset) and equal(yours - right, np.full(right.shape, offset))


def transposed(yours: Array, right: Array) -> Iterator[Claim]:
    """The right numbers with their axes in another order."""
    if not 2 <= right.ndim <= MOST_AXES:
        return
    for order in itertools.permutations(range(right.ndim)):
        if order == tuple(range(right.ndim)) or not is_ordered(yours, right, order):
            continue
        text = translated("the axes are in the order {order}", order=order)
        if right.ndim == 2:
            text = translated("the result is transposed")
        if yours.shape != right.shape:
            text = translated(
                "{message}: its shape is {shape}, expected {expected}",
                message=text,
                shape=yours.shape,
                expected=right.shape,
            )
        yield Claim(text, partial(is_ordered, order=order), of_shapes=True)


def is_ordered(yours: Array, right: Array, order: tuple[int, ...]) -> bool:
    """Whether an answer is the right one with its axes in this order."""
    return right.ndim == len(order) and equal(yours, right.transpose(order))


def flipped(yours: Array, right: Array) -> Iterator[Claim]:
    """The right numbers, reversed along some axes."""
    for count in range(1, right.ndim + 1):
        for axes in itertools.combinations(range(right.ndim), count):
            if is_flipped(yours, right, axes):
                said = translated(
                    "the result is flipped along the axes {axes}", axes=list(axes)
                )
                if count == 1:
                    said = translated(
                        "the result is flipped along axis {axis}", axis=axes[0]
                    )
                yield Claim(said, partial(is_flipped, axes=axes))


def is_flipped(yours: Array, right: Array, axes: tuple[int, ...]) -> bool:
    """Whether an answer is the right one, reversed along these axes."""
    return right.ndim > max(axes) and equal(yours, np.flip(right, axes))


def shifted(yours: Array, right: Array) -> Iterator[Claim]:
    """The right numbers, shifted along an axis."""
    for axis, by in itertools.product(range(right.ndim), (1, -1)):
        if is_shifted(yours, right, axis, by):
            yield Claim(
                translated(
                    "everything is shifted by one element along axis {axis}", axis=axis
                ),
                partial(is_shifted, axis=axis, by=by),
            )


def is_shifted(yours: Array, right: Array, axis: int, by: int) -> bool:
    """Whether an answer is the right one, shifted; the ends do not matter."""
    if right.ndim <= axis:
        return False
    rolled, inner = np.roll(right, by, axis), range(1, right.shape[axis] - 1)
    if equal(yours, rolled):
        return True
    return len(inner) > 0 and equal(yours.take(inner, axis), rolled.take(inner, axis))


def shuffled(yours: Array, right: Array) -> Iterator[Claim]:
    """The right numbers in another order."""
    if right.size > 2 and has_same_numbers(yours, right):
        said = translated("the right numbers are in the wrong places")
        yield Claim(said, has_same_numbers)


def has_same_numbers(yours: Array, right: Array) -> bool:
    """Whether two arrays have the same numbers, in whatever order."""
    return equal(np.sort(yours, None), np.sort(right, None))


def rounded(yours: Array, right: Array) -> Iterator[Claim]:
    """Whole numbers instead of fractions, or numbers with few digits."""
    if equal(yours, np.trunc(right)):
        said = translated(
            "all elements are truncated to whole numbers: an integer array, or int()?"
        )
        yield Claim(said, lambda yours, right: equal(yours, np.trunc(right)))
    for digits in range(MOST_DIGITS):
        if is_rounded(yours, right, digits):
            said = translated_plural(
                "all elements are rounded to {count} decimal: return all digits",
                "all elements are rounded to {count} decimals: return all digits",
                count=digits,
            )
            yield Claim(said, partial(is_rounded, digits=digits))


def is_rounded(yours: Array, right: Array, digits: int) -> bool:
    """Whether an answer is the right one with few digits."""
    return equal(yours, np.asarray(np.round(right, digits)))


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


def function_of_right(yours: Array, right: Array) -> Iterator[Claim]:
    """A square or a root, a reciprocal or a logarithm of the right answer."""
    for said, function in FUNCTIONS.items():
        if is_function_of(yours, right, function):
            yield Claim(translated(said), partial(is_function_of, function=function))


def is_function_of(
    yours: Array, right: Array, function: Callable[[Array], Array]
) -> bool:
    """Whether an answer is a function of the right one."""
    with np.errstate(all="ignore"):
        return equal(yours, function(right))


def nearly_right(yours: Array, right: Array) -> Iterator[Claim]:
    """Right except for the last digits."""
    if relative_error(yours, right) <= NEARLY:
        said = translated(
            "nearly right, off by {error:.1g} of the largest element: is a small "
            "number added somewhere, is something rounded, or is the computation too "
            "coarse?",
            error=relative_error(yours, right),
        )
        yield Claim(said, lambda yours, right: relative_error(yours, right) <= NEARLY)


def relative_error(yours: Array, right: Array) -> float:
    """The largest error, relative to the largest element."""
    scale = float(np.abs(right).max(initial=0.0))
    with np.errstate(all="ignore"):
        return float(np.abs(yours - right).max(initial=0.0)) / (scale or 1.0)


def zeros_and_ones(yours: Array, right: Array) -> Iterator[Claim]:
    """Only 0 and 1, where there should be other numbers."""
    if right.size < 2 or not is_binary(yours) or is_binary(right):
        return
    for said, function in BINARY.items():
        if is_function_of(yours, right, function):
            yield Claim(translated(said), partial(is_function_of, function=function))
    said = translated("all elements are 0 or 1, which the right ones are not")
    yield Claim(said, lambda y, r: is_binary(y) and not is_binary(r))


BINARY: dict[str, Callable[[Array], Array]] = {
    marked(
        "there is a 1 at the largest element of each row, and 0 elsewhere: that says "
        "which element is the largest, but not how large the elements are"
    ): lambda x: np.equal(x, x.max(-1, keepdims=True)) if x.ndim else x,
    marked(
        "all fractions are cut off, as in an array of integers, which can hold only "
        "whole numbers"
    ): np.trunc,
    marked(
        "all elements are 0 or 1, for whether the right ones are above 0: is this the "
        "result of a comparison?"
    ): lambda x: np.greater(x, 0.0),
}


def is_binary(array: Array) -> bool:
    """Whether all elements are 0 or 1."""
    return bool(((array == 0.0) | (array == 1.0)).all())


PROBES: dict[str, Probe] = {  # in this order
    "zero": zero,
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
