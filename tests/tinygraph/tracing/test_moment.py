"""Moments of a timeline, and where its operations end."""

from losses import product

from tinygraph.tracing.moment import ends_of_operations, moment


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
