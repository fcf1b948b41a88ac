"""Right answers pass, unseen wrong ones do not, and most get a pointed message."""

import dataclasses

import numpy as np
import pytest
import right_answers
import wrong_answers
from seeds import many_seeds, seeds
from shipped import exercise

from tinygraph.exercises.exercise import CASES
from tinygraph.exercises.judging.comparison import equal, equal_in_float32
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.trial import (
    FLOAT32_NOTE,
    call_trusted,
    fit_results,
    inputs_of_case,
    run_trial,
    trusted_runner,
)
from tinygraph.exercises.running.outcome import Outcome, outcome_of

SEEDS = seeds(2, 8)
ANSWERS = {
    name: answer
    for module in (wrong_answers, right_answers)
    for name, answer in vars(module).items()
    if name[1:3].isdigit()
}
WRONG = [name for name in ANSWERS if name[0] == "u"]
RIGHT = [name for name in ANSWERS if name[0] == "r"]


def judged(name, seed=0):
    own, rest = exercise(name[1:3]), name[4:]
    replaced = next(n for n in own.references if rest.startswith(n))
    functions = {**own.references, replaced: ANSWERS[name]}
    return judge(own, trusted_runner(own, functions), seed)


def said_of(number, **functions):
    own = exercise(number)
    return judge(own, trusted_runner(own, {**own.references, **functions}), 0)


@many_seeds
@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_pass(name):
    for seed in SEEDS:
        verdict = judged(name, seed)
        assert verdict.passed, verdict.finding
        assert verdict.points == verdict.maximum


@many_seeds
@pytest.mark.parametrize("name", WRONG)
def test_unseen_wrong_answers_are_rejected(name):
    for seed in SEEDS:
        verdict = judged(name, seed)
        assert not verdict.passed
        assert verdict.points < verdict.maximum


def test_unseen_wrong_answers_get_a_pointed_message():
    silent = [name for name in WRONG if not judged(name).finding.mistake]
    assert len(WRONG) >= 75
    assert len(silent) <= len(WRONG) // 10, silent


