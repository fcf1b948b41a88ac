"""The checker of gradients: what it must call wrong, and what it must not.

A rule is planted that is wrong by a known part, and the checker has to say so: just
outside of its tolerance, at a kink's side, for one element of many, in the second
derivative alone. What it cannot know, it must not claim either way.
"""

import itertools
import math
import warnings

import numpy as np
import pytest
from case import DOMAINS
from plantings import only, planted, square, verdicts
from together import together

import tinygraph as tg
from tinygraph.check import VERDICTS
from tinygraph.differences import slopes_of

# Right and wrong ----------------------------------------------------------------------

RIGHT = {
    "tanh": (np.tanh, "real"),
    "division": (lambda x: 1.0 / x, "nonzero"),
    "softmax": (tg.softmax, "real"),
    "product": (lambda x: x.prod() * x, "nonzero"),
    "large": (lambda x: 1e6 * x**3, "real"),
    "steep": (lambda x: np.tanh(1e4 * x), "real"),
    "near-its-edge": (lambda x: np.arccos(1 - 1e-5 * x), "positive"),
    "fine-waves": (lambda x: np.sin(300.0 * x), "real"),
    "far-from-0": (lambda x: np.log(1e8 * x), "positive"),
    "constant": (lambda x: 0.0 * x + 3.0, "real"),
    "flat": (np.sign, "nonzero"),
    "away-from-its-kink": (tg.relu, "spaced"),
    "large-values": (lambda x: 1e6 + x * x, "real"),
}


@together("name", RIGHT)
@together("order", [1, 2])
def test_right_gradients_are_right(name, order):
    f, domain = RIGHT[name]
    tolerance = 1e-5 if name == "large-values" else 1e-6
    x = DOMAINS[domain](np.random.default_rng(3), (2, 3))
    report = tg.check_gradients(f, x, order=order, tolerance=tolerance)
    assert report and report.ok and not report.wrong, report
    assert len(report.rows) == order
    assert all(row.error <= 1.0 for row in report.rows)


