"""Schedules: what an epoch's learning rate is, as a part of the first.

A schedule is a function of the epoch, which counts from 0. Objects of the classes here
are schedules; a function of yours is one, too.

>>> schedule = WarmUp(2, Cosine(4))
>>> [round(schedule(epoch), 3) for epoch in range(6)]
[0.333, 0.667, 1.0, 0.854, 0.5, 0.146]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Schedule = Callable[[int], float]


@dataclass(frozen=True)
class Constant:
    """1 in every epoch."""

    def __call__(self, epoch: int) -> float:
        """The factor of an epoch."""
        return 1.0


@dataclass(frozen=True)
class Cosine:
    """½ (1 + cos(π epoch / epochs)): large steps first, small ones at the end.

    Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts, 2016.
    """

    epochs: int

    def __call__(self, epoch: int) -> float:
        """The factor of an epoch."""
        return 0.5 * (1.0 + math.cos(math.pi * epoch / self.epochs))


@dataclass(frozen=True)
class Step:
    """1, and `factor` times less from each epoch of `at`.

    >>> [round(Step([2, 3])(epoch), 6) for epoch in range(4)]
    [1.0, 1.0, 0.1, 0.01]
    """

    at: Sequence[int]
    factor: float = 0.1

    def __call__(self, epoch: int) -> float:
        """The factor of an epoch."""
        return self.factor ** sum(epoch >= start for start in self.at)


@dataclass(frozen=True)
class WarmUp:
    """From nearly 0 in equal steps during the first `epochs`, and then a schedule.

    Goyal et al., Accurate, large minibatch SGD: training ImageNet in 1 hour, 2017.
    """

    epochs: int
    then: Schedule

    def __call__(self, epoch: int) -> float:
        """The factor of an epoch."""
        if epoch < self.epochs:
            return (epoch + 1) / (self.epochs + 1)
        return self.then(epoch - self.epochs)


def schedule_of(name: str, epochs: int, warm_up: int = 0) -> Schedule:
    """The schedule of a run: "cosine", "constant", or "step".

    "step" divides by 10 after a half and after three quarters of the epochs, as in He
    et al., Deep residual learning for image recognition, 2016.
    """
    left = epochs - warm_up
    schedules: dict[str, Schedule] = {
        "cosine": Cosine(left),
        "constant": Constant(),
        "step": Step([-(-left // 2), -(-left * 3 // 4)]),
    }
    return WarmUp(warm_up, schedules[name]) if warm_up else schedules[name]
