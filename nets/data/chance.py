"""Random numbers that are the same, bit for bit, with any version of NumPy.

NumPy promises that the raw bits of PCG64 never change. How its `Generator` turns them
into numbers may change with the version (NEP 19), so this module does that itself.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


class Chance:
    """A stream of random numbers.

    >>> chance = Chance(np.random.SeedSequence(0))
    >>> chance.below(6), chance.between((0.0, 1.0), (5.0, 6.0))
    (3, [0.2697867137638703, 5.040973523936195])
    """

    def __init__(self, seed: np.random.SeedSequence) -> None:
        self._raw = np.random.PCG64(seed).random_raw

    def bits(self, count: int) -> NDArray[np.uint64]:
        """Raw bits, 64 in each of `count` numbers."""
        raw: NDArray[np.uint64] = self._raw(count)
        return raw

    def below(self, end: int) -> int:
        """A whole number from 0 up to, but not including, `end`."""
        return (int(self._raw()) >> 32) * end >> 32

    def share(self) -> float:
        """A number from 0 up to, but not including, 1."""
        return (int(self._raw()) >> 11) * 2.0**-53

    def between(self, *ranges: tuple[float, float]) -> list[float]:
        """One number from each range."""
        return [low + self.share() * (high - low) for low, high in ranges]

    def whole(self, low: int, end: int, *shape: int) -> NDArray[np.int64]:
        """An array of whole numbers from `low` up to, but not including, `end`."""
        upper = (self.bits(math.prod(shape)) >> 32).astype(np.int64)
        return low + (upper * (end - low) >> 32).reshape(shape)

    def order(self, count: int) -> NDArray[np.int64]:
        """The whole numbers below `count`, shuffled."""
        return np.argsort(self.bits(count), kind="stable").astype(np.int64)
