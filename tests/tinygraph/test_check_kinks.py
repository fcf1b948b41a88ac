"""What the checker says where a function has no derivative, or is random.

A kink, a tie and a random function are no wrong rules; a wrong rule stays one beside
them, and at them where a convention does not excuse it.
"""

import math

import numpy as np
import pytest
from plantings import only, planted, square, verdicts
from together import together

import tinygraph as tg

# Kinks --------------------------------------------------------------------------------

KINKS = {
    "relu": (tg.relu, [-1.0, 0.0, 2.0], 1),
    "abs": (np.abs, [3.0, -1.0, 0.0], 2),
    "abs-minus": (lambda x: -np.abs(x), [0.0, 1.0], 0),
    "leaky": (tg.leaky_relu, [0.0], 0),
    "clip": (lambda x: np.clip(x, -1, 1), [0.5, 1.0], 1),
    "maximum": (lambda x: np.maximum(x, 2.0), [2.0, 1.0], 0),
    "bent": (lambda x: np.where(x > 1, 5 * x - 4, x), [1.0], 0),
    "high-up": (lambda x: tg.relu(x) + 1e4, [0.0], 0),
    "flat-and-high-up": (lambda x: 1e-2 * tg.relu(x) + 1e4, [0.0], 0),
    "very-high-up": (lambda x: 1e-3 * tg.relu(x) + 1e7, [0.0], 0),
    "jump": (np.sign, [1.0, 0.0], 1),
    "step": (lambda x: np.where(x >= 2, x + 1, x), [2.0], 0),
    "upright": (planted(lambda x: np.cbrt(x), lambda x: 0 * x + 1e9), [0.0], 0),
}


@together("name", KINKS)
def test_kinks_are_told_from_wrong_rules(name):
    f, x, place = KINKS[name]
    report = tg.check_gradients(f, x)
    assert only(report).verdict == "kink", report
    assert only(report).index == (place,)
    assert not report and not report.ok and not report.wrong
    assert "kink: the slopes from the left and from the right differ" in str(report)


def test_a_kink_shows_both_slopes():
    u = only(tg.check_gradients(lambda x: 1.0 * x, 0.0)).analytic
    row = only(tg.check_gradients(tg.relu, 0.0))
    assert row.slopes == (pytest.approx(0.0), pytest.approx(u))
    assert f"{0.0:.4g} | {u:.4g}" in str(tg.check_gradients(tg.relu, 0.0))


def test_a_wrong_element_outweighs_a_kink():
    f = planted(lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 2.0, 0.0))
    row = only(tg.check_gradients(f, [0.0, -1.0, 1.5]))
    assert (row.verdict, row.index) == ("WRONG", (2,))


@pytest.mark.parametrize("slope", [-0.5, 1.5, 100.0])
def test_a_gradient_outside_of_a_kink_is_wrong(slope):
    """Between 0 and 1 any number may be the gradient of relu at 0, others may not."""
    f = planted(
        lambda x: np.maximum(x, 0),
        lambda x: np.where(x > 0, 1.0, np.where(x < 0, 0.0, slope)),
    )
    report = tg.check_gradients(f, [0.0, -1.0])
    assert only(report).verdict == "WRONG" and report.wrong


def test_the_tolerance_at_a_kink_is_relative_too():
    u = only(tg.check_gradients(lambda x: 1.0 * x, 0.0)).analytic
    for part, verdict in ((0.9, "kink"), (1.2, "WRONG")):
        slope = 1e4 * (1.0 + part * 1e-6)
        f = planted(lambda x: 1e4 * np.maximum(x, 0), lambda x, s=slope: 0 * x + s)
        row = only(tg.check_gradients(f, 0.0))
        assert (row.verdict, row.analytic) == (verdict, pytest.approx(u * slope))


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_every_convention_at_a_kink_is_taken(slope):
    f = planted(
        lambda x: np.maximum(x, 0),
        lambda x: np.where(x > 0, 1.0, np.where(x < 0, 0.0, slope)),
    )
    assert only(tg.check_gradients(f, [0.0])).verdict == "kink"


@together("distance", [1e-3, 1.5e-4, 1e-4, 5e-5, 1e-5, 1e-6])
@together("side", [-1.0, 1.0])
def test_beside_a_kink_rules_are_compared(distance, side):
    """The differences reach over the kink at first, and then no longer."""
    x = side * distance
    assert only(tg.check_gradients(tg.relu, x)).verdict == "ok"
    for slope in (lambda x: np.where(x > 0, 1.01, 0.01), lambda x: 0 * x + 0.5):
        f = planted(lambda x: np.maximum(x, 0), slope)
        assert only(tg.check_gradients(f, x)).verdict == "WRONG"


