"""A trace ends with the updates that an optimizer would make."""

import numpy as np
import pytest
from leaves import parameter
from losses import quartic

import tinygraph as tg


@pytest.mark.parametrize(
    "make",
    [
        lambda w: tg.optimize.SGD(w, lr=0.1),
        lambda w: tg.optimize.SGD(w, 0.1, momentum=0.9, nesterov=True),
        lambda w: tg.optimize.Adam(w, lr=0.1, weight_decay=0.1),
    ],
)
def test_updates_are_those_that_the_optimizer_makes(make):
    w = [parameter([1.0, -2.0], "w"), parameter(0.5, "b")]
    unused = parameter(1.0, "unused")
    optimizer = make([*w, unused])
    for _ in range(3):
        optimizer.zero_grad()
        loss = ((w[0] * w[0] + w[1]) ** 2).sum()
        trace = tg.trace(loss, optimizer=optimizer)
        loss.backward()
        optimizer.step()
        assert [step.name for step in trace.updates] == ["w", "b"]
        for step, moved in zip(trace.updates, w, strict=True):
            assert np.array_equal(step.after, moved.data)


def test_a_learning_rate_is_plain_gradient_descent():
    x, _, loss = quartic()
    trace = tg.trace(loss, lr=0.5)
    [step] = trace.updates
    assert np.array_equal(step.after, x.data - 0.5 * trace.gradients[x.node])
    assert step.formula == (r"\text{x} \leftarrow \text{x} - 0.5\, \overline{\text{x}}")


def test_a_parameter_that_was_moved_between_two_uses_is_updated_once():
    w = parameter(2.0, "w")
    first = w * w
    w.data = 3.0
    trace = tg.trace(first + w * w, lr=1.0)
    [step] = trace.updates
    assert step.gradient == 4.0 + 6.0
    assert step.after == 3.0 - 10.0
