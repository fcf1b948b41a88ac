"""Normalisation in tiles, against its formula."""

import numpy as np
import pytest

import tinygraph as tg
from tinygraph.kernels import standardizing
from tinygraph.kernels.workers import threads

SHAPES = [(1, 5, 7), (4, 3, 6), (1, 700, 300), (3, 40, 2000), (2, 0, 3)]


def x_hat(x, epsilon):
    """(x − μ) / √(σ² + ε) of each part."""
    mean = x.mean(axis=(0, 2), keepdims=True)
    variance = x.var(axis=(0, 2), keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("along", [True, False])
def test_values_and_sums_are_those_of_the_formula(shape, along):
    rng = np.random.default_rng(0)
    g, x = rng.standard_normal((2, *shape))
    w, b = rng.standard_normal((2, 1, *((1, shape[2]) if along else (shape[1], 1))))
    y = np.empty(shape)
    standardizing.standardize(x, w, b, 0.01, out=y)
    np.testing.assert_allclose(y, w * x_hat(x, 0.01) + b, atol=1e-12)
    if shape[1]:
        sums = standardizing.scale_gradient(g, x, 0.01, along)
        right = (g * x_hat(x, 0.01)).sum(axis=(0, 1) if along else (0, 2))
        np.testing.assert_allclose(sums, right, atol=1e-9)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("scaled", ["along", "parts", None])
def test_the_gradient_is_a_derivative(shape, scaled):
    """Along a random direction, by differences of the formula."""
    rng = np.random.default_rng(0)
    g, x, d = rng.standard_normal((3, *shape))
    sizes = {"along": (1, 1, shape[2]), "parts": (1, shape[1], 1)}
    w = None if scaled is None else rng.standard_normal(sizes[scaled])
    gradient = np.empty(shape)
    standardizing.input_gradient(g, x, w, 0.01, out=gradient)
    h = g if w is None else g * w
    slope = (h * (x_hat(x + 1e-5 * d, 0.01) - x_hat(x - 1e-5 * d, 0.01))).sum() / 2e-5
    np.testing.assert_allclose((gradient * d).sum(), slope, rtol=1e-6, atol=1e-5)


def test_a_mean_far_from_zero_costs_no_digits():
    x = np.random.default_rng(0).standard_normal((1, 4, 64)).astype(np.float32)
    y, moved = np.empty_like(x), np.empty_like(x)
    standardizing.standardize(x, None, None, 1e-5, out=y)
    standardizing.standardize(x + 256, None, None, 1e-5, out=moved)
    np.testing.assert_allclose(moved, y, atol=1e-3)


def test_threads_do_not_change_a_bit():
    pytest.importorskip("threadpoolctl")
    rng = np.random.default_rng(0)
    g, x = rng.standard_normal((2, 1, 600, 500), np.float32)
    w = rng.standard_normal((1, 1, 500), np.float32)

    def results(count):
        y, z = np.empty_like(x), np.empty_like(x)
        with threads(count):
            standardizing.standardize(x, w, w, 1e-5, out=y)
            standardizing.input_gradient(g, x, w, 1e-5, out=z)
            return [y, z, standardizing.scale_gradient(g, x, 1e-5, True)]

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
