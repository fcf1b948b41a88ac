"""What students' code gets where it imports tinygraph."""

import pytest

from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.running.outcome import Outcome
from tinygraph.exercises.running.process import Limits, run_source


def outcome_of(source: str, number: str = "09", file: str = "a.ipynb") -> Outcome:
    exercise = find_exercise(number)
    name = next(iter(exercise.references))
    with run_source(source.encode(), file, exercise, Limits()) as run:
        return run(name, exercise.case(7, 0))


@pytest.mark.parametrize(
    "line",
    [
        "import tinygraph",
        "import tinygraph as tg",
        "import tinygraph.optimize",
        "from tinygraph import Tensor, ops",
        "from tinygraph.optimize import SGD",
        "from tinygraph.exercises import check, hint, solution",
    ],
)
def test_an_import_alone_does_no_harm_in_a_notebook(line):
    assert not outcome_of(f"{line}\ndef softmax_vjp(g, y): return g").failure


@pytest.mark.parametrize("line", ["import tinygraph", "from tinygraph import Tensor"])
def test_a_file_may_not_even_import_it(line):
    source = f"{line}\ndef softmax_vjp(g, y): return g"
    outcome = outcome_of(source, file="09_softmax_vjp.py")
    assert outcome.failure == "syntax"  # the file does not load
    assert "tinygraph may not be used" in outcome.message


@pytest.mark.parametrize(
    ("line", "use"),
    [
        ("import tinygraph as tg", "tg.softmax(y)"),
        ("import tinygraph.ops", "tinygraph.ops.softmax(y)"),
        ("from tinygraph import Tensor", "Tensor(y)"),
        ("from tinygraph.optimize import SGD", "SGD([y])"),
    ],
)
def test_a_use_is_refused_where_it_stands(line, use):
    outcome = outcome_of(f"{line}\ndef softmax_vjp(g, y):\n    return {use}")
    assert outcome.failure == "raised"
    assert "tinygraph may not be used" in outcome.message
    assert outcome.line == 3


def test_what_was_never_called_is_no_answer():
    source = "import tinygraph as tg\ndef softmax_vjp(g, y): return tg.softmax"
    assert outcome_of(source).failure == "type"


def test_a_check_that_was_handed_in_does_nothing():
    source = """
from tinygraph.exercises import check, hint
def softmax_vjp(g, y): return g
check(softmax_vjp)
hint("09")
"""
    assert not outcome_of(source).failure


def test_check_may_be_imported_beside_the_real_tinygraph():
    source = "from tinygraph.exercises import check\n" + find_exercise("15").source
    assert not outcome_of(source, "15").failure
