"""Probes: what the wrong results of a function have in common with the right ones.

Each looks at one result beside the right one and gives a message, or an empty text.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import numpy as np

from .comparison import Array, equal, near
from .evidence import Pair

Probe = Callable[[Array, Array], str]
MOST_AXES = 4  # whose orders are all tried
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


def says_mostly(probe: Probe, pairs: Iterable[Pair]) -> str:
    """What a probe says of a pair, if it says something of at least half of them."""
    said = [probe(*pair) for pair in pairs]
    found = [message for message in said if message]
    return found[0] if 2 * len(found) >= len(said) else ""


def all_zero(yours: Array, right: Array) -> str:
    """Zero everywhere."""
    return "" if yours.any() or not right.any() else "all elements are 0"


def all_equal(yours: Array, right: Array) -> str:
    """The same number everywhere."""
    if yours.size < 3 or not equal(yours, np.full(yours.shape, yours.flat[0])):
        return ""
    return f"all elements are equal, {yours.flat[0]:.4g}"


def wrong_sign(yours: Array, right: Array) -> str:
    """The right answer with the other sign, everywhere or in places."""
    if equal(yours, -right):
        return "the sign is wrong everywhere"
    if right.size > 2 and equal(np.abs(yours), np.abs(right)):
        count = np.sum(~near(yours, right))
        return f"{count} elements have the wrong sign, and everything else is right"
    return ""


def constant_offset(yours: Array, right: Array) -> str:
    """The right answer plus a number."""
    difference = yours - right
    if right.size < 3 or not equal(
        difference, np.full(right.shape, difference.flat[0])
    ):
        return ""
    return f"everything is off by {difference.flat[0]:+.4g}"


def transposed(yours: Array, right: Array) -> str:
    """The right numbers with their axes in another order."""
    if not 2 <= right.ndim <= MOST_AXES:
        return ""
    for order in itertools.permutations(range(right.ndim)):
        if order != tuple(range(right.ndim)) and equal(yours, right.transpose(order)):
            text = f"the axes are in the order {order}"
            text = "the result is transposed" if right.ndim == 2 else text
            same = yours.shape == right.shape
            return text if same else f"{text}: {yours.shape}, expected {right.shape}"
    return ""


def flipped(yours: Array, right: Array) -> str:
    """The right numbers, reversed along some axes."""
    for count in range(1, right.ndim + 1):
        for axes in itertools.combinations(range(right.ndim), count):
            if equal(yours, np.flip(right, axes)):
                return f"the result is flipped along the axes {list(axes)}"
    return ""


def shifted(yours: Array, right: Array) -> str:
    """The right numbers, shifted along an axis."""
    for axis, by in itertools.product(range(right.ndim), (1, -1)):
        if equal(yours, np.roll(right, by, axis)):
            return f"everything is shifted by one element along axis {axis}"
        inner = np.roll(right, by, axis).take(range(1, right.shape[axis] - 1), axis)
        if inner.size and equal(
            yours.take(range(1, right.shape[axis] - 1), axis), inner
        ):
            return f"everything is shifted by one element along axis {axis}"
    return ""


def shuffled(yours: Array, right: Array) -> str:
    """The right numbers in another order."""
    if right.size < 3 or not equal(np.sort(yours, None), np.sort(right, None)):
        return ""
    return "the right numbers are in the wrong places"


def whole_numbers(yours: Array, right: Array) -> str:
    """Whole numbers instead of fractions."""
    for name, rounded in (("truncated", np.trunc(right)), ("rounded", np.round(right))):
        if equal(yours, rounded):
            return f"all elements are {name} to whole numbers: an integer array?"
    return ""


def function_of_right(yours: Array, right: Array) -> str:
    """A square or a root, a reciprocal or a logarithm of the right answer."""
    with np.errstate(all="ignore"):
        others = {
            "the square": right**2,
            "the square root": np.sqrt(right),
            "the reciprocal": 1.0 / right,
            "the absolute value": np.abs(right),
            "the logarithm": np.log(right),
            "the exponential": np.exp(right),
            "what remains after setting negative elements to 0": np.maximum(right, 0.0),
            "the cumulative sum along the last axis": np.cumsum(right, -1)
            if right.ndim
            else right,
            "1 minus": 1.0 - right,
        }
    for name, other in others.items():
        if equal(yours, other):
            return f"this is {name} of the right answer".replace("minus of", "minus")
    return ""


def nearly_right(yours: Array, right: Array) -> str:
    """Right except for the last digits."""
    scale = float(np.abs(right).max(initial=0.0))
    error = float(np.abs(yours - right).max(initial=0.0)) / (scale or 1.0)
    if error > NEARLY:
        return ""
    said = "is a small number added somewhere, or is the computation too coarse?"
    return f"nearly right, off by {error:.1g} of the largest element: {said}"


def unfilled(yours: Array, right: Array) -> str:
    """Right except for elements that are 0."""
    bad = ~near(yours, right)
    if right.size < 3 or bad.all() or yours[bad].any():
        return ""
    return f"{np.sum(bad)} of {bad.size} elements are 0, and all others are right"


def scaled_rows(yours: Array, right: Array) -> str:
    """The right answer, with a different factor at each place along an axis."""
    for axis in range(right.ndim if right.ndim > 1 else 0):
        rest = tuple(a for a in range(right.ndim) if a != axis)
        norm = (right**2).sum(axis=rest, keepdims=True)
        with np.errstate(all="ignore"):
            factor = (right * yours).sum(axis=rest, keepdims=True) / norm
        if right.size // right.shape[axis] > 1 and equal(yours, factor * right):
            said = ", ".join(f"{f:.3g}" for f in factor.flat[:6])
            return f"each slice along axis {axis} has a different wrong factor: {said}"
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
            return f"each slice along axis {axis} is off by a different number"
    return ""


def wrong_at_border(yours: Array, right: Array) -> str:
    """Wrong only at the border of the last two axes."""
    if right.ndim < 2 or min(right.shape[-2:]) < 3:
        return ""
    if (~near(yours, right))[..., 1:-1, 1:-1].any():
        return ""
    return "only elements at the border are wrong: check padding and cropping"


def wrong_on_diagonal(yours: Array, right: Array) -> str:
    """Right or wrong only on the diagonal."""
    if right.ndim != 2 or right.shape[0] != right.shape[1] or len(right) < 3:
        return ""
    good, on = near(yours, right), np.eye(len(right), dtype=bool)
    if good[~on].all():
        return "only the elements on the diagonal are wrong"
    return "only the elements on the diagonal are right" if good[on].all() else ""


def wrong_in_places(yours: Array, right: Array) -> str:
    """Right at some places along an axis, wrong at all others."""
    good = near(yours, right)
    for axis in range(right.ndim):
        rest = tuple(a for a in range(right.ndim) if a != axis)
        places = good.all(axis=rest)
        if right.shape[axis] > 1 and places.any():
            bad = [int(i) for i in np.flatnonzero(~places)]
            said = ", ".join(map(str, bad[:4])) + (", ..." if len(bad) > 4 else "")
            return f"wrong at {said} along axis {axis}, right everywhere else"
    return ""


PROBES: dict[str, Probe] = {  # in this order; they must hold in all wrong cases
    "zero": all_zero,
    "sign": wrong_sign,
    "transposed": transposed,
    "flipped": flipped,
    "dtype": whole_numbers,
    "offset": constant_offset,
    "function": function_of_right,
    "unfilled": unfilled,
    "nearly": nearly_right,
    "shuffled": shuffled,
    "rolled": shifted,
}


PATTERNS: dict[str, Probe] = {  # tried last, as they may hold by chance in one case
    "border": wrong_at_border,
    "diagonal": wrong_on_diagonal,
    "constant": all_equal,
    "rows_scaled": scaled_rows,
    "rows_shifted": shifted_rows,
    "rows": wrong_in_places,
}
