"""The shipped exercises hold up, and the slides' numbers come out."""

import numpy as np
import pytest
from seeds import many_seeds, seeds

from tinygraph.exercises.authoring.differences import differences_of
from tinygraph.exercises.authoring.selftest import find_faults
from tinygraph.exercises.catalogue import (
    CATALOGUE,
    find_exercise,
    shipped_exercises,
)
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.trial import call_trusted, trusted_runner

SEEDS = seeds(2, 10)  # `tinygraph selftest` takes more
NUMBERS = [path.stem[:2] for path in sorted(CATALOGUE.glob("[0-9]*.py"))]
SLIDES = [[0.2, 0.4, 0.1, 0.3], [0.1, 0.1, 0.7, 0.1]]
TARGET = np.array([0.0, 0.0, 1.0, 0.0])


def reference(number, name):
    return find_exercise(number).references[name]


@many_seeds
@pytest.mark.parametrize("number", [n for n in NUMBERS if n != "15"])
def test_an_exercise_passes_its_selftest(number):
    assert find_faults(find_exercise(number), len(SEEDS)) == []


def test_the_order_of_the_exercises():
    known = []
    for exercise in shipped_exercises():
        assert set(exercise.after) <= set(known)
        known.append(exercise.id)
    assert known[0] == "01_mse"


@pytest.mark.parametrize("number", [n for n in NUMBERS if n <= "09"])
def test_cases_are_plain_data(number):
    for k in range(12):
        for value in find_exercise(number).case(0, k):
            parts = value if isinstance(value, tuple) else (value,)
            assert all(isinstance(p, np.ndarray | float | int | str) for p in parts)


@pytest.mark.parametrize("number", ["04", "06"])
def test_what_is_given_can_be_rebuilt_from_its_text_alone(number):
    exercise = find_exercise(number)
    names = {}
    exec(exercise.given_source, names)
    inputs = exercise.case(3, 5)
    (function,) = exercise.references.values()
    rebuilt = function(*names["given"](*inputs))
    assert np.array_equal(rebuilt, call_trusted(exercise, function, inputs).results[0])


def test_the_errors_of_the_slides():
    mse = reference("01", "mse")
    assert [mse(TARGET, np.array(o)) for o in SLIDES] == pytest.approx([0.55, 0.06])
    wrong = {
        w.name: w.function(TARGET, np.array(SLIDES[0]))
        for w in find_exercise("01").wrong
    }
    assert wrong["wrong_no_half"] == pytest.approx(1.1)
    assert wrong["wrong_mean"] == pytest.approx(0.275)
    assert wrong["wrong_half_mean"] == pytest.approx(0.1375)


def test_the_slopes():
    slope = reference("02", "sigmoid_grad")
    x = np.array([0.0, 1.0, -1.0, 2.0, 5.0])
    assert slope(x) == pytest.approx(
        [0.25, 0.196612, 0.196612, 0.104994, 0.006648], 1e-4
    )
    relu_grad = reference("02", "relu_grad")
    for shift in (0.7, -0.7):
        numbers = differences_of(lambda v: np.maximum(v, 0).sum(), x + shift)
        assert relu_grad(x + shift) == pytest.approx(numbers)


def test_the_softmax_of_the_slides():
    assert reference("03", "softmax")(np.log(SLIDES)) == pytest.approx(np.array(SLIDES))


def test_the_delta_rule_of_the_slides():
    rule = reference("05", "delta_rule")
    row = rule(*find_exercise("05").case(0, 0))
    assert row[0] == pytest.approx([0.032, 0.096, -0.081, 0.063])
    assert row[1] == pytest.approx([0.016, 0.048, -0.0405, 0.0315])
    other = rule(*find_exercise("05").case(0, 1))
    assert other[0] == pytest.approx([0.009, 0.009, -0.063, 0.009])


def test_the_softmax_gradient_of_the_slides():
    exercise = find_exercise("09")
    vjp = exercise.references["softmax_vjp"]
    right = [[0, 0.08, -0.11, 0.03], [0.028, 0.028, -0.084, 0.028]]
    assert vjp(*exercise.case(0, 0)) == pytest.approx(np.array(right))
    diagonal = next(w for w in exercise.wrong if w.name == "wrong_diagonal")
    finding = judge(
        exercise, trusted_runner(exercise, {"softmax_vjp": diagonal.function}), 0
    )
    assert "sums to 0.11" in finding.finding.message
