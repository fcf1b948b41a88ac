"""Claims: what may be said of wrong results, and of which results it is true.

A claim that is found in one case may hold there by chance. So it is said only if it
holds in all wrong cases, of other seeds as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from .comparison import Array

Pair = tuple[Array, Array]  # a result, and the right one
FEWEST = 3  # wrong cases in which a claim must hold


class Claim(NamedTuple):
    """A sentence about a wrong result, and whether it is true of another one."""

    said: str
    holds: Callable[[Array, Array], bool]
    of_shapes: bool = False  # whether it may hold for a result of the wrong shape

    def holds_for(self, pair: Pair) -> bool:
        """Whether it is true of a result."""
        yours, right = pair
        return (self.of_shapes or yours.shape == right.shape) and self.holds(*pair)


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
                enough = number_of_different([*pairs, *more()]) >= fewest
                return claim.said if enough else ""
    return ""


def number_of_different(pairs: Iterable[Pair]) -> int:
    """How many different right results there are."""
    return len({(right.shape, right.tobytes()) for _, right in pairs})
