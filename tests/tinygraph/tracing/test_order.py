"""Naive orders hand on what is not complete, and the trace says where."""

import numpy as np
import pytest
from hypothesis import given
from leaves import parameter
from recipes import performed, recipes

import tinygraph as tg


def test_breadth_first_hands_on_what_is_not_complete():
    x = parameter(3.0, "x")
    h = x * x
    h.name = "h"
    y = h + tg.sin(h)  # h is one step away, and two
    trace = tg.trace(y, order="breadth_first")
    assert [step.early for step in trace] == [False, False, False, True, True, False]
    slope = 1.0 + np.cos(9.0)
    assert trace.gradients[h.node] == pytest.approx(slope)
    assert set(trace.wrong) == {x.node}
    assert trace.wrong[x.node] == 6.0
    assert trace.correct[x.node] == pytest.approx(6.0 * slope)
    assert "wrong: the gradient of x is +6.000, not" in str(trace)
    assert "too early" in str(trace)


def test_depth_first_goes_down_one_branch_at_a_time():
    a = parameter(2.0, "a")
    b = a * 3.0
    c = b * b
    trace = tg.trace(b + c, order="depth_first")
    order = list(dict.fromkeys(step.name for step in trace[1:]))
    assert order == ["add", "b", "c"]
    assert set(trace.wrong) == {a.node}
    assert tg.trace(c + b, order="depth_first").wrong == {}


@given(recipes())
def test_wrong_orders_deliver_the_same_uses(recipe):
    *_, output = performed(recipe, [0.5, -1.5, 0.75])
    right = tg.trace(output)
    for order in ("breadth_first", "depth_first"):
        naive = tg.trace(output, order=order)
        uses = [{(s.node, s.position, s.source) for s in t} for t in (right, naive)]
        assert uses[0] == uses[1]
        assert naive.expected == right.expected
        if not any(step.early for step in naive):
            assert not naive.wrong
