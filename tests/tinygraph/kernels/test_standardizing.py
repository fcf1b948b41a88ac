"""Normalisation in tiles and in compiled loops, against its formula."""

import contextlib

import numpy as np
import pytest

import tinygraph as tg
from tinygraph.kernels import standardizing, standardizing_channels
from tinygraph.kernels.workers import threads

WAYS = [contextlib.nullcontext]
with contextlib.suppress(tg.ArgumentError), tg.compiled():
    WAYS.append(tg.compiled)

# The shape of x, the axes with statistics of their own, and the shape of w
CASES = [
    ((5, 7), (0, 1), (7,)),
    ((4, 3, 6), (0, 1), (3, 6)),
    ((700, 300), (0, 1), (300,)),
    ((40, 6000), (0, 1), (6000,)),
    ((4, 3, 2, 5), (0, 2), (3, 2, 1)),  # groups of channels
    ((5, 2, 3, 900), (0, 2), (2, 3, 1)),
    ((2, 3, 2, 40_000), (0, 2), (3, 2, 1)),
    ((3, 9000, 2, 9), (0, 2), (9000, 2, 1)),  # a period that is larger than a tile
    ((6, 3), (1, 2), (3,)),
    ((1025, 5), (1, 2), (5,)),  # rows that cannot be joined
    ((1024, 5), (1, 2), (5,)),
    ((64, 2100), (1, 2), (2100,)),
    ((4, 3, 2, 2), (1, 2), (3, 1, 1)),
    ((8, 700, 3), (1, 2), (700, 1)),
    ((3, 40, 50, 40), (1, 2), (40, 1, 1)),
    ((0, 3), (1, 2), (3,)),
    ((0, 3), (0, 1), (3,)),
]
cases = pytest.mark.parametrize(("shape", "own", "factor"), CASES, ids=str)


@pytest.fixture
def small_tiles(monkeypatch):
    """Channels are calculated a few at a time, however small they are."""
    for name, value in (("AT_ONCE", 0), ("TILE", 1 << 16), ("LEAST", 4)):
        monkeypatch.setattr(standardizing_channels, name, value)
    standardizing.planned.cache_clear()
    yield monkeypatch
    standardizing.planned.cache_clear()


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__, autouse=True)
def way(request):
    with request.param():
        yield


def x_hat(x, own, epsilon=0.01):
    """(x − μ) / √(σ² + ε) over all axes but `own`."""
    axes = (*range(own[0]), *range(own[1], x.ndim))
    mean, variance = (f(x, axis=axes, keepdims=True) for f in (np.mean, np.var))
    return (x - mean) / np.sqrt(variance + epsilon)


@cases
def test_values_and_sums_are_those_of_the_formula(shape, own, factor):
    rng = np.random.default_rng(0)
    g, x = rng.standard_normal((2, *shape))
    w, b = rng.standard_normal((2, *factor))
    y = standardizing.standardize(x, w, b, own, 0.01)
    sums = standardizing.scale_gradient(g, x, factor, own, 0.01)
    assert y.shape == shape and sums.shape == factor
    if x.size:
        np.testing.assert_allclose(y, w * x_hat(x, own) + b, atol=1e-12)
        right = tg.ops.shape.sum_to(g * x_hat(x, own), shape=factor)
        np.testing.assert_allclose(sums, right, atol=1e-9)