EXPECTED = {  # what a generic probe is to find
    "u01_mse_double": ("scale", "4 times"),
    "u01_mse_target_ignored": ("ignored", "does not depend on target"),
    "u01_mse_whole": ("dtype", "integer array"),
    "u01_mse_sample_variance": ("size", "by the number of elements of target minus 1"),
    "u01_mse_length_one": ("shape", "shape (1,), expected ()"),
    "u02_relu_grad_two_at_zero": ("ties", "exactly 0"),
    "u02_relu_grad_minus": ("sign", "the sign is wrong everywhere"),
    "u03_softmax_smoothed": ("nearly", "nearly right"),
    "u03_softmax_halved": ("as_if", "if z were half as large"),
    "u03_softmax_sorted": ("shuffled", "in the wrong places"),
    "u04_descend_transposed": ("shape", "transposed"),
    "u04_descend_half_lr": ("as_if", "if lr were half as large"),
    "u05_delta_rule_flipped": ("flipped", "along axis 1"),
    "u07_sum_to_two_twice": ("scale", "wrong only where shape contains 1"),
    "u08_matmul_vjp_db_only_minus": ("sign", "dL/db: the sign is wrong"),
    "u08_matmul_vjp_da_zero": ("zero", "dL/da: all elements are 0"),
    "u08_matmul_vjp_one": ("count", "returns 1 result, expected 2"),
    "u08_matmul_vjp_g_squared": ("linear", "linear in g"),
    "u08_matmul_vjp_kept": ("combined", "the right result plus a"),
    "u09_softmax_vjp_nan": ("not_finite", "NaN"),
    "u13_conv_vjp_order": (
        "swapped",
        "in the order dw, dx and db, expected dx, dw and db",
    ),
    "u13_conv_vjp_padding_wrong": ("scale", "wrong only where pad is above 0"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_the_probes_say(name):
    mistake, text = EXPECTED[name]
    finding = judged(name).finding
    assert finding.mistake == mistake
    assert text in finding.message


def test_a_known_mistake_in_one_result_is_named_beside_another_mistake():
    finding = said_of("08", matmul_vjp=lambda g, a, b: (b @ g.T, 3 * a.T @ g)).finding
    assert finding.mistake == "wrong_da_transposed"


def test_an_error_comes_with_the_shapes():
    finding = said_of("08", matmul_vjp=lambda g, a, b: (a @ a, b)).finding
    assert (finding.mistake, finding.status) == ("raised", "error")
    assert "ValueError" in finding.message
    assert "where g has the shape (" in finding.message


def test_right_in_place_costs_points_and_is_said():
    def softmax(z):
        z -= z.max(axis=-1, keepdims=True)
        return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)

    verdict = said_of("03", softmax=softmax)
    assert verdict.finding.mistake == "in_place"
    assert 0 < verdict.points < verdict.maximum


def test_an_answer_that_changes_is_unrepeatable():
    reference, calls = exercise("03").references["softmax"], []

    def softmax(z):
        calls.append(z)
        return reference(z) if len(calls) <= 12 else reference(z) * 2

    assert said_of("03", softmax=softmax).finding.mistake == "unrepeatable"


def test_a_repeated_call_that_is_out_of_time_is_not_another_answer():
    own, calls = exercise("03"), []

    def run(name, inputs):
        calls.append(name)
        if len(calls) > CASES:
            return Outcome(failure="timeout", message="not done after 10 seconds")
        return call_trusted(own, own.references[name], inputs)

    assert judge(own, run, 7).passed


def test_in_place_comes_before_the_probes():
    def softmax(z):
        z *= 2
        return z

    assert said_of("03", softmax=softmax).finding.mistake == "in_place"


def test_one_function_of_two_is_worth_half_of_the_points():
    def sigmoid_grad(x):
        raise NotImplementedError

    verdict = said_of("02", sigmoid_grad=sigmoid_grad)
    assert verdict.status == "stub"
    assert verdict.points == verdict.maximum / 2


@pytest.mark.parametrize("number", ["01", "03", "07", "08", "09"])
def test_zeros_and_errors_are_worth_nothing(number):
    own = exercise(number)
    for name, reference in own.references.items():
        zeros = wrong_answers.zeros_like_answers(reference)
        verdict = said_of(number, **{name: zeros})
        assert verdict.points == 0
        assert said_of(number, **{name: lambda *_: None}).points == 0


def test_a_message_that_cannot_be_filled_in_is_given_as_it_is():
    own = exercise("03")
    odd = dataclasses.replace(own.wrong[0], message="odd {nothing} {right")
    own = dataclasses.replace(own, wrong=(odd, *own.wrong[1:]))
    functions = {"softmax": odd.function}
    assert judge(own, trusted_runner(own, functions), 0).finding.message == odd.message


def test_a_note_says_why_other_answers_are_right():
    relu = said_of("02", relu_grad=lambda x: np.where(x >= 0, 1.0, 0.0))
    assert relu.passed
    assert "tinygraph" in relu.notes[0]
    single = said_of("08", matmul_vjp=right_answers.r08_matmul_vjp_float32)
    assert single.notes == [FLOAT32_NOTE]


def test_arrays_are_compared_by_shape_and_to_the_last_digits():
    a = np.array([1.0, 0.0, 1e-3])
    assert equal(a + np.array([1e-9, 1e-12, 1e-12]), a)
    assert not equal(a + np.array([0, 1e-6, 0]), a)
    assert not equal(a[None], a)
    assert equal(np.array([np.nan, np.inf]), np.array([np.nan, np.inf]))
    assert not equal(np.array([np.nan]), np.array([1.0]))
    assert not equal(np.array([1.0]), np.array([np.inf]))
    third = np.array([1 / 3])
    assert equal_in_float32(third.astype(np.float32).astype(float), third)
    assert not equal_in_float32(third + 1e-6, third)


def test_answers_are_unpacked():
    a, b = np.ones((2, 2)), np.zeros((2, 2))
    both = Outcome((a, b), several=True)
    assert len(fit_results(outcome_of([a, b]), both).results) == 2
    assert len(fit_results(outcome_of([a, b[:1]]), both).results) == 2
    path = Outcome((np.stack([a, b]),))
    assert fit_results(outcome_of((a, b)), path).results[0].shape == (2, 2, 2)
    assert fit_results(outcome_of((a,)), Outcome((a,))).results[0].shape == (2, 2)


@pytest.mark.parametrize("answer", [None, "1.0", 1j, [None, "x"], object(), {"a": 1}])
def test_only_numbers_are_an_answer(answer):
    assert outcome_of(answer).failure == "type"


def accepts_numbers_that_are_close(name, yours, *inputs):
    """An `accept` whose author thought of results of the right shape only."""
    right = exercise("01").references[name](*inputs) * np.ones((2, 3))
    assert np.isclose(yours, right).all(), "not close"


@pytest.mark.parametrize("shape", [(1, 6), (4, 5), (2, 3)])
def test_accept_need_not_expect_other_shapes(shape):
    own = exercise("01")
    (name,) = own.references
    strict = dataclasses.replace(own, accept=accepts_numbers_that_are_close)
    runner = trusted_runner(own, {name: lambda *inputs: np.full(shape, 0.5)})
    assert judge(strict, runner, 0).points == 0


def test_what_accept_raises_of_the_right_shape_is_its_authors_fault():
    own = exercise("01")
    (name,) = own.references

    def accept(name, yours, *inputs):
        raise ValueError("a slip")

    strict = dataclasses.replace(own, accept=accept)
    runner = trusted_runner(own, {name: lambda *inputs: np.float64(0.5)})
    with pytest.raises(ValueError, match="a slip"):
        judge(strict, runner, 0)


def test_inputs_that_accept_changes_are_whole_in_the_next_answer():
    """The inputs of a case are drawn once for all answers."""

    def accept(name, yours, *inputs):
        inputs[0][...] = 0.0

    own = dataclasses.replace(exercise("01"), accept=accept)

    def run(name, inputs):
        return Outcome((np.array(7.0),))

    for _ in range(2):
        run_trial(own, run, 0, "mse", 4)
    found = inputs_of_case(own, 0, 4)
    np.testing.assert_array_equal(found[0], exercise("01").case(0, 4)[0])
