"""A function with another name, elsewhere, or with arguments in another order."""

import pytest
from bank import Answer

SOFTMAX_VJP = """
import numpy as np

def {name}({arguments}):
    return y * (g - (g * y).sum(axis=1, keepdims=True))
"""
IN_A_CLASS = """
class Answers:
    def softmax_vjp(self, g, y):
        return y * (g - (g * y).sum(axis=1, keepdims=True))
"""


def said(source: str, exercise: str = "09_softmax_vjp") -> str:
    finding = Answer(exercise, "", source).verdict().finding
    return finding.message if finding else ""


@pytest.mark.parametrize(
    "name",
    ["softmax_vpj", "sofmax_vjp", "SoftmaxVJP", "softmaxvjp", "softmax_vjp1", "back"],
)
def test_a_function_with_another_name_is_told_what_to_be_called(name: str) -> None:
    message = said(SOFTMAX_VJP.format(name=name, arguments="g, y"))
    assert message == (
        f"softmax_vjp: is {name} meant? Rename it to softmax_vjp\n"
        "the file has no function softmax_vjp"
    )


def test_a_lambda_with_another_name_is_found_too() -> None:
    assert "is mean_se meant?" in said("mean_se = lambda target, output: 1", "01_mse")


def test_nothing_is_guessed_of_other_functions() -> None:
    other = SOFTMAX_VJP.format(name="plot", arguments="g")
    assert said(other) == "softmax_vjp: the file has no function softmax_vjp"
    two = "".join(SOFTMAX_VJP.format(name=n, arguments="g, y") for n in ("one", "two"))
    assert said(two) == "softmax_vjp: the file has no function softmax_vjp"
    assert "meant" not in said(
        "def relu_grad(x):\n    return x > 0", "02_activation_grads"
    )


@pytest.mark.parametrize("around", [IN_A_CLASS, IN_A_CLASS.replace("class", "def", 1)])
def test_a_function_inside_of_another_part_is_found(around: str) -> None:
    around = around.replace("def Answers:", "def Answers():")
    assert "softmax_vjp is inside of Answers: move it out" in said(around)


def test_arguments_in_another_order_are_named() -> None:
    message = said(SOFTMAX_VJP.format(name="softmax_vjp", arguments="y, g"))
    assert message.startswith(
        "softmax_vjp: the arguments come in the order g, y, but your first line names "
        "them y, g"
    )


def test_right_arguments_are_not_mentioned() -> None:
    wrong = SOFTMAX_VJP.format(name="softmax_vjp", arguments="g, y").replace("y *", "")
    assert "order" not in said(wrong)


@pytest.mark.parametrize(
    ("exercise", "source", "expected"),
    [
        (
            "08_matmul_vjp",
            "def matmul_vjp(g, a, b):\n    return {'da': g @ b.T, 'db': a.T @ g}",
            "return dL/da and dL/db without a dictionary",
        ),
        (
            "10_backward",
            "def backward(graph, loss):\n    return {'L': 1.0}",
            "the keys must be the numbers themselves",
        ),
    ],
)
def test_a_dictionary_is_told_what_to_be(
    exercise: str, source: str, expected: str
) -> None:
    assert expected in said(source, exercise)
