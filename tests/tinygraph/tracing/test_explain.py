"""A step has a local derivative exactly where elements do not mix."""

import numpy as np
import pytest
from leaves import parameter

import tinygraph as tg

ELEMENTWISE = [tg.exp, tg.tanh, tg.relu, tg.square, lambda x: x * x, lambda x: 3.0 / x]


MIXING = [
    *(tg.softmax, tg.log_softmax, tg.cumsum, tg.transpose, tg.flip),
    *(lambda x: x @ x, lambda x: tg.linear(x, x)),
]


@pytest.mark.parametrize("make", ELEMENTWISE)
def test_elementwise_operations_have_a_local_derivative(make):
    x = parameter([[0.3, 1.2], [0.7, 2.1]], "x")
    y = make(x)
    steps = [step for step in tg.trace(y.sum()) if step.node == y.node]
    assert all(step.local is not None for step in steps)
    slope, h = sum(step.local for step in steps), 1e-6
    numeric = (make(x.data + h) - make(x.data - h)) / (2 * h)
    assert np.allclose(slope, numeric, atol=1e-8)


@pytest.mark.parametrize("make", MIXING)
def test_operations_that_mix_elements_have_none(make):
    x = parameter([[0.3, 1.2], [0.7, 2.1]], "x")
    y = make(x)
    assert not any(step.local is not None for step in tg.trace(y.sum())[2:])


@pytest.mark.parametrize("shape", [(), (1,), (0, 3)])
def test_one_element_and_none_have_a_local_derivative(shape):
    x = parameter(np.full(shape, 0.5), "x")
    [_, step] = tg.trace(tg.exp(x), seed=np.ones(shape)).steps
    np.testing.assert_array_equal(step.local, np.exp(x.data))
