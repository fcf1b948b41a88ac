"""Moments of a timeline, and where its operations end."""

from losses import product

import tinygraph as tg
from tinygraph.tracing.moment import ends_of_operations, moment, sentence


def test_operations_end_with_their_last_step() -> None:
    ends = ends_of_operations(product())
    assert ends == [1, 2, 3, 4, 5, 7, 9, 10, 12, 13]


def test_moments_of_all_chapters() -> None:
    trace = product()
    chapters = [moment(trace, place).chapter for place in range(14)]
    assert chapters == ["forward"] * 5 + ["backward"] * 8 + ["update"]
    end = moment(trace, 13)
    assert end.gradients.keys() == trace.gradients.keys()
    assert list(end.updated) == [trace.updates[0].node]


def test_leaves_and_steps_in_words() -> None:
    w = tg.Tensor(2.0, requires_grad=True, name="w")
    x = tg.Tensor(3.0, name="x")
    trace = tg.trace(w * x)
    words = [sentence(trace, step) for step in trace.timeline]
    assert words == [
        "w is a parameter.",
        "x is an input.",
        "multiply is computed from w and x.",
        "The gradient of multiply with respect to itself is +1.000.",
        "multiply sends +3.000 to w.",
    ]