def test_a_kink_in_the_second_derivative_alone():
    report = tg.check_gradients(lambda x: tg.relu(x) ** 2, [0.0, 1.0], order=2)
    assert verdicts(report) == {"gradient, input0": "kink", "input0": "ok"}


# Ties ---------------------------------------------------------------------------------

TIES = {
    "max": (lambda x: x.max(), ([1.0, 3.0, 3.0],)),
    "min": (lambda x: x.min(axis=0), ([[1.0, 3.0], [1.0, 5.0]],)),
    "three": (lambda x: x.max() * 2, ([3.0, 3.0, 3.0],)),
    "maximum": (np.maximum, ([1.0, 2.0], [1.0, 5.0])),
    "minimum": (np.minimum, (4.0, 4.0)),
    "pooling": (lambda x: tg.max_pool2d(x, 2), (np.ones((1, 1, 4, 4)),)),
    "difference": (lambda x, y: np.abs(x - y), ([2.0, 1.0], [2.0, 7.0])),
    "zeros": (lambda x: x.max(), ([0.0, -0.0],)),
}


@pytest.mark.parametrize("name", TIES)
def test_ties_are_told_from_wrong_rules(name):
    f, inputs = TIES[name]
    report = tg.check_gradients(f, *inputs)
    assert {row.verdict for row in report.rows} == {"tie"}, report
    assert not report and not report.ok and not report.wrong
    assert "tie: equal elements compete there" in str(report)


@pytest.mark.parametrize(
    ("shares", "right"),
    [
        ([0.5, 0.5], True),
        ([1.0, 0.0], True),
        ([0.25, 0.75], True),
        ([1.0, 1.0], False),
        ([0.0, 0.0], False),
        ([0.5, 0.4], False),
        ([1.5, -0.5], False),
        ([math.nan, 1.0], False),
    ],
)
def test_shares_of_a_tie_must_add_up(shares, right):
    @tg.primitive
    def largest(x):
        return np.max(x)

    largest.vjp(lambda g, y, x: g * np.array([0.0, *shares]), r"\bar{y}")
    report = tg.check_gradients(largest, [1.0, 2.0, 2.0])
    assert only(report).verdict == ("tie" if right else "WRONG")
    assert report.wrong != right


def test_equal_elements_that_do_not_compete_stay_kinks():
    assert only(tg.check_gradients(tg.relu, [0.0, 0.0, 1.0])).verdict == "kink"


def test_equal_elements_without_a_kink_are_compared_one_by_one():
    assert tg.check_gradients(lambda x: (x * x).max(), [1.0, 1.0, 2.0])
    assert tg.check_gradients(lambda x: (x**3).sum(), [2.0, 2.0])


# Random functions ---------------------------------------------------------------------


def test_a_random_function_is_told_from_a_wrong_rule():
    rng = np.random.default_rng(0)
    for f in (
        lambda x: tg.dropout(x, 0.5, rng=rng),
        lambda x: x + rng.normal(),
        lambda x: x * rng.normal(size=3),
        lambda x: x[: 1 + rng.integers(3)],
    ):
        for order in (1, 2):
            report = tg.check_gradients(f, [1.0, 2.0, 3.0], order=order)
            assert verdicts(report) == {"input0": "random"}
            assert not report and not report.ok and not report.wrong
    assert "random: calls at the same point gave different" in str(report)


def test_dropout_with_a_generator_of_its_own_is_compared():
    def f(x):
        return tg.dropout(x * x, 0.5, rng=np.random.default_rng(1))

    assert tg.check_gradients(f, np.arange(1.0, 9.0), order=2)


def test_a_function_whose_first_calls_agree():
    """Before a rule is accused, the function is called again."""
    calls = iter(range(10**6))

    def f(x):
        return x * (2.0 if next(calls) > 10 else 1.0)

    assert only(tg.check_gradients(f, [1.0, 2.0])).verdict == "random"


def test_a_wrong_rule_of_a_function_that_is_not_random_stays_wrong():
    rng = np.random.default_rng(0)
    f = square(lambda x: 3 * x * (1 + 0 * rng.normal()))
    assert only(tg.check_gradients(f, [1.0])).verdict == "WRONG"


def test_values_that_differ_in_rounding_alone_are_not_random():
    signs = iter([1, -1] * 1000)
    assert tg.check_gradients(lambda x: x * x + next(signs) * 1e-16, [1.0, 2.0])
