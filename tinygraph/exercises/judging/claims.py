"""Claims: what may be said of wrong results, and of which results it is true.

A claim that is found in one case may hold there by chance. So it is said only if it
holds in all wrong cases, of other seeds as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from .comparison import Array

Pair = tuple[Array, Array]  # a result, and the right one
FEWEST = 3  # wrong cases in which a claim must hold
ODDS = 5.0  # against a claim that holds in a case by chance, if nothing else is known


class Claim(NamedTuple):
    """A sentence about a wrong result, and whether it is true of another one."""

    said: str
    holds: Callable[[Array, Array], bool]
    of_shapes: bool = False  # whether it may hold for a result of the wrong shape
    axis: int | None = None  # of the one place along it that is claimed

    def holds_for(self, pair: Pair) -> bool:
        """Whether it is true of a result."""
        yours, right = pair
        return (self.of_shapes or yours.shape == right.shape) and self.holds(*pair)

    def chances(self, pair: Pair) -> float:
        """Of how many results one has it by chance: along a short axis, of few."""
        return ODDS if self.axis is None else float(pair[1].shape[self.axis])


Probe = Callable[[Array, Array], Iterable[Claim]]


def first_true(
    probe: Probe,
    pairs: Sequence[Pair],
    more: Callable[[], Sequence[Pair]],
    *,
    fewest: int = FEWEST,
) -> str:
    """The first claim of a probe that holds for all these results, and for more.

    "" if there is none, or if there are too few different results. `more` is only
    called for a claim that holds for the first ones.
    """
    for place, pair in enumerate(pairs):
        for claim in probe(*pair):
            others = [*pairs[:place], *pairs[place + 1 :]]
            if all(map(claim.holds_for, others)) and all(map(claim.holds_for, more())):
                found = different([*pairs, *more()])
                odds = math.prod(map(claim.chances, found))
                if len(found) >= fewest and (fewest == 1 or odds >= ODDS**FEWEST):
                    return claim.said
    return ""


def different(pairs: Iterable[Pair]) -> list[Pair]:
    """Those of them with different right results."""
    return list(
        {(right.shape, right.tobytes()): (y, right) for y, right in pairs}.values()
    )
