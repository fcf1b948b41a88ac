"""The slope of a function by differences, and where it has none.

A derivative is taken by five points,

    f'(x) ≈ (f(x − 2h) − 8 f(x − h) + 8 f(x + h) − f(x + 2h)) / 12h,

with an error of the order of h⁴ times the fifth derivative. Three of the points give
the slope from the left and three the slope from the right, with errors of h² times the
third derivative. At a kink the two differ, however small h is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

EPSILON = float(np.finfo(float).eps)
STEPS = (1e-4, 4e-6, 1e-7, 4e-9)  # h, tried in order; relative for |x| > 1
FINEST = 1e-6  # slopes closer than this are equal
CLOSER = 100.0  # a gap that shrinks by this, while h shrinks by 25 or more, closes
STEEPER = 8.0  # slopes that grow by this as h shrinks have no limit


@dataclass(frozen=True)
class Slope:
    """How a function of one number changes at 0, by differences with one h."""

    value: float
    left: float
    right: float
    middle: float
    rounding: float  # the largest error of a slope that comes from rounding

    @property
    def smooth(self) -> bool:
        """Whether all slopes agree: then the function has a derivative."""
        return self.gap <= FINEST * max(1.0, abs(self.middle)) + 2.0 * self.rounding

    @property
    def gap(self) -> float:
        """The distance between the slopes; NaN where one of them is not finite."""
        slopes = (self.left, self.right, self.middle)
        return max(slopes) - min(slopes) if all(map(math.isfinite, slopes)) else np.nan

    @property
    def steepest(self) -> float:
        """The largest finite slope, by size."""
        sides = (abs(side) for side in (self.left, self.right))
        return max((side for side in sides if math.isfinite(side)), default=0.0)


def slopes_of(f: Callable[[float], float], x: float) -> list[Slope]:
    """The slopes of f, a function of the distance from x, until it looks smooth.

    h gets smaller from one to the next, until rounding hides the differences.
    """
    found: list[Slope] = []
    for step in STEPS:
        found.append(slope(f, step * max(1.0, abs(x))))
        if found[-1].smooth or found[-1].gap < 100.0 * found[-1].rounding:
            break
    return found


def settled(found: Sequence[Slope]) -> bool:
    """Whether there is a derivative: both sides agree, or approach each other."""
    if found[-1].smooth:
        return True
    return len(found) > 1 and CLOSER * found[-1].gap <= found[-2].gap


def slope(f: Callable[[float], float], h: float) -> Slope:
    """The slopes with this h: of three points on each side, and of all five."""
    with np.errstate(all="ignore"):  # the points may lie where f is not defined
        values = [f(n * h) for n in (-2, -1, 0, 1, 2)]
        far_left, left, here, right, far_right = values
        return Slope(
            here,
            (3.0 * here - 4.0 * left + far_left) / (2.0 * h),
            (4.0 * right - 3.0 * here - far_right) / (2.0 * h),
            (8.0 * (right - left) - (far_right - far_left)) / (12.0 * h),
            4.0 * EPSILON * max(map(abs, values)) / h,
        )


def verdict_on(analytic: float, found: Sequence[Slope], tolerance: float) -> str:
    """What the slopes say about a gradient: one of the verdicts of a check."""
    last = found[-1]
    if not math.isfinite(last.value):
        return "undefined"
    if settled(found):
        return "ok" if error_of(analytic, last.middle, tolerance) <= 1.0 else "WRONG"
    if math.isnan(analytic):
        return "WRONG"
    if not (math.isfinite(last.left) and math.isfinite(last.right)):
        return "edge"
    endless = last.steepest > STEEPER * found[0].steepest
    low, high = sorted((last.left, last.right))
    nearest = min(max(analytic, low), high)
    allowed = max(tolerance, FINEST) * max(1.0, abs(nearest)) + last.rounding
    return "kink" if endless or abs(analytic - nearest) <= allowed else "WRONG"


def error_of(analytic: float, numeric: float, tolerance: float) -> float:
    """The difference in units of the tolerance; NaN differs from everything."""
    error = abs(analytic - numeric) / (tolerance * max(1.0, abs(numeric)))
    return math.inf if math.isnan(error) else error
