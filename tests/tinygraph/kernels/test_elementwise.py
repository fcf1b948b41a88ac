"""Functions of elements, in tiles of NumPy passes and in compiled loops."""

import contextlib

import numpy as np
import pytest
import scipy.special as special
from together import together

import tinygraph as tg
from tinygraph.kernels import compilation, elementwise

LOOPS = [False]
with contextlib.suppress(tg.ArgumentError), tg.compiled():
    LOOPS.append(True)


@pytest.fixture(params=LOOPS, ids=lambda loops: "compiled" if loops else "plain")
def way(request):
    with tg.compiled() if request.param else contextlib.nullcontext():
        yield


def normal_density(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


# The function of x, and its derivative.
RIGHT = {
    "sigmoid": (special.expit, lambda x: special.expit(x) * special.expit(-x)),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "silu": (
        lambda x: x * special.expit(x),
        lambda x: special.expit(x) * (1 + x * special.expit(-x)),
    ),
    "softplus": (lambda x: np.logaddexp(x, 0), special.expit),
    "erf": (special.erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x)),
    "gelu": (
        lambda x: x * special.ndtr(x),
        lambda x: special.ndtr(x) + x * normal_density(x),
    ),
    "elu": (
        lambda x: np.where(x > 0, x, np.expm1(x)),
        lambda x: np.where(x > 0, 1.0, np.exp(x)),
    ),
    "leaky_relu": (
        lambda x: np.where(x > 0, x, 0.01 * x),
        lambda x: np.where(x > 0, 1.0, 0.01),
    ),
    "relu": (lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1.0, 0.0)),
}
every_function = pytest.mark.parametrize("name", RIGHT)


def both_ways(name, x, g):
    """What a function gives, and its gradient."""
    tensor = tg.Tensor(x, requires_grad=True)
    y = getattr(tg, name)(tensor)
    y.backward(g)
    return y.data, tensor.grad


@every_function
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_values_and_derivatives(way, name, dtype):
    """In many tiles; the absolute error of Φ in float32 is that of its largest value"""
    rng = np.random.default_rng(0)
    x = np.concatenate([np.linspace(-20, 20, 70_001), 10.0 ** rng.uniform(-30, 0, 99)])
    x, g = x.astype(dtype), rng.standard_normal(x.size).astype(dtype)
    eps = np.finfo(dtype).eps
    wide = x.astype(np.longdouble if name not in ("gelu", "erf") else np.float64)
    for found, right in zip(
        both_ways(name, x, g),
        (RIGHT[name][0](wide), RIGHT[name][1](wide) * g),
        strict=True,
    ):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, right, rtol=20 * eps, atol=8 * eps)


@every_function
def test_what_is_not_finite(way, name):
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e-310, -1e-310, 1e200])
    with np.errstate(all="ignore"):
        y, slope = both_ways(name, x, np.ones_like(x))
        right = RIGHT[name]
        values, slopes = right[0](x), right[1](x)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(values))
    known = np.isfinite(x)
    np.testing.assert_allclose(y[known], values[known], atol=1e-15)
    np.testing.assert_allclose(slope[known], slopes[known], atol=1e-15)
    assert np.isnan(slope[0]) or name in ("relu", "leaky_relu")


@every_function
@together("shape", [(), (1,), (0, 3), (3, 5), (2, 3, 4)])
@together("dtype", ["f4", "f8", "f2", ">f4"])
def test_shapes_types_and_layouts(way, name, shape, dtype):
    x, g = np.random.default_rng(0).standard_normal((2, *shape)).astype(dtype)
    expected = both_ways(name, np.array(x, "f8"), np.array(g, "f8"))
    tolerance = 4 * np.finfo(x.dtype).eps
    for turned in (x, x.T.copy().T, x[::-1][::-1] if shape else x):
        for found, right in zip(both_ways(name, turned, g), expected, strict=True):
            assert found.shape == shape
            np.testing.assert_allclose(found, right, rtol=tolerance, atol=tolerance)


@every_function
def test_tiles_and_threads_do_not_change_a_bit(way, name, monkeypatch):
    pytest.importorskip("threadpoolctl")
    x, g = np.random.default_rng(0).standard_normal((2, 1000))
    whole = [array.tobytes() for array in both_ways(name, x, g)]
    monkeypatch.setattr(elementwise, "TILE", 96)
    monkeypatch.setattr(compilation, "LARGE", 96)
    with tg.threads(2):
        assert [array.tobytes() for array in both_ways(name, x, g)] == whole


def test_gradients_of_another_type_or_shape(way):
    """A VJP may be called with any gradient that broadcasts."""
    x = np.linspace(-1, 1, 6).reshape(2, 3)
    single = tg.tanh.vjp_at(0)(np.ones(3, np.float32), np.tanh(x), x)
    np.testing.assert_allclose(single, 1 - np.tanh(x) ** 2)
    assert single.dtype == np.float64 and single.shape == (2, 3)


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.3, 1.0, 2.0])
def test_slopes_of_leaky_relu(way, slope):
    x = tg.Tensor([[-2.0, -0.0, 3.0, np.nan]], requires_grad=True)
    y = tg.leaky_relu(x, slope)
    y.backward(np.array([[1.0, 1.0, 5.0, 1.0]]))
    np.testing.assert_array_equal(y.data, [[-2.0 * slope, 0.0, 3.0, np.nan]])
    np.testing.assert_array_equal(x.grad, [[slope, slope, 5.0, slope]])


@pytest.mark.skipif(len(LOOPS) < 2, reason="needs numba")
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", ["exp", "expm1", "softplus", "tanh", "sigmoid"])
def test_functions_of_compiled_loops_to_the_last_places(name, dtype):
    import numba

    from tinygraph.kernels import compiled_functions

    function = getattr(compiled_functions, name)

    @numba.njit(error_model="numpy")
    def loop(x, y):
        for j in range(x.size):
            y[j] = function(x[j])

    low, high = (-103.0, 88.7) if dtype == "f4" else (-745.0, 709.7)
    if name in ("tanh", "sigmoid"):  # 1 / (1 + e^100) is 0 in float32
        low, high = -20.0, 20.0
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(low, high, 9999), rng.uniform(-1, 1, 9999)])
    x, y = x.astype(dtype), np.empty(x.size, dtype)
    loop(x, y)
    right = (lambda x: 1 / (1 + np.exp(-x))) if name == "sigmoid" else None
    right = (lambda x: np.logaddexp(x, 0)) if name == "softplus" else right
    with np.errstate(over="ignore"):
        right = (right or getattr(np, name))(x.astype(np.longdouble))
    places = np.abs(y - right) / np.spacing(np.abs(right).astype(dtype))
    assert places[np.isfinite(right.astype(dtype))].max() < 3.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_compiled_third_powers(dtype):
    """Within the rounding of two products, also below 0, and their gradients."""
    pytest.importorskip("numba")
    rng = np.random.default_rng(0)
    x = np.append(rng.standard_normal(1000) * 5, [0.0, -0.0, np.inf, -np.inf, np.nan])
    x, g = tg.Tensor(x.astype(dtype), requires_grad=True), rng.standard_normal(x.size)
    with tg.compiled():
        y = x**3
        y.backward(g)
    np.testing.assert_allclose(y.data, x.data**3, rtol=3 * np.finfo(dtype).eps)
    slopes = 3 * x.data**2 * g.astype(dtype)
    np.testing.assert_allclose(x.grad, slopes, rtol=4 * np.finfo(dtype).eps)
