"""Probes: what can be said of a wrong answer that nobody has seen before.

Each looks at answers beside the right ones and gives a message, or nothing.  What a
probe says must hold in all wrong cases, or else it is said of the first one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .conditions import condition
from .exercise import Exercise
from .experiments import Setting, experiments
from .outcome import Runner
from .trial import Array, Trial, equal, near

Probe = Callable[[Array, Array], str]
Pair = tuple[Array, Array]
MOST_AXES = 4  # of which all orders are tried
DIGITS = 1e-3  # an answer that is only that wrong is called inexact


@dataclass(frozen=True, eq=False)
class Evidence:
    """All trials of a function that is wrong."""

    exercise: Exercise
    run: Runner
    trials: list[Trial]

    @cached_property
    def wrong(self) -> list[Trial]:
        """The trials that are wrong."""
        return [trial for trial in self.trials if not trial.passed]

    @property
    def first(self) -> Trial:
        """The first of them."""
        return self.wrong[0]

    @cached_property
    def place(self) -> int:
        """The first result that is wrong anywhere."""
        places = range(len(self.first.right.answers))
        return next(
            p for p in places if any(not t.result_passed(p) for t in self.wrong)
        )

    @cached_property
    def bad(self) -> list[Trial]:
        """The trials in which that result is wrong."""
        return [t for t in self.wrong if not t.result_passed(self.place)]

    @cached_property
    def pairs(self) -> list[Pair]:
        """That result beside the right one, wherever it is wrong."""
        return [
            (t.yours.answers[self.place], t.right.answers[self.place]) for t in self.bad
        ]

    def labelled(self, message: str) -> str:
        """A message with the result that it is about, and where that is wrong."""
        count = len(self.first.right.answers)
        if message and count > 1:
            message = f"result {self.place + 1} of {count}: {message}"
        good = [t for t in self.trials if t.result_passed(self.place)]
        where = condition(self.exercise, self.bad, good) if message else ""
        return f"{message} (wrong only where {where})" if where else message

    def setting(self) -> Setting:
        """What experiments need to know."""
        return Setting(self.exercise, self.run, self.bad, self.place)


def pointed(evidence: Evidence) -> tuple[str, str]:
    """The name and the message of the first probe that finds something."""
    pairs = evidence.pairs
    for name, probe in PROBES.items():
        message = evidence.labelled(everywhere(probe, pairs))
        if message:
            return name, message
    name, message = experiments(evidence.setting())
    if message:
        return name, evidence.labelled(message)
    for name, probe in (PROBES | PATTERNS).items():
        message = mostly(probe, pairs)
        if message:
            return name, evidence.labelled(message)
    return what_else(evidence)


def what_else(evidence: Evidence) -> tuple[str, str]:
    """In which cases it is wrong, or in which of several results."""
    good = [t for t in evidence.trials if t.result_passed(evidence.place)]
    where = condition(evidence.exercise, evidence.bad, good)
    count = len(evidence.first.right.answers)
    which = f"result {evidence.place + 1} of {count}: " if count > 1 else ""
    if where:
        return "condition", f"{which}right everywhere but where {where}"
    if len(evidence.trials) - len(evidence.bad) >= 3:
        return (
            "",
            f"{which}right in {len(good)} of {len(evidence.trials)} cases; the "
            + ("first wrong element is {index}: yours {yours:.6g}, right {right:.6g}"),
        )
    others = [
        p for p in range(count) if all(t.result_passed(p) for t in evidence.trials)
    ]
    if others:
        return "result", f"{which}wrong, though {len(others)} of the results are right"
    return "", ""


def everywhere(probe: Probe, pairs: Iterable[Pair]) -> str:
    """What a probe says of the first pair, if it has something to say of all.

    One number tells nothing beside arrays of many.
    """
    pairs = list(pairs)
    telling = [pair for pair in pairs if pair[1].size > 2] or pairs
    messages = []
    for pair in telling:
        messages.append(probe(*pair))
        if not messages[-1]:
            return ""
    return messages[0]


def mostly(probe: Probe, pairs: Iterable[Pair]) -> str:
    """What a probe says of a pair, if it has something to say of half of all."""
    said = [probe(*pair) for pair in pairs]
    found = [message for message in said if message]
    return found[0] if 2 * len(found) >= len(said) else ""


def zero(yours: Array, right: Array) -> str:
    """Nothing at all."""
    return "" if yours.any() or not right.any() else "all elements are 0"


def constant(yours: Array, right: Array) -> str:
    """The same number everywhere."""
    if yours.size < 3 or not equal(yours, np.full(yours.shape, yours.flat[0])):
        return ""
    return f"all elements are equal, {yours.flat[0]:.4g}"


def sign(yours: Array, right: Array) -> str:
    """The right answer with the other sign, everywhere or in places."""
    if equal(yours, -right):
        return "the sign is wrong everywhere"
    if right.size > 2 and equal(np.abs(yours), np.abs(right)):
        count = np.sum(~near(yours, right))
        return f"the sign of {count} elements is wrong, all else is right"
    return ""


def offset(yours: Array, right: Array) -> str:
    """The right answer plus a number."""
    difference = yours - right
    if right.size < 3 or not equal(
        difference, np.full(right.shape, difference.flat[0])
    ):
        return ""
    return f"everything is off by {difference.flat[0]:+.4g}"


def transposed(yours: Array, right: Array) -> str:
    """The right numbers with axes exchanged."""
    if not 2 <= right.ndim <= MOST_AXES:
        return ""
    for order in itertools.permutations(range(right.ndim)):
        if order != tuple(range(right.ndim)) and equal(yours, right.transpose(order)):
            text = f"the axes stand in the order {order}"
            text = "the result is transposed" if right.ndim == 2 else text
            same = yours.shape == right.shape
            return text if same else f"{text}: {yours.shape}, expected {right.shape}"
    return ""


def flipped(yours: Array, right: Array) -> str:
    """The right numbers, backwards along some axes."""
    for count in range(1, right.ndim + 1):
        for axes in itertools.combinations(range(right.ndim), count):
            if equal(yours, np.flip(right, axes)):
                return f"the result is flipped along the axes {list(axes)}"
    return ""


def rolled(yours: Array, right: Array) -> str:
    """The right numbers, moved along an axis."""
    for axis, by in itertools.product(range(right.ndim), (1, -1)):
        if equal(yours, np.roll(right, by, axis)):
            return f"everything is moved by one element along axis {axis}"
        inner = np.roll(right, by, axis).take(range(1, right.shape[axis] - 1), axis)
        if inner.size and equal(
            yours.take(range(1, right.shape[axis] - 1), axis), inner
        ):
            return f"everything is moved by one element along axis {axis}"
    return ""


def shuffled(yours: Array, right: Array) -> str:
    """The right numbers in another order."""
    if right.size < 3 or not equal(np.sort(yours, None), np.sort(right, None)):
        return ""
    return "the right numbers stand in the wrong places"


def whole(yours: Array, right: Array) -> str:
    """Whole numbers where others belong."""
    for name, rounded in (("cut off", np.trunc(right)), ("rounded", np.round(right))):
        if equal(yours, rounded):
            return f"all elements are {name} to whole numbers: an array of integers?"
    return ""


def function(yours: Array, right: Array) -> str:
    """A square or a root, a reciprocal or a logarithm of the right answer."""
    with np.errstate(all="ignore"):
        others = {
            "the square": right**2,
            "the square root": np.sqrt(right),
            "the reciprocal": 1.0 / right,
            "the absolute value": np.abs(right),
            "the logarithm": np.log(right),
            "the exponential": np.exp(right),
            "what remains when negative elements are made 0": np.maximum(right, 0.0),
            "the sum along an axis": np.cumsum(right, -1) if right.ndim else right,
            "1 minus": 1.0 - right,
        }
    for name, other in others.items():
        if equal(yours, other):
            return f"this is {name} of the right answer".replace("minus of", "minus")
    return ""


def nearly(yours: Array, right: Array) -> str:
    """Right, but for the last digits."""
    scale = float(np.abs(right).max(initial=0.0))
    error = float(np.abs(yours - right).max(initial=0.0)) / (scale or 1.0)
    if error > DIGITS:
        return ""
    said = "is there a small number added somewhere, or too coarse a calculation?"
    return f"nearly right, off by {error:.1g} of the largest element: {said}"


def unfilled(yours: Array, right: Array) -> str:
    """Right, but for elements that are 0."""
    bad = ~near(yours, right)
    if right.size < 3 or bad.all() or yours[bad].any():
        return ""
    return f"{np.sum(bad)} of {bad.size} elements are 0, and all others are right"


def scaled_rows(yours: Array, right: Array) -> str:
    """The right answer, with a factor of its own for each place along an axis."""
    for axis in range(right.ndim if right.ndim > 1 else 0):
        rest = tuple(a for a in range(right.ndim) if a != axis)
        norm = (right**2).sum(axis=rest, keepdims=True)
        with np.errstate(all="ignore"):
            factor = (right * yours).sum(axis=rest, keepdims=True) / norm
        if right.size // right.shape[axis] > 1 and equal(yours, factor * right):
            said = ", ".join(f"{f:.3g}" for f in factor.flat[:6])
            return f"each part along axis {axis} has its own wrong factor: {said}"
    return ""


def shifted_rows(yours: Array, right: Array) -> str:
    """The right answer, with a number of its own added for each place along an axis."""
    difference = yours - right
    for axis in range(right.ndim if right.ndim > 1 else 0):
        rest = tuple(a for a in range(right.ndim) if a != axis)
        mean = difference.mean(axis=rest, keepdims=True)
        if right.size // max(right.shape[axis], 1) > 2 and equal(
            yours, right + np.broadcast_to(mean, right.shape)
        ):
            return f"each part along axis {axis} is off by a number of its own"
    return ""


def border(yours: Array, right: Array) -> str:
    """Wrong only at the border of the last two axes."""
    if right.ndim < 2 or min(right.shape[-2:]) < 3:
        return ""
    if (~near(yours, right))[..., 1:-1, 1:-1].any():
        return ""
    return "only elements at the border are wrong: look at padding and cropping"


def diagonal(yours: Array, right: Array) -> str:
    """Right or wrong only on the diagonal."""
    if right.ndim != 2 or right.shape[0] != right.shape[1] or len(right) < 3:
        return ""
    good, on = near(yours, right), np.eye(len(right), dtype=bool)
    if good[~on].all():
        return "only the elements of the diagonal are wrong"
    return "only the elements of the diagonal are right" if good[on].all() else ""


def parts(yours: Array, right: Array) -> str:
    """Right in some places along an axis, wrong in all others."""
    good = near(yours, right)
    for axis in range(right.ndim):
        rest = tuple(a for a in range(right.ndim) if a != axis)
        places = good.all(axis=rest)
        if right.shape[axis] > 1 and places.any():
            bad = [int(i) for i in np.flatnonzero(~places)]
            said = ", ".join(map(str, bad[:4])) + (", ..." if len(bad) > 4 else "")
            return f"wrong at {said} along axis {axis}, and right at all other places"
    return ""


PROBES: dict[str, Probe] = {  # in their order; they must hold in all wrong cases
    "zero": zero,
    "sign": sign,
    "transposed": transposed,
    "flipped": flipped,
    "dtype": whole,
    "offset": offset,
    "function": function,
    "unfilled": unfilled,
    "nearly": nearly,
    "shuffled": shuffled,
    "rolled": rolled,
}
PATTERNS: dict[str, Probe] = {  # what may be by chance in one case: after all others
    "border": border,
    "diagonal": diagonal,
    "constant": constant,
    "rows_scaled": scaled_rows,
    "rows_shifted": shifted_rows,
    "rows": parts,
}
