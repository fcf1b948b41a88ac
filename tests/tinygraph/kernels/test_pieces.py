"""Products in pieces, against whole products."""

import numpy as np
import pytest
from together import together

from tinygraph.kernels import pieces
from tinygraph.kernels.convolution import Convolution
from tinygraph.kernels.pieces import multiply, piece, threads_of_blas
from tinygraph.kernels.windows import windows_for


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Pieces are small, as are those of a BLAS with one thread."""
    monkeypatch.setattr(pieces, "SMALL", 2048)
    monkeypatch.setattr(pieces, "threads_of_blas", lambda: 1)
    piece.cache_clear()
    yield
    piece.cache_clear()


@together("stack", [(), (3,), (2, 3)])
@together(
    ("rows", "inner", "columns"),
    [(1, 1, 1), (40, 8, 128), (47, 5, 200), (64, 3, 16), (0, 3, 4), (9, 1000, 70)],
)
def test_products_are_those_of_whole_matrices(stack, rows, inner, columns):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((*stack[1:], rows, inner))
    y = rng.standard_normal((*stack, inner, columns + 8))[..., 3 : columns + 3]
    z = np.full((*stack, rows, columns), np.nan)
    multiply(x, y, z)
    np.testing.assert_allclose(z, x @ y, atol=1e-12)
    turned = rng.standard_normal((*stack, columns, inner)).swapaxes(-1, -2)
    multiply(x, turned, z)
    np.testing.assert_allclose(z, x @ turned, atol=1e-12)


@together("rows", [1, 7, 48, 130])
@together("columns", [1, 63, 64, 500])
def test_pieces_are_small_and_not_larger_than_the_result(rows, columns):
    for inner in (1, 3, 30):
        height, width = piece(rows, inner, columns)
        assert 1 <= height <= rows and 1 <= width <= columns
        few = height <= 4 or height * width * inner <= 2048
        assert few, (height, width, inner)


def test_threads_of_blas_are_those_that_it_is_told(monkeypatch):
    threads_of_blas.cache_clear()
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "")
    monkeypatch.delenv("GOTO_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads_of_blas() == 3
    threads_of_blas.cache_clear()
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert threads_of_blas() >= 1
    threads_of_blas.cache_clear()


@pytest.mark.parametrize(("filters", "kernel"), [(64, 3), (40, 5), (330, 1)])
def test_large_products_of_columns_are_those_of_small_ones(filters, kernel):
    """With rows of 1 KB, and a kernel of few places, of many and of one."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 3, 32, 32))
    w = rng.standard_normal((filters, 3, kernel, kernel))
    windows = windows_for("conv2d", kernel, 1, kernel // 2)
    large, small = (Convolution(x.shape, w.shape, windows, 1) for _ in range(2))
    assert large.large
    small.large, small.multiply = False, np.matmul
    g = rng.standard_normal(large.output)
    for method, arrays in [("correlate", (x, w, None)), ("filter_gradient", (x, g))]:
        mine, theirs = (getattr(each, method)(*arrays) for each in (large, small))
        np.testing.assert_allclose(mine, theirs, atol=1e-10)
