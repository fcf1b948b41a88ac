"""What an answer is worth."""

import numpy as np
import pytest
from judging import judged
from shipped import reference

from tinygraph.exercises.exercise import load
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.trial import trusted_runner

SHAPES = {  # a right answer in another shape, and what the message says of it
    "01": ("mse", lambda *a: np.atleast_1d(reference("01", "mse")(*a)), "(1,)", "()"),
    "03": ("softmax", lambda z: reference("03", "softmax")(z)[None], "(1, ", "("),
    "09": ("softmax_vjp", lambda g, y: reference("09", "softmax_vjp")(g, y).ravel(),
           "shape (", "expected ("),
}  # fmt: skip


@pytest.mark.parametrize("number", SHAPES)
def test_right_numbers_in_a_wrong_shape_get_half_of_the_points(number):
    _, answer, yours, right = SHAPES[number]
    verdict = judged(number, answer)
    assert verdict.points == verdict.maximum / 2
    assert [check.passed for check in verdict.checks] == [False, True, False]
    assert verdict.status == "failed"
    assert "the numbers are right" in verdict.finding.message
    assert yours in verdict.finding.message and right in verdict.finding.message


def test_one_result_of_two_in_a_wrong_shape():
    def matmul_vjp(g, a, b):
        return (g @ b.T)[None], a.T @ g

    verdict = judged("08", matmul_vjp)
    assert verdict.points == 3  # 2 for the one, half of 2 for the other
    assert "dL/da: the result has shape" in verdict.finding.message


WORTHLESS = {
    "transposed": lambda g, a, b: (b @ g.T, g.T @ a),
    "summed": lambda g, a, b: ((g @ b.T).sum(), (a.T @ g).sum()),
    "wrong numbers in a wrong shape": lambda g, a, b: (g[None], g[None]),
    "one result": lambda g, a, b: g @ b.T,
}


@pytest.mark.parametrize("what", WORTHLESS)
def test_wrong_numbers_get_nothing_for_any_shape(what):
    assert judged("08", WORTHLESS[what]).points == 0


def test_a_wrong_shape_in_the_corner_cases_alone_costs_their_points():
    def sum_to(g, shape):
        right = reference("07", "sum_to")(g, shape)
        return right[None] if shape == () else right

    verdict = judged("07", sum_to)
    assert 0 < verdict.points < verdict.maximum
    assert not verdict.checks[2].passed


TWO_AND_ONE = '''"""A product, and its VJP

Both functions get all inputs.
"""

HINTS = ["a", "b", "c"]


def product(g, a, b):
    """Return a b."""
    return a * b


def product_vjp(g, a, b):
    """Return dL/da and dL/db."""
    return g * b, g * a


def cases(rng, k):
    return rng.normal(size=3), rng.normal(size=3), rng.normal(size=3)
'''


def test_a_single_result_is_not_numbered_beside_several(tmp_path):
    (tmp_path / "16_product.py").write_text(TWO_AND_ONE)
    own = load(tmp_path / "16_product.py")
    verdict = judge(own, trusted_runner(own, own.references), 0)
    assert [check.name for check in verdict.checks[::3]] == [
        *("product: shape", "product_vjp dL/da: shape", "product_vjp dL/db: shape")
    ]