@pytest.mark.parametrize("shape", [(9, 7), (6, 5, 3), (3, 4, 5, 20)], ids=str)
def test_some_channels_at_a_time_are_as_all_of_them(shape, small_tiles):
    small_tiles.setattr(standardizing_channels, "TILE", 1)
    rng = np.random.default_rng(0)
    g, x = rng.standard_normal((2, *shape))
    w, b = rng.standard_normal((2, shape[1]))
    places = shape[1], *[1] * (len(shape) - 2)
    standard = x_hat(x, (1, 2))
    y = standardizing.standardize(x, w, b, (1, 2), 0.01)
    right = w.reshape(places) * standard + b.reshape(places)
    np.testing.assert_allclose(y, right, atol=1e-12)
    sums = standardizing.scale_gradient(g, x, w.shape, (1, 2), 0.01)
    axes = 0, *range(2, x.ndim)
    np.testing.assert_allclose(sums, (g * standard).sum(axis=axes), atol=1e-12)
    found = standardizing.input_gradient(g, x, w, (1, 2), 0.01)
    d, h = rng.standard_normal(shape), g * w.reshape(places)
    steps = (x_hat(x + 1e-5 * sign * d, (1, 2)) for sign in (1, -1))
    slope = (h * np.subtract(*steps)).sum() / 2e-5
    np.testing.assert_allclose((found * d).sum(), slope, rtol=1e-6)


