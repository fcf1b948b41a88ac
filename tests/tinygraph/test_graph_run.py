"""A recorded graph runs again, with other values where one wants them."""

import numpy as np
import pytest
from leaves import parameter

import tinygraph as tg


def test_other_values_run_through_the_same_operations():
    x = tg.Tensor([[1.0, -2.0]], name="x")
    w = parameter([[0.5, 1.0], [2.0, -1.0]], "w")
    h = tg.relu(x @ w)
    y = (h * h).sum()
    new = np.array([[3.0, 1.0]])
    expected = (np.maximum(new @ w.data, 0) ** 2).sum()
    for key in (x, "x", x.node):
        assert y.graph.run({key: new}) == expected
    assert y.graph.run({}) == float(y)
    assert y.graph.run({h: [[1.0, 2.0]]}) == 5.0
    twice = y.graph.run({"w": 2.0 * w.data}, output=h)
    np.testing.assert_array_equal(twice, 2.0 * h.data)
    assert y.graph.nodes[x.node]["value"].tolist() == [[1.0, -2.0]]


def test_run_finds_a_parameter_that_was_moved_since():
    w = parameter([1.0, 2.0])
    loss = (w * w).sum()
    loss.backward()
    tg.optimize.SGD([w], lr=0.1).step()
    assert loss.graph.run({w: [3.0, 4.0]}) == 25.0
    assert loss.graph.run({w: w.data}) == pytest.approx(0.8**2 + 1.6**2)
