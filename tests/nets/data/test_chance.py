"""Random numbers from raw bits, compared with Python's integers and with NumPy."""

import numpy as np
import pytest

from nets.data.chance import Chance


def fresh(seed: int = 7) -> Chance:
    return Chance(np.random.SeedSequence(seed))


def raw(count: int, seed: int = 7) -> list[int]:
    bits = np.random.PCG64(np.random.SeedSequence(seed))
    return [int(bits.random_raw()) for _ in range(count)]


def test_numbers_follow_from_the_raw_bits() -> None:
    assert [fresh().below(n) for n in (1, 2, 6, 156)] == [
        (raw(1)[0] >> 32) * n >> 32 for n in (1, 2, 6, 156)
    ]
    assert fresh().share() == (raw(1)[0] >> 11) / 2**53
    one, two = raw(2)
    assert fresh().between((0, 1), (-4, 4)) == [
        (one >> 11) / 2**53,
        -4 + (two >> 11) / 2**53 * 8,
    ]
    found = fresh().whole(-20, 21, 2, 3)
    assert found.shape == (2, 3)
    assert found.ravel().tolist() == [-20 + ((r >> 32) * 41 >> 32) for r in raw(6)]
    assert fresh().order(9).tolist() == sorted(range(9), key=raw(9).__getitem__)


def test_a_share_is_what_numpy_makes_of_the_bits() -> None:
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(3)))
    chance = fresh(3)
    assert [chance.share() for _ in range(9)] == generator.random(9).tolist()


@pytest.mark.parametrize("end", [2, 9, 156])
def test_whole_numbers_are_equally_likely(end: int) -> None:
    """Within five standard deviations of the expected number."""
    counts = np.bincount(fresh().whole(0, end, 100_000), minlength=end)
    assert len(counts) == end
    expected = 100_000 / end
    assert abs(counts - expected).max() < 5 * np.sqrt(expected)
