"""`trace.diff` names the first step at which two traces differ, and how."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from leaves import parameter
from recipes import performed, recipes

import tinygraph as tg

RNG = np.random.default_rng(3)
X, T = RNG.standard_normal((4, 3)), RNG.standard_normal((4, 2))


def weights() -> tuple[tg.Tensor, tg.Tensor]:
    rng = np.random.default_rng(5)
    return parameter(rng.standard_normal((3, 2)), "W"), parameter(np.zeros(2), "b")


def loss_with(
    act: Callable[[tg.Tensor], tg.Tensor] = tg.relu, **names: str
) -> tg.Tensor:
    W, b = weights()
    h = act(X @ W + b)
    h.name = names.get("h", "h")
    return tg.mse(h, T)


def planted(slope: Callable[[np.ndarray], np.ndarray]) -> tg.Primitive:
    @tg.primitive(name="relu")
    def relu(x):
        return np.maximum(x, 0.0)

    relu.vjp(lambda g, y, x: g * slope(x))
    return relu


def test_nothing_differs():
    assert tg.trace(loss_with()).diff(tg.trace(loss_with(h="other"))) is None
    right = planted(lambda x: x > 0)
    assert (
        tg.trace(loss_with(), lr=0.1).diff(tg.trace(loss_with(right), lr=0.1)) is None
    )


@given(recipes())
def test_a_trace_does_not_differ_from_the_same_computation(recipe):
    first, second = (performed(recipe, [0.5, -1.5, 0.75])[-1] for _ in range(2))
    assert tg.trace(first).diff(tg.trace(second)) is None


def test_two_orders():
    x = parameter(3.0, "x")
    h = x * x
    y = h + np.sin(h)
    right, naive = tg.trace(y), tg.trace(y, order="breadth_first")
    found = right.diff(naive)
    assert (found.kind, found.chapter, found.number) == ("order", "backward", 3)
    assert isinstance(found, tg.Difference)
    assert found.step is right[3] and found.other is naive[3]
    assert found.step is right.timeline[found.place]
    assert str(found) == (
        "Backward step 3 differs: here sin sends -0.911 to h, "
        "and there h sends +3.000 to x, too early."
    )


def test_a_wrong_vjp():
    right, wrong = tg.trace(loss_with()), tg.trace(loss_with(planted(lambda x: 0 * x)))
    found = right.diff(wrong)
    assert (found.kind, found.number) == ("gradient", 2)
    assert np.array_equal(found.step.gradient, found.other.gradient)
    apart = np.abs(found.step.contribution - found.other.contribution)
    row, column = np.unravel_index(apart.argmax(), apart.shape)
    number = f"{found.step.contribution[row, column]:.4g}"
    assert found.how == (
        f"what h sends to add is {number} here, 0 there at [{row}, {column}], though "
        f"the same gradient has arrived: the VJP of relu for argument 0 differs"
    )


def test_another_operation_and_another_structure():
    trace = tg.trace(loss_with())
    found = trace.diff(tg.trace(loss_with(tg.tanh)))
    assert (found.kind, found.chapter, found.number) == ("operation", "forward", 6)
    assert found.how == (
        "here h is computed from add by relu, and there h is computed from add by tanh"
    )
    x, y = parameter(2.0, "x"), parameter(2.0, "y")
    found = tg.trace((x + y) * y).diff(tg.trace((x + y) * x))
    assert (found.kind, found.number) == ("structure", 4)
    assert "computed from add and y, and there" in found.how


def test_one_trace_goes_on():
    x = parameter(2.0, "x")
    h = x * x
    y = tg.exp(h)
    found = tg.trace(h).diff(tg.trace(y))
    assert (found.kind, found.place, found.step) == ("structure", 2, None)
    assert found.how == "this trace has ended, and there y is computed from h by exp"
    found = tg.trace(y, lr=0.1).diff(tg.trace(y))
    assert (found.kind, found.chapter, found.other) == ("structure", "update", None)
    assert found.how.endswith("and the other trace has ended")


def test_before_and_after_an_update():
    W, b = weights()
    optimizer = tg.optimize.SGD([W, b], lr=0.1)

    def traced() -> tg.Trace:
        return tg.trace(tg.mse(X @ W + b, T), optimizer=optimizer)

    before = traced()
    tg.mse(X @ W + b, T).backward()
    optimizer.step()
    after = traced()
    found = before.diff(after)
    assert (found.kind, found.chapter, found.step.name) == ("value", "forward", "W")
    assert np.array_equal(found.other.value, before.updates[0].after)


def test_updates():
    loss = loss_with()
    found = tg.trace(loss, lr=0.1).diff(tg.trace(loss, lr=0.2))
    assert (found.kind, found.number) == ("update", 1)
    adam = tg.optimize.Adam([parameter(1.0)], lr=0.1)
    W, b = weights()
    loss = tg.mse(X @ W + b, T)
    adam = tg.optimize.Adam([W, b], lr=0.1)
    found = tg.trace(loss, lr=0.1).diff(tg.trace(loss, optimizer=adam))
    assert (found.kind, found.number) == ("order", 1)
    assert "and there Adam subtracts its step" in found.how


def test_the_seed():
    x = parameter([1.0, 2.0], "x")
    y = x * x
    found = tg.trace(y, seed=[0.5, 1.0]).diff(tg.trace(y, seed=[0.5, 3.0]))
    assert (found.kind, found.number) == ("gradient", 0)
    assert found.how == "the gradient of y starts as 1 here, 3 there at [1]"


def test_parameters_of_an_operation_are_named():
    x = parameter(np.arange(4.0).reshape(2, 2), "x")
    rows, columns = x.sum(axis=1), x.sum(axis=0)
    found = tg.trace((rows * rows).sum()).diff(tg.trace((columns * columns).sum()))
    assert found.how == (
        "rows (columns there) (with axis 1 here, 0 there) is 1 here, 2 there at [0]"
    )
    wide = parameter(np.ones((2, 3)), "x")
    found = tg.trace(wide.sum(axis=1).sum()).diff(tg.trace(wide.sum(axis=0).sum()))
    assert "is of shape (2,) here, (3,) there" in found.how


def test_tolerance():
    one, other = parameter([1.0, 2.0], "x"), parameter([1.0, 2.0 + 1e-7], "x")
    first, second = tg.trace((one * one).sum()), tg.trace((other * other).sum())
    assert first.diff(second) is None
    found = first.diff(second, rtol=0.0)
    assert found.how == "x is 2 here, 2.0000001 there at [1]"
    assert first.diff(second, rtol=0.0, atol=1e-6) is None


def test_numbers_that_are_not_finite():
    one, other = parameter([np.nan, 1.0, np.inf]), parameter([np.nan, np.nan, np.inf])
    found = tg.trace((one * 1.0).sum()).diff(tg.trace((other * 1.0).sum()))
    assert found.how.endswith("1 here, nan there at [1]")
    assert tg.trace((other * 1.0).sum()).diff(tg.trace((other * 1.0).sum())) is None


def test_only_traces_are_compared():
    x = parameter(1.0)
    with pytest.raises(tg.DTypeError, match="diff: got Tensor: give another trace"):
        tg.trace(x * x).diff(x)
