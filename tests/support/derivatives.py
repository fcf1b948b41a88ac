"""Derivatives as the tests take them: by differences, and by the backward pass."""

import functools
import math

import numpy as np

import tinygraph as tg

STEP = 1e-3
SHORT_STEP = 2e-4  # along a direction, in which many elements move at once
STENCIL = {-2: 1 / 12, -1: -8 / 12, 1: 8 / 12, 2: -1 / 12}


def numeric(f, arrays):
    """The gradient of the number f(*arrays) in each element, by five-point differences.

    Each evaluation gets fresh copies, so that no view of a moved input survives.
    """
    arrays = [np.asarray(array) for array in arrays]
    gradients = [np.zeros(array.shape) for array in arrays]
    for place, array in enumerate(arrays):
        for index in np.ndindex(array.shape):
            total = 0.0
            for steps, weight in STENCIL.items():
                moved = [a.copy() for a in arrays]
                moved[place][index] += steps * STEP
                total += weight * float(f(*moved))
            gradients[place][index] = total / STEP
    return gradients


def leaves(arrays):
    return [tg.Tensor(array, requires_grad=True) for array in arrays]


def read_only(array):
    array = np.asarray(array)
    array.setflags(write=False)
    return array


@functools.cache
def seed_of(case, dtype=float):
    """A random gradient for the output of a case, of neither ones nor zeros."""
    shape = np.shape(case.call(*case.arrays()))
    return read_only(case.rng().uniform(0.5, 2.0, shape).astype(dtype))


@functools.cache
def directions_of(case):
    """A random direction for each input, along which second derivatives are taken."""
    rng = case.rng()
    rng.random(10)
    return [read_only(rng.normal(size=array.shape)) for array in case.arrays()]


def analytic(case, dtype=float, record=False):
    """The gradients of a case in all of its inputs."""
    inputs = leaves(case.arrays(dtype))
    output = case.call(*inputs)
    return tg.gradients(output, inputs, seed_of(case, dtype), record=record)


def slope(case, arrays, record=False):
    """Σ direction · gradient, a number whose gradient is the second derivative."""
    inputs = leaves(arrays)
    output = case.call(*inputs)
    found = tg.gradients(output, inputs, seed_of(case), record=record)
    pairs = zip(found, directions_of(case), strict=True)
    return inputs, sum((gradient * d).sum() for gradient, d in pairs)


@functools.cache
def numeric_gradient(case):
    seed = seed_of(case)
    return numeric(lambda *xs: np.vdot(seed, case.call(*xs)), case.arrays())


@functools.cache
def numeric_second(case):
    """The derivatives of all gradients along the directions, by five-point differences.

    They are those of `slope`, since second derivatives do not depend on their order.
    """
    arrays, directions = case.arrays(), directions_of(case)
    found = [np.zeros(array.shape) for array in arrays]
    for steps, weight in STENCIL.items():
        pairs = zip(arrays, directions, strict=True)
        inputs = leaves([x + steps * SHORT_STEP * d for x, d in pairs])
        gradients = tg.gradients(case.call(*inputs), inputs, seed_of(case))
        for total, gradient in zip(found, gradients, strict=True):
            total += weight / SHORT_STEP * gradient
    return found


def analytic_second(case):
    inputs, projected = slope(case, case.arrays(), record=True)
    if not (isinstance(projected, tg.Tensor) and projected.requires_grad):
        return [np.zeros(x.shape) for x in inputs]
    return tg.gradients(projected, inputs)


def close(found, expected, tolerance):
    """Whether arrays agree, relative to the largest number in them."""
    scale = max(1.0, *(np.abs(e).max(initial=0.0) for e in [*expected, np.zeros(1)]))
    return all(
        f.shape == e.shape and bool(np.all(np.abs(f - e) <= tolerance * scale))
        for f, e in zip(found, expected, strict=True)
    )


def assert_close(found, expected, tolerance):
    for f, e in zip(found, expected, strict=True):
        assert f.shape == e.shape
        scale = max(1.0, float(np.abs(e).max(initial=0.0)))
        assert math.isfinite(scale)
        np.testing.assert_allclose(f, e, rtol=0, atol=tolerance * scale)
