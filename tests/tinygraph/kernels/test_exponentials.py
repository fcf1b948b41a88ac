"""Softmax and its logarithm, of large and small arrays, against SciPy's."""

import contextlib

import numpy as np
import pytest

import tinygraph as tg
from tinygraph.kernels import exponentials
from tinygraph.kernels.compilation import chosen
from tinygraph.kernels.workers import threads
from tinygraph.ops.activation import log_softmax_input, softmax_input

special = pytest.importorskip("scipy.special")
SHAPES = [(3, 4), (70, 100), (5, 40, 30), (2, 70_000), (9000, 1)]
WAYS = [contextlib.nullcontext]
with contextlib.suppress(tg.ArgumentError), tg.compiled():
    WAYS.append(tg.compiled)


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__, autouse=True)
def way(request):
    with request.param():
        yield


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("scale", [1.0, 40.0, 1e4], ids=str)
def test_values_are_those_of_scipy(shape, scale):
    x = np.random.default_rng(0).standard_normal(shape) * scale
    for axis in (-1, 0):
        for name in ("softmax", "log_softmax"):
            ours, theirs = getattr(tg, name), getattr(special, name)
            np.testing.assert_allclose(
                ours(x, axis),
                theirs(x, axis),
                rtol=1e-12,
                atol=2e-15 if name[0] == "l" else 0.0,
            )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_among_others_that_are_far_away_is_as_exact(dtype):
    rows = np.array([[-500.0, -501.0], [0.0, 1.0], [500.0, 502.0]], dtype)
    x = np.repeat(rows, 4000, axis=0)
    found = tg.softmax(x, -1)
    right = special.softmax(x.astype(np.float64), -1)
    np.testing.assert_allclose(found, right, rtol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_adjoints_are_their_formulas(shape):
    rng = np.random.default_rng(0)
    g, x = rng.standard_normal((2, *shape))
    for axis in (-1, 0):
        y = special.softmax(x, axis)
        right = y * (g - (g * y).sum(axis=axis, keepdims=True))
        found = softmax_input(g, y, axis)
        np.testing.assert_allclose(found, right, atol=1e-13)
        right = g - y * g.sum(axis=axis, keepdims=True)
        found = log_softmax_input(g, np.log(y), axis)
        np.testing.assert_allclose(found, right, atol=1e-12)


def test_what_is_not_finite_stays_in_its_row():
    x = np.zeros((100, 100))
    x[1, 2], x[3, 4] = np.nan, -np.inf
    with np.errstate(invalid="ignore"):
        y = tg.softmax(x, -1)
    assert np.isnan(y[1]).all() and not np.isnan(np.delete(y, 1, axis=0)).any()
    assert y[3, 4] == 0.0 and y[3, 0] == pytest.approx(1 / 99)


def test_other_types_and_orders_take_the_plain_way():
    x = np.random.default_rng(0).standard_normal((100, 100))
    for array in (x.astype(np.float16), x.T, np.arange(10_000).reshape(100, 100) % 7):
        right = special.softmax(array.astype(float), -1)
        tolerance = 5e-3 if array.dtype == np.float16 else 1e-12
        found = tg.softmax(array, -1)
        np.testing.assert_allclose(found, right, rtol=tolerance, atol=1e-5 * tolerance)


def test_threads_do_not_change_a_bit():
    pytest.importorskip("threadpoolctl")
    g, x = np.random.default_rng(0).standard_normal((2, 300, 1000), np.float32)

    def results(count):
        with threads(count):
            y = tg.softmax(x, -1)
            z = tg.log_softmax(x, -1)
            return [
                y,
                z,
                softmax_input(g, y, -1),
                log_softmax_input(g, z, -1),
            ]

    for one, two in zip(results(1), results(2), strict=True):
        assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [7, 10, 33, 64, 100])
def test_bits_do_not_depend_on_where_memory_lies(size, dtype):
    """A compiled loop may look whether what it writes is near to what it reads."""
    loops = chosen.get().get(np.dtype(dtype))
    if loops is None:
        return
    rng, memory = np.random.default_rng(0), np.zeros(5000, dtype)
    for x in rng.standard_normal((20, 1, size)).astype(dtype):
        found = set()
        for gap in range(100):
            given = memory[None, :size]
            result = memory[None, size + gap : 2 * size + gap]
            given[...] = x
            loops.rows.softmax(given, result, 0, 1)
            found.add(result.tobytes())
        assert len(found) == 1


@pytest.mark.parametrize("shape", [(3, 4), (70, 100), (5, 40, 30), (6,)], ids=str)
@pytest.mark.parametrize("types", ["f4 f4", "f8 f8", "f8 f4", "f8 i8"])
def test_cross_entropies_are_their_formulas(shape, types):
    kinds = types.split()
    rng = np.random.default_rng(0)
    x = (rng.standard_normal(shape) * 30).astype(kinds[0])
    t = rng.integers(0, 3, shape).astype(kinds[1])
    g = rng.standard_normal(shape[:-1]).astype(kinds[0])
    logarithms = special.log_softmax(x.astype(float), -1)
    tolerance = 50 * np.finfo(kinds[0]).eps
    found = exponentials.cross_entropies(x, t)
    right = -(t * logarithms).sum(axis=-1)
    np.testing.assert_allclose(found, right, rtol=tolerance)
    found = exponentials.cross_entropy_adjoint(g, x, t)
    right = np.exp(logarithms) * t.sum(axis=-1, keepdims=True) - t
    np.testing.assert_allclose(found, g[..., None] * right, atol=tolerance * 100)


@pytest.mark.parametrize("rows", [2, 60], ids=["small", "large"])
def test_an_impossible_class_costs_nothing_where_it_is_not_the_target(rows):
    x, t = np.zeros((rows, 100)), np.zeros((rows, 100))
    x[0, 5], t[:, 7] = -np.inf, 1.0
    found = exponentials.cross_entropies(x, t)
    np.testing.assert_allclose(found, [np.log(99), *[np.log(100)] * (rows - 1)])
    t[0, 5] = 1.0
    assert exponentials.cross_entropies(x, t)[0] == np.inf
    x[1, 1] = np.nan
    assert np.isnan(exponentials.cross_entropies(x, t)[1])


def test_a_row_that_begins_with_what_is_not_a_number():
    x = np.random.default_rng(0).standard_normal((4, 5))
    x[1, 0], x[2, 0] = np.nan, -np.nan
    for function in (tg.softmax, tg.log_softmax):
        for axis in (0, 1):
            found = np.moveaxis(function(x.T if axis == 0 else x, axis), axis, 1)
            assert np.isnan(found[1:3]).all() and np.isfinite(found[[0, 3]]).all()
