"""Sums as products with ones: the same as NumPy's own, for all kinds of arrays."""

import itertools

import numpy as np
import pytest

from tinygraph.kernels import sums


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
def test_sums_are_those_of_numpy(dtype):
    x = np.random.default_rng(0).integers(-9, 9, (3, 4, 5)).astype(dtype)
    for count in range(1, 4):
        for axes in itertools.combinations(range(3), count):
            found, right = sums.sum_over(x, axes), x.sum(axis=axes, keepdims=True)
            np.testing.assert_array_equal(found, right)
            assert found.dtype == right.dtype and found.shape == right.shape


def test_arrays_in_another_order_and_without_elements():
    x = np.random.default_rng(0).integers(-9, 9, (3, 4, 5)).astype(float)
    for view in (x.T, x[::2, 1:], x[:, :0], x[:0], np.broadcast_to(x[:1], x.shape)):
        for axes in ((0,), (2,), (0, 1), (1, 2), (0, 1, 2)):
            right = view.sum(axis=axes, keepdims=True)
            np.testing.assert_array_equal(sums.sum_over(view, axes), right)


def test_a_number_and_nothing_to_sum():
    np.testing.assert_array_equal(sums.sum_over(np.array(3.0), ()), 3.0)
    np.testing.assert_array_equal(sums.sum_over(np.ones((2, 3)), ()), np.ones((2, 3)))


@pytest.mark.parametrize("count", [sums.LONG, sums.LONG + 1, 100_003])
def test_long_sums_are_as_exact_as_numpy_has_them(count):
    x = np.random.default_rng(0).random((2, count), np.float32)
    exact = x.sum(axis=1, dtype=np.float64)
    np.testing.assert_allclose(sums.row_sums(x), exact, rtol=2e-6)
    tall = np.ascontiguousarray(x.T)
    np.testing.assert_allclose(sums.column_sums(tall), exact, rtol=5e-6)
    np.testing.assert_allclose(sums.column_sums(x.T), exact, rtol=3e-5)


def test_what_is_not_finite_stays_in_its_row():
    x = np.ones((3, 4))
    x[1, 2] = np.inf
    np.testing.assert_array_equal(sums.row_sums(x), [4.0, np.inf, 4.0])
    np.testing.assert_array_equal(sums.column_sums(x), [3.0, 3.0, np.inf, 3.0])


def test_products_of_rows():
    x, y = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
    np.testing.assert_array_equal(sums.row_products(x, y), [3.0, 12.0])


def test_nobody_changes_the_ones():
    with pytest.raises(ValueError, match="read-only"):
        sums.ones(3, np.dtype(float))[0] = 2.0
