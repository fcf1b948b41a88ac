"""What students are told is true in every case that it is said of."""

import numpy as np
import pytest

from tinygraph.exercises import check
from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.student.this_process import ThisProcess


def told(number: str, function) -> tuple[str, str, int | None]:
    exercise = find_exercise(number)
    functions = {next(iter(exercise.references)): function}
    finding = judge(exercise, ThisProcess(exercise, functions), 7).finding
    return finding.mistake, " ".join(finding.message.split()), finding.case


def test_numbers_are_called_right_only_where_they_always_are():
    right = find_exercise("13").references["conv_vjp"]

    def conv_vjp(g, x, w, stride, pad):
        dx, dw, _ = right(g, x, w, stride, pad)
        return dx, dw, g.sum()

    mistake, message, _ = told("13", conv_vjp)
    assert mistake == "shape"
    assert "numbers are right" not in message
    assert "an axis is missing" in message


def test_the_case_that_is_named_is_the_one_that_is_not_finite():
    def softmax(z):
        with np.errstate(all="ignore"):
            e = np.exp(z)
            return e / e.sum(axis=-1, keepdims=True) + 0.1

    mistake, message, case = told("03", softmax)
    assert mistake == "not_finite"
    assert case == 1  # case 0 is wrong as well, but finite
    assert "NaN" in message


def test_one_case_alone_is_not_called_a_logarithm():
    _, message, _ = told("03", lambda z: z)
    assert "logarithm" not in message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda graph, loss: {"x": 1.0}, "keys are not the numbers 0, 1, 2"),
        (lambda graph, loss: None, "does it end with `return`"),
        (lambda graph, loss: "1.0", "returns str, which is not an array of numbers"),
    ],
)
def test_each_kind_of_wrong_result_has_its_own_message(answer, said):
    assert said in told("10", answer)[1]


CELLS = [
    "import tinygraph as tg\ndef softmax(z): return np.asarray(tg.softmax(z))",
    "from tinygraph import softmax as theirs\ndef softmax(z): return theirs(z)",
    "def softmax(z):\n    import tinygraph\n    return tinygraph.softmax(z)",
    "import tinygraph as tg\ndef soft(z): return tg.softmax(z)\n"
    "def softmax(z): return soft(z)",
]


@pytest.mark.parametrize("cell", CELLS)
def test_a_notebook_refuses_what_the_grader_refuses(cell, capsys):
    notebook = {"np": np}
    exec(cell, notebook)
    check(notebook["softmax"])
    assert "tinygraph may not be used" in capsys.readouterr().out