WRONG = {
    "sign": lambda x: -2 * x,
    "factor": lambda x: x,
    "nothing": lambda x: 0 * x,
    "constant": lambda x: 0 * x + 1.0,
    "one-element": lambda x: 2 * x * np.where(x == x[..., -1:], 1.001, 1.0),
    "power": lambda x: 2 * x * x,
    "offset": lambda x: 2 * x + 1e-5,
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_rules_are_wrong(name):
    x = np.random.default_rng(4).uniform(0.7, 1.7, (2, 3))
    report = tg.check_gradients(square(WRONG[name]), x)
    assert not report and not report.ok and report.wrong
    assert only(report).verdict == "WRONG" and only(report).error > 1.0
    assert str(report).splitlines()[1].startswith("WRONG  input0  2x3 ")


def test_the_wrong_argument_and_the_worst_element_are_named():
    @tg.primitive
    def mixed(x, y):
        return x * y

    mixed.vjp(
        lambda g, z, x, y: g * y,
        r"\bar{z} y",
        lambda g, z, x, y: g * x * np.array([1.0, 1.5, 1.2]),
        r"\bar{z} x",
    )
    report = tg.check_gradients(mixed, np.ones((2, 3)), [1.0, 2.0, 3.0])
    first, second = report.rows
    assert (first.name, first.verdict) == ("input1", "WRONG")
    assert first.shape == (3,) and first.index == (1,)
    assert first.analytic == pytest.approx(1.5 * first.numeric)
    assert (second.name, second.verdict, second.shape) == ("input0", "ok", (2, 3))
    assert "[1]" in str(report).splitlines()[1]


def test_swapped_arguments_are_wrong():
    @tg.primitive
    def divided(x, y):
        return x / y

    divided.vjp(
        lambda g, z, x, y: -g * z / y, r"", lambda g, z, x, y: g / y, r"\bar{z}"
    )
    report = tg.check_gradients(divided, [1.0, 2.0], [3.0, 4.0])
    assert verdicts(report) == {"input0": "WRONG", "input1": "WRONG"}


def test_a_wrong_second_derivative_is_seen_by_the_second_order_alone():
    """The rule's value is right, but it hides x from the second derivative."""
    hidden = tg.primitive(lambda x: x * x)
    hidden.name = "hidden"
    hidden.vjp(
        lambda g, y, x: g * 2 * (x.detach() if isinstance(x, tg.Tensor) else x), r"x"
    )
    x = [1.0, 2.0]
    assert tg.check_gradients(hidden, x)
    report = tg.check_gradients(hidden, x, order=2)
    assert verdicts(report) == {"gradient, input0": "WRONG", "input0": "ok"}


def test_what_is_no_function_of_its_argument_is_compared_too():
    assert not tg.check_gradients(lambda x: (x.detach() * 2).sum() + 0 * x.sum(), [1.0])


def test_cancelling_ones_do_not_hide_a_wrong_softmax():
    """Σ softmax is 1: with an upstream gradient of ones nothing would be seen."""

    @tg.primitive
    def softmax(x):
        e = np.exp(x)
        return e / e.sum()

    softmax.vjp(lambda g, y, x: 3.0 * y * (g - (g * y).sum()), r"y")
    assert only(tg.check_gradients(softmax, [0.1, 0.5, -1.0])).verdict == "WRONG"


# The edge of the tolerance ------------------------------------------------------------


@together("tolerance", [1e-6, 1e-4, 1e-2])
@together("sign", [-1.0, 1.0])
@together("size", [3.0, 1e3])
def test_the_tolerance_is_relative_above_one(tolerance, sign, size):
    """The slope of 20 x² is 40 x; Σ u f has one that is u times it."""
    for part, right in ((0.9, True), (1.1, False)):
        wrong = 1.0 + sign * part * tolerance
        f = planted(lambda x: 20 * x * x, lambda x, w=wrong: 40 * w * x)
        row = only(tg.check_gradients(f, size, tolerance=tolerance))
        assert abs(row.numeric) > 1
        assert row.error == pytest.approx(part, rel=1e-2)
        assert row.ok == right
    assert only(tg.check_gradients(f, size, tolerance=1.2 * tolerance)).ok


@pytest.mark.parametrize("tolerance", [1e-6, 1e-4, 1e-2])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_the_tolerance_is_absolute_below_one(tolerance, sign):
    """The upstream u is read off the gradient of x, which is exactly u."""
    u = only(tg.check_gradients(lambda x: 1.0 * x, 0.0)).analytic
    for part, right in ((0.9, True), (1.1, False)):
        off = sign * part * tolerance / u
        f = planted(lambda x: 1e-3 * x, lambda x, off=off: 0 * x + 1e-3 + off)
        row = only(tg.check_gradients(f, 0.5, tolerance=tolerance))
        assert abs(row.numeric) < 1e-3
        assert row.error == pytest.approx(part, rel=1e-2)
        assert row.ok == right


def test_the_default_tolerance_is_a_millionth():
    for part, right in ((0.9e-6, True), (1.1e-6, False)):
        f = planted(lambda x: 20 * x * x, lambda x, w=1 + part: 40 * x * w)
        assert bool(tg.check_gradients(f, 3.0)) == right


@pytest.mark.parametrize("tolerance", [0.0, -1e-6, math.nan, math.inf])
def test_a_tolerance_that_means_nothing(tolerance):
    with pytest.raises(tg.ArgumentError, match=r"`tolerance` is .*positive"):
        tg.check_gradients(np.tanh, [1.0], tolerance=tolerance)
    x = tg.Tensor(1.0, requires_grad=True)
    with pytest.raises(tg.ArgumentError, match=r"`tolerance` is .*positive"):
        tg.check_graph(x * x, tolerance=tolerance)


@pytest.mark.parametrize("order", [0, 3, None, "two"])
def test_another_order(order):
    with pytest.raises(tg.ArgumentError, match=r"`order` is .*: use 1 or 2"):
        tg.check_gradients(np.tanh, [1.0], order=order)


# NaN and infinity ---------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_no_number_is_wrong(wrong):
    f = square(lambda x: np.where(x > 1.5, wrong, 2 * x))
    row = only(tg.check_gradients(f, [1.0, 2.0, 1.2]))
    assert row.verdict == "WRONG" and row.index == (1,) and row.error == math.inf


def test_nan_beside_nan_is_no_agreement():
    row = only(tg.check_gradients(lambda x: x * math.nan, [1.0]))
    assert math.isnan(row.analytic) and math.isnan(row.numeric)
    assert row.verdict == "undefined" and not row.ok
    report = tg.check_gradients(lambda x: x * math.inf, [1.0])
    assert only(report).verdict == "undefined" and not report and not report.wrong


def test_nan_at_a_kink_is_wrong():
    """A norm at 0, by a careless rule: 0 / 0."""

    @tg.primitive
    def norm(x):
        return np.sqrt((x * x).sum())

    with np.errstate(invalid="ignore"):
        norm.vjp(lambda g, y, x: g * x / y, r"x / y")
        row = only(tg.check_gradients(norm, [0.0, 0.0]))
    assert row.verdict == "WRONG" and math.isnan(row.analytic)


def test_a_function_without_a_value_somewhere():
    with np.errstate(all="ignore"):
        report = tg.check_gradients(np.log, [-1.0, 1.0])
    assert only(report).verdict == "undefined" and not report and not report.wrong
    assert "undefined: the function has no finite value there" in str(report)


def test_the_edge_of_what_a_function_is_defined_for():
    with np.errstate(divide="ignore"):
        for f, x in ((np.sqrt, 0.0), (np.arccos, 1.0), (np.arcsin, -1.0)):
            report = tg.check_gradients(f, [x, 0.5])
            row = only(report)
            assert (row.verdict, row.index) == ("edge", (0,))
            assert not report and not report.wrong
            assert sum(map(math.isnan, row.slopes)) == 1
        assert "edge: the function is finite on one side only" in str(report)
        careless = planted(lambda x: x**1.5, lambda x: 1.5 * x * x**-0.5)
        with np.errstate(invalid="ignore"):
            assert only(tg.check_gradients(careless, 0.0)).verdict == "WRONG"


def test_close_to_the_edge_it_is_compared():
    for off in (1e-3, 1e-4, 3e-5, 1e-5, 1e-6):
        assert tg.check_gradients(np.sqrt, [off]), off
        halved = planted(lambda x: np.sqrt(x), lambda x: 0.25 / np.sqrt(x))
        assert only(tg.check_gradients(halved, [off])).verdict == "WRONG", off


def test_looking_over_the_edge_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(divide="ignore"):
            tg.check_gradients(np.sqrt, [0.0])
        tg.check_gradients(np.log, [1e-4])


# Graphs -------------------------------------------------------------------------------


def test_every_node_of_a_graph_is_compared():
    x = tg.Tensor([1.0, -2.0], requires_grad=True, name="x")
    w = tg.Tensor([[0.5], [2.0]], requires_grad=True, name="w")
    h = np.tanh(x @ w)
    h.name = "h"
    report = tg.check_graph((h * h).sum())
    assert report
    assert {row.name for row in report.rows} == {
        *("x", "w", "matmul", "h", "multiply", "sum")
    }


def test_the_wrong_node_of_a_graph_is_found():
    """The gradient behind a wrong rule is wrong, and the one before it is right."""
    wrong = square(lambda x: 2.5 * x)
    x = tg.Tensor([1.0, -2.0], requires_grad=True, name="x")
    h = np.exp(x)
    h.name = "h"
    report = tg.check_graph((wrong(h) * 2).sum())
    assert report.wrong and verdicts(report) == {
        "h": "WRONG",
        "x": "WRONG",
        "planted": "ok",
        "multiply": "ok",
        "sum": "ok",
    }


def test_kinks_and_ties_of_a_graph():
    x = tg.Tensor([0.0, -1.0], requires_grad=True, name="x")
    report = tg.check_graph(tg.relu(x).sum())
    assert verdicts(report) == {"x": "kink", "relu": "ok", "sum": "ok"}
    assert not report and not report.wrong
    y = tg.Tensor([2.0, 2.0], requires_grad=True, name="y")
    assert verdicts(tg.check_graph(y.max()))["y"] == "tie"


def test_graphs_that_cannot_be_checked():
    x = tg.Tensor([1.0], requires_grad=True, name="x", dtype=np.float32)
    with pytest.raises(tg.DTypeError, match="too coarse for numerical differences"):
        tg.check_graph((x * x).sum())
    with pytest.raises(tg.GraphError, match="no operation was recorded"):
        tg.check_graph(x)
    with pytest.raises(tg.DTypeError, match="the result is float32"):
        tg.check_gradients(lambda x: x.astype(np.float32), [1.0])


# Reports ------------------------------------------------------------------------------


def test_a_report_is_a_table_with_the_worst_first():
    f = planted(
        lambda x: np.maximum(x, 0), lambda x: np.where(x > 1, 2.0, 1.0 * (x > 0))
    )
    report = tg.check_gradients(
        lambda a, b, c: (f(a) + tg.relu(b)).sum() + c, [[1.5, 0.5]], 0.0, 2.0
    )
    lines = str(report).splitlines()
    assert repr(report) == str(report)
    words = [line.split()[0] for line in lines]
    assert words[:5] == ["value", "WRONG", "kink", "ok", "WRONG:"]
    assert words.count("kink:") == 1 and "ok:" not in words
    assert max(map(len, lines)) <= 80
    assert [row.name for row in report.rows] == ["input0", "input1", "input2"]
    assert "scalar" in lines[2] and "[0, 0]" in lines[1]
    assert [row.ok for row in report.rows] == [False, False, True]


def test_every_verdict_but_ok_is_explained():
    for word, text in VERDICTS.items():
        assert bool(text) == (word != "ok")


def test_inputs_are_not_changed_and_may_be_empty():
    x = np.array([1.0, 2.0])
    report = tg.check_gradients(lambda x, y: x * y.sum(), x, np.zeros((0, 3)))
    nothing = report.rows[1]
    assert report.ok and (nothing.shape, nothing.index) == ((0, 3), ())
    assert (nothing.analytic, nothing.numeric, nothing.error) == (0.0, 0.0, 0.0)
    assert x.tolist() == [1.0, 2.0]
    assert tg.check_gradients(lambda x: x * x, [1, 2])  # whole numbers become floats


# Slopes -------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [0.0, 1.0, -30.0, 50.0])
def test_the_slope_is_the_derivative(x):
    for f, slope in (
        (math.sin, math.cos),
        (lambda t: t**3, lambda t: 3 * t * t),
        (lambda t: 7.0, lambda t: 0.0),
        (
            lambda t: math.exp(-t * t / 1e10),
            lambda t: -2e-10 * t * math.exp(-t * t / 1e10),
        ),
    ):
        found = slopes_of(lambda d, f=f: f(x + d), x)[-1]
        for side in (found.left, found.middle, found.right):
            assert side == pytest.approx(slope(x), rel=1e-5, abs=1e-5)
        assert found.smooth


def test_five_points_are_exact_for_polynomials_of_degree_four():
    [found] = slopes_of(lambda d: 2 * d + 3 * d**2 - d**3 + 5 * d**4, 0.0)
    assert found.middle == pytest.approx(2.0, abs=1e-12)


@pytest.mark.parametrize(("x", "unit"), [(0.5, 1.0), (-200.0, 200.0)])
def test_steps_shrink_by_25_or_more_and_grow_with_x(x, unit):
    asked = []
    found = slopes_of(lambda d: asked.append(abs(d) / unit) or abs(d), x)  # a kink
    steps = [max(asked[n : n + 5]) / 2 for n in range(0, len(asked), 5)]
    assert len(steps) == len(found) == 4
    assert steps[0] == pytest.approx(1e-4) and 1e-9 < steps[-1] < 1e-8
    assert all(h >= 24.99 * smaller for h, smaller in itertools.pairwise(steps))


def test_sides_are_the_sides():
    found = slopes_of(lambda d: -2 * d if d < 0 else 3 * d, 0.0)
    assert len(found) == 4
    assert found[-1].left == pytest.approx(-2) and found[-1].right == pytest.approx(3)
