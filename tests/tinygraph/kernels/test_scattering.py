"""Sums at places of an array, against NumPy's own, bit for bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygraph.kernels import scattering
from tinygraph.kernels.compilation import compiled
from tinygraph.kernels.scattering import add_at, integers

rng = np.random.default_rng(0)
INDEXES = {
    "rows": np.array([2, 0, 2, -1, 4]),
    "a table": np.array([[2, 0], [2, -5], [1, 1]]),
    "small integers": np.array([1, 1], np.uint8),
    "a list": [3, 3, 0],
    "two axes": (np.array([1, 1, -1]), np.array([0, 0, 2])),
    "two axes, broadcast": (np.array([[1], [4]]), np.array([0, 0, 2])),
    "a number and an array": (1, np.array([0, 0])),
    "three axes": (np.array([1, 1]), np.array([0, 0]), np.array([3, 3])),
    "behind a slice": (slice(1, 3), np.array([0, 0])),
    "before a slice": (np.array([0, 0]), slice(1, 3)),
    "with an ellipsis": (..., np.array([1, 1, 2])),
    "with a new axis": (None, np.array([1, 1, 2])),
    "a mask": rng.random((5, 3)) > 0.5,
    "a mask and numbers": (np.array([True, False, True, True, False]), [0, 0, 1]),
    "large unsigned": np.array([1, 1], np.uint64),
    "none": np.zeros(0, int),
}


@pytest.fixture(autouse=True)
def even_for_few(monkeypatch):
    """The short ways are taken for any number of shares."""
    monkeypatch.setattr(scattering, "FEW", 0)
    monkeypatch.setattr(scattering, "CALLS", 0)
    monkeypatch.setattr(scattering, "WIDE", 3)


def both(index, shape=(5, 3, 4), dtype=np.float32):
    """What NumPy adds, and what is added here."""
    right, found = np.zeros(shape, dtype), np.zeros(shape, dtype)
    g = rng.normal(size=right[index].shape).astype(dtype)
    np.add.at(right, index, g)
    add_at(found, index, g)
    return right, found


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("index", INDEXES.values(), ids=INDEXES)
def test_sums_are_numpys(index, dtype, monkeypatch):
    np.testing.assert_array_equal(*both(index, dtype=dtype))
    monkeypatch.setattr(scattering, "MOST", 5)
    np.testing.assert_array_equal(*both(index, dtype=dtype))


@given(st.integers(1, 40), st.integers(0, 9), st.integers(0, 200), st.integers(0, 99))
def test_any_table_and_any_rows(rows, width, count, seed):
    index = np.random.default_rng(seed).integers(-rows, rows, count)
    np.testing.assert_array_equal(*both(index, shape=(rows, width)))


@pytest.mark.parametrize("tile", [1, 64, 1 << 15])
@pytest.mark.parametrize("rows", [3, 40, 400])
def test_some_places_are_taken_often(rows, tile, monkeypatch):
    monkeypatch.setattr(scattering, "TILE", tile)
    index = rng.integers(0, rows, 300) * rng.integers(0, 2, 300)
    np.testing.assert_array_equal(*both(index, shape=(rows, 33)))


def test_compiled_loops_add_in_the_same_order():
    pytest.importorskip("numba")
    for index in INDEXES.values():
        with compiled():
            arrays = both(index)
        np.testing.assert_array_equal(*arrays)


@pytest.mark.parametrize("index", [np.array([5]), np.array([-6]), ([0], [3])])
def test_what_is_out_of_bounds_is_named(index):
    with pytest.raises(IndexError, match="out of bounds for axis"):
        add_at(np.zeros((5, 3)), index, np.ones(3))


def test_one_number_for_all_places():
    x = np.zeros((5, 3))
    add_at(x, np.array([1, 1]), np.float64(2.0))
    assert x[1].tolist() == [4.0, 4.0, 4.0] and x.sum() == 12.0


def test_which_indexes_take_the_short_way():
    assert len(integers(np.array([1, 1]))) == 1
    assert len(integers((1, [0, 0]))) == 2
    for index in (slice(2), (..., [0]), np.array([True]), (None, [0]), (slice(2), [0])):
        assert integers(index) == []