@cases
@pytest.mark.parametrize("scaled", [True, False])
def test_the_gradient_is_a_derivative(shape, own, factor, scaled):
    """Along a random direction, by differences of the formula."""
    rng = np.random.default_rng(0)
    g, x, d = rng.standard_normal((3, *shape))
    w = rng.standard_normal(factor) if scaled else None
    gradient = standardizing.input_gradient(g, x, w, own, 0.01)
    h = g if w is None else g * w
    if not x.size:
        return
    slope = (h * (x_hat(x + 1e-5 * d, own) - x_hat(x - 1e-5 * d, own))).sum() / 2e-5
    np.testing.assert_allclose((gradient * d).sum(), slope, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("shape", [(4, 64), (4, 6, 5, 5), (300, 40)], ids=str)
def test_without_scale_or_shift(shape):
    rng = np.random.default_rng(0)
    x, b = rng.standard_normal(shape), rng.standard_normal(shape[1])
    for own, size in (((1, 2), (-1, *[1] * (len(shape) - 2))), ((0, 1), None)):
        found = standardizing.standardize(x, None, None, own, 0.01)
        np.testing.assert_allclose(found, x_hat(x, own), atol=1e-12)
        if size is not None:
            found = standardizing.standardize(x, None, b.reshape(size), own, 0.01)
            right = x_hat(x, own) + b.reshape(size)
            np.testing.assert_allclose(found, right, atol=1e-12)


@pytest.mark.parametrize("own", [(0, 1), (1, 2)], ids=str)
@pytest.mark.parametrize("shape", [(64, 64), (256, 64)], ids=str)
def test_a_mean_far_from_zero_costs_no_digits(own, shape):
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    y = standardizing.standardize(x, None, None, own, 1e-5)
    moved = standardizing.standardize(x + 256, None, None, own, 1e-5)
    np.testing.assert_allclose(moved, y, atol=1e-3)


@pytest.mark.parametrize("far", [0.0, 2.0, 1e4])
@pytest.mark.parametrize("which", ["all", "first"])
@pytest.mark.parametrize("own", [(0, 1), (0, 2), (1, 2)], ids=str)
def test_in_float32_nearly_all_digits_are_right(far, which, own):
    """Also where all numbers of a part, or one of them, are far from the others."""
    rng = np.random.default_rng(0)
    shape = {(0, 1): (256, 1000), (0, 2): (16, 4, 4, 1000), (1, 2): (16, 16, 1000)}[own]
    g, x = rng.standard_normal((2, *shape)).astype(np.float32)
    w, b = rng.standard_normal((2, 1000 if own == (0, 1) else 16)).astype(np.float32)
    first = (0 if own[0] else slice(None), ..., 0)
    x[... if which == "all" else first] += np.float32(far)

    def results(*arrays):
        g, x, w, b = arrays
        return (
            standardizing.standardize(x, w, b, own, 1e-5),
            standardizing.input_gradient(g, x, w, own, 1e-5),
            standardizing.scale_gradient(g, x, w.shape, own, 1e-5),
        )

    exact = results(*(a.astype(np.float64) for a in (g, x, w, b)))
    for found, right in zip(results(g, x, w, b), exact, strict=True):
        error = np.abs(found - right).max() / np.abs(right).max()
        assert error < (1e-3 if far == 1e4 and which == "all" else 5e-6)


@pytest.mark.parametrize("own", [(0, 1), (1, 2)], ids=str)
def test_a_part_of_one_number_has_the_gradient_0(own):
    g, x = np.random.default_rng(0).standard_normal((2, 1, 9, 1), np.float32)
    x, g = (x, g) if own[0] else (x.reshape(9, 1), g.reshape(9, 1))
    assert not standardizing.input_gradient(g, x, None, own, 1e-5).any()


@pytest.mark.parametrize("order", ["rows", "columns"])
def test_arrays_in_another_order(order):
    x = np.random.default_rng(0).standard_normal((30, 20, 10))
    x = x.T if order == "columns" else x[::2, :, ::-1]
    for own in ((0, 1), (1, 2)):
        found = standardizing.standardize(x, None, None, own, 0.01)
        np.testing.assert_allclose(found, x_hat(x, own), atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "own", "factor"),
    [
        ((1200, 500), (0, 1), (500,)),
        ((40, 600, 30), (1, 2), (600, 1)),
        ((300, 2100), (1, 2), (2100,)),
        ((40, 6, 4, 700), (0, 2), (24,)),
        ((1, 64, 9000), (1, 2), (64,)),
    ],
    ids=str,
)
def test_threads_do_not_change_a_bit(shape, own, factor, small_tiles):
    pytest.importorskip("threadpoolctl")
    rng = np.random.default_rng(0)
    g, x = rng.standard_normal((2, *shape), np.float32)
    w = rng.standard_normal(factor, np.float32)

    def results(count):
        with threads(count):
            return [
                standardizing.standardize(x, w, w, own, 1e-5),
                standardizing.input_gradient(g, x, w, own, 1e-5),
                standardizing.scale_gradient(g, x, w.shape, own, 1e-5),
            ]

    for one, two in zip(results(1), results(2), strict=True):
        assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: tg.layer_norm(x, axes=3), "`axes` is 3"),
        (lambda x: tg.layer_norm(x, axes=0), "`axes` is 0"),
        (lambda x: tg.layer_norm(x, np.ones(4)), "`weight` of shape"),
        (lambda x: tg.layer_norm(x, epsilon=0.0), "`epsilon` is 0"),
        (lambda x: tg.batch_norm(x[0]), "must be"),
        (lambda x: tg.batch_norm(x, bias=np.ones(2)), "`bias` of shape"),
        (lambda x: tg.batch_norm(x, mean=np.ones(3)), "or neither"),
        (lambda x: tg.batch_norm(x, epsilon=-1.0), "above 0"),
        (lambda x: tg.group_norm(x, 2), "`groups` is 2"),
        (lambda x: tg.group_norm(x, 0), "`groups` is 0"),
        (lambda x: tg.group_norm(x, 3, np.ones(1)), "`weight` of shape"),
    ],
)
def test_what_does_not_fit_is_said(call, words):
    with pytest.raises((tg.ShapeError, tg.ArgumentError), match=words):
        call(np.ones((2, 3)))


def test_statistics_of_training_are_used_where_they_are_given():
    x = np.random.default_rng(0).standard_normal((4, 3))
    y = tg.batch_norm(x, mean=np.zeros(3), variance=np.ones(3), epsilon=1e-12)
    np.testing.assert_allclose(y, x, rtol=1e-9)


def test_whole_numbers_and_mixed_types_become_floats():
    whole = tg.layer_norm(np.array([[1, 3]]))
    np.testing.assert_allclose(whole, [[-1.0, 1.0]], atol=1e-4)
    x = np.ones((2, 3), np.float32)
    assert tg.layer_norm(x).dtype == np.float32
    assert tg.layer_norm(x, np.ones(3)).dtype == np.float64
