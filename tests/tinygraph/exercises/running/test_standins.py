"""What students' code gets where it imports tinygraph."""

import builtins
import sys
from contextlib import AbstractContextManager

import pytest

from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.running import standins
from tinygraph.exercises.running.frames import MOST_PRINTED_BYTES
from tinygraph.exercises.running.outcome import Outcome, Runner
from tinygraph.exercises.running.process import Limits, run_source, start_process

pytestmark = pytest.mark.usefixtures("forked_workers")


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
def test_a_use_is_refused_with_its_line(line, use):
    outcome = outcome_of(f"{line}\ndef softmax_vjp(g, y):\n    return {use}")
    assert outcome.failure == "raised"
    assert "tinygraph may not be used" in outcome.message
    assert outcome.line == 3


def test_a_function_that_was_never_called_is_not_an_answer():
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


EXERCISE = find_exercise("09")


def running(source: str) -> AbstractContextManager[Runner]:
    """What it prints is told of a process that is not forked."""
    limits = Limits()
    return run_source(source.encode(), "a.py", EXERCISE, limits, starter=start_process)


PRINTING = """
import contextlib, io, sys
import numpy as np

def softmax_vjp(g, y):
    for number in range({lines}):
        print("line", number)
    {more}
    return y * (g - (g * y).sum(axis=-1, keepdims=True))
"""


def test_a_hundred_thousand_lines_cost_no_points():
    with running(PRINTING.format(lines=10**5, more="")) as run:
        verdict = judge(EXERCISE, run, 7)
    assert verdict.passed, verdict.finding


# What still works once nothing more is written: it raises where it does not.
STILL = {
    "a print to a file": "f = io.StringIO(); print(1, file=f); assert f.getvalue()",
    "a print that is redirected": (
        "with contextlib.redirect_stdout(io.StringIO()) as f: print(1)\n"
        "    assert f.getvalue() == '1\\n'"
    ),
    "flush": "sys.stdout.flush(); print('x', flush=True)",
    "write": "assert sys.stdout.write('four') == 4; sys.stderr.write('x')",
    "the descriptor": "assert sys.stdout.fileno() == 1",
    "writelines": "sys.stdout.writelines(['a', 'b'])",
}


@pytest.mark.parametrize("what", STILL)
def test_what_is_dropped_breaks_nothing(what):
    source = PRINTING.format(lines=10**4, more=STILL[what])
    with running(source) as run:
        outcome = run("softmax_vjp", EXERCISE.case(7, 0))
    assert not outcome.failure, outcome.message
    assert len(outcome.printed) == MOST_PRINTED_BYTES


def test_each_call_may_print_again():
    with running(PRINTING.format(lines=10**4, more="")) as run:
        first, second = (run("softmax_vjp", EXERCISE.case(7, n)) for n in (0, 1))
    assert first.printed == second.printed
    assert first.printed.startswith("line 0\n")


def test_a_print_that_is_dropped_writes_nothing(monkeypatch):
    written, stream = [], standins.CappedOutput()
    monkeypatch.setattr(standins.os, "write", lambda number, data: written.append(data))
    monkeypatch.setattr(builtins, "print", print)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, stream.text)
    stream.allow(3)
    print("four")
    assert written == [b"fou"]
    assert sys.stdout is sys.stderr is stream.dropped
    monkeypatch.setattr(standins.CappedOutput, "write", pytest.fail)
    print("more")
    sys.stderr.write("more")
    assert written == [b"fou"]
