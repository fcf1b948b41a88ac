"""Which elements made an element, and how: found by the VJP of one at a time."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from leaves import parameter
from losses import quartic, residual, softmax
from recipes import performed, recipes

import tinygraph as tg
from tinygraph.tracing.elements import slopes


def are_consistent(trace: tg.Trace) -> int:
    """Gradient times slopes is the contribution, where there are slopes."""
    count = 0
    for step in trace:
        found = slopes(trace, step, 12)
        assert (found is None) == (
            step.node is None or max(np.size(step.gradient), np.size(step.total)) > 12
        )
        if found is not None:
            count += 1
            assert found.shape == (np.size(step.gradient), np.size(step.total))
            sums = np.ravel(step.gradient) @ found
            assert np.allclose(sums, np.ravel(step.contribution), equal_nan=True)
    return count


@pytest.mark.parametrize("make", [softmax, residual, lambda: quartic()[-1]])
def test_products_add_up_to_contributions(make: Callable[[], tg.Tensor]):
    assert are_consistent(tg.trace(make())) > 3


@given(recipes())
def test_products_add_up_in_random_graphs(recipe):
    with np.errstate(all="ignore"):
        are_consistent(tg.trace(performed(recipe, [0.5, -1.5, 0.75])[-1]))


OPERATIONS: dict[str, Callable[[tg.Tensor], tg.Tensor]] = {
    "softmax": tg.softmax,
    "relu": tg.relu,
    "sum": lambda x: x.sum(axis=0),
    "getitem": lambda x: x[1:, ::2],
    "transpose": lambda x: x.T,
    "matmul": lambda x: x @ np.array([[1.0, -2.0], [0.5, 0.0], [3.0, 1.0]]),
    "broadcast": lambda x: x[0] * np.ones((3, 3)),
    "cumsum": lambda x: np.cumsum(x, axis=1),
    "max": lambda x: x.max(axis=1),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_slopes_are_the_jacobian(name: str):
    data = np.array([[0.3, -1.0, 2.0], [1.5, 0.25, -0.5]])
    x = parameter(data, "x")
    y = OPERATIONS[name](x)
    trace = tg.trace(y, seed=np.random.default_rng(0).standard_normal(y.shape))
    made = np.eye(y.size)
    for step in sorted(trace[1:], key=lambda step: step.number):
        made = made @ slopes(trace, step, 12)
    steps = 1e-6
    numeric = np.empty((y.size, x.size))
    for place in range(x.size):
        moved = np.zeros(x.size)
        moved[place] = steps
        ends = [
            OPERATIONS[name](tg.Tensor(data + sign * moved.reshape(2, 3))).data.ravel()
            for sign in (1, -1)
        ]
        numeric[:, place] = (ends[0] - ends[1]) / (2 * steps)
    assert np.allclose(made, numeric, atol=1e-6)


def test_what_played_no_part_has_the_slope_0():
    image = parameter(np.arange(9.0).reshape(1, 1, 3, 3), "image")
    trace = tg.trace(tg.max_pool2d(image, 2, stride=1).sum())
    found = slopes(trace, trace[2], 12)
    assert np.array_equal(np.argwhere(found), [[0, 4], [1, 5], [2, 7], [3, 8]])
    x = parameter([1.0, -1.0], "x")
    trace = tg.trace(tg.relu(x).sum())
    assert np.array_equal(slopes(trace, trace[2], 12), [[1.0, 0.0], [0.0, 0.0]])
