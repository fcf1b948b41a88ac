"""What a student's function prints is shown, and can be mistaken for nothing else."""

import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from student import RIGHT, Capture, answer, typed, typed_json

from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.grading.row import Row
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.running.frames import MOST_PRINTED_BYTES
from tinygraph.exercises.running.nursery import Nursery
from tinygraph.exercises.running.outcome import Runner
from tinygraph.exercises.running.process import Limits, run_file, run_source
from tinygraph.exercises.student import check as check_module
from tinygraph.exercises.student.prints import MOST_CHARACTERS, MOST_LINES, shorten

EXERCISE = find_exercise("09")


@contextmanager
def running_text(body: str, seconds: float = 10.0) -> Iterator[Runner]:
    """The function with that body, in a process of its own."""
    source = "import os, sys, time\ndef softmax_vjp(g, y):\n"
    source += textwrap.indent(textwrap.dedent(body), "    ") + "    return 0 * g\n"
    limits = Limits(seconds)
    with run_source(source.encode(), "09.py", EXERCISE, limits) as run:
        yield run


def printed(body: str, case: int = 0, seconds: float = 10.0) -> str:
    with running_text(body, seconds) as run:
        return run("softmax_vjp", EXERCISE.case(7, case)).printed


@pytest.fixture
def processes(folder, monkeypatch):
    """A folder in which files run in processes of their own."""
    monkeypatch.setattr(check_module, "run_file", run_file)


PRINTS = {
    "print": "print('here')\n",
    "no line end": "print('here', end='')\n",
    "standard error": "print('here', file=sys.stderr)\n",
    "bytes": "sys.stdout.buffer.write(b'here')\n",
    "the descriptor": "os.write(1, b'here')\n",
    "then a crash": "print('here'); os._exit(1)\n",
    "then an error": "print('here'); 1 / 0\n",
    "then a long sleep": "print('here'); time.sleep(1000)\n",
}


@pytest.mark.parametrize("name", PRINTS)
def test_what_is_printed_comes_with_the_outcome(name):
    assert printed(PRINTS[name], seconds=1.0).strip() == "here"


def test_each_call_has_what_was_printed_in_it():
    with running_text("print(g.shape)\n") as run:
        for number in (0, 3, 1):
            inputs = EXERCISE.case(7, number)
            outcome = run("softmax_vjp", inputs)
            assert outcome.printed == f"{inputs[0].shape}\n"


def test_endless_printing_is_what_it_was_before_an_endless_loop():
    with running_text("while True: print('x' * 1000)\n", 1.0) as run:
        outcome = run("softmax_vjp", EXERCISE.case(7, 0))
    assert outcome.failure == "timeout"
    assert len(outcome.printed) == MOST_PRINTED_BYTES


def test_bytes_that_are_not_text_are_escaped():
    assert printed("sys.stdout.buffer.write(b'a\\xffb')\n") == "a\\xffb"


@pytest.mark.parametrize(
    "body",
    [
        "os.close(1); os.close(2); print('lost')\n",
        "sys.stdout.close()\n",
        "sys.stdout = None; print('lost')\n",
        "os.ftruncate(1, 0); os.lseek(1, 2**40, 0); print('far')\n",
    ],
)
def test_a_broken_output_does_not_break_the_answer(body):
    with running_text(body) as run:
        outcome = run("softmax_vjp", EXERCISE.case(7, 0))
    assert not outcome.failure
    assert len(outcome.printed) <= MOST_PRINTED_BYTES


def test_right_answers_may_print_what_they_like():
    body = """
    print('{"failure": "", "points": 4}' * 100)
    sys.stdout.buffer.write(bytes(range(256)) * 100)
    os.write(1, bytes(range(256)) * 100)
    return y * (g - (g * y).sum(-1, keepdims=True))
    """
    with running_text(body) as run:
        assert judge(EXERCISE, run, 7).passed


def test_a_class_is_graded_without_it():
    source = b"def softmax_vjp(g, y):\n    print('here')\n    return g"
    with Nursery() as nursery:
        arguments = source, "a.py", EXERCISE, Limits(), (), nursery
        with run_source(*arguments) as run:
            assert run("softmax_vjp", EXERCISE.case(7, 0)).printed == ""
    assert "printed" not in Row.__dataclass_fields__


def test_it_is_below_the_verdict_with_a_bar_on_each_line(
    processes: None, capsys: Capture
) -> None:
    answer("def softmax_vjp(g, y):\n    print(g.shape, y, sep='\\n')\n    return g\n")
    code, out = typed(capsys, "check", "09")
    assert code == 1
    assert "0 of 4 points" in out.splitlines()[0]
    _, _, below = out.partition("  in case 0 softmax_vjp printed:\n")
    assert below.startswith("    | (2, 4)\n    | [[0.2 0.4 0.1 0.3]\n    |  [0.1")
    assert below.splitlines()[3].startswith("  again: ")


def test_it_is_that_of_the_case_that_goes_wrong(
    processes: None, capsys: Capture
) -> None:
    answer(
        "def softmax_vjp(g, y):\n    print('rows', len(g))\n"
        "    return (y * (g - (g * y).sum(-1, keepdims=True))) * (len(g) != 1)\n"
    )
    _, out = typed(capsys, "check", "09")
    assert "case 1, seed 7" in out
    assert "  in case 1 softmax_vjp printed:\n    | rows 1\n" in out


def test_it_is_shown_of_a_right_answer_too(processes: None, capsys: Capture) -> None:
    answer(RIGHT.replace("    return", "    print('here')\n    return"))
    code, out = typed(capsys, "check", "09")
    assert code == 0
    assert out.count("    | here\n") == 1


def test_nothing_printed_is_not_mentioned(processes: None, capsys: Capture) -> None:
    answer(RIGHT)
    assert "printed" not in typed(capsys, "check", "09")[1]
    assert typed_json(capsys, "check", "09", "--json")[1]["printed"] is None


@pytest.mark.parametrize(
    "said",
    [
        "09 softmax_vjp   4 of 4 points\\n  ✔ passed 12 of 12 cases",
        "\\r09 softmax_vjp   4 of 4 points",
        "\\x1b[2J\\x1b[1;1H09 softmax_vjp   4 of 4 points",
        "a\\x0b09 softmax_vjp   4 of 4 points\\u2028  ✔ passed",
        "\\x9b2J09 softmax_vjp   4 of 4 points\\x08\\x07\\x00",
    ],
)
def test_it_cannot_look_like_a_verdict(
    processes: None, capsys: Capture, said: str
) -> None:
    answer(f'def softmax_vjp(g, y):\n    print("{said}")\n    return g\n')
    _, out = typed(capsys, "check", "09")
    assert re.match("09 softmax_vjp   0 of 4 points\n", out)
    assert all(c.isprintable() for c in out.replace("\n", ""))
    for line in out.splitlines()[1:]:
        assert "4 of 4" not in line or line.startswith("    | ")
        assert "✔ passed" not in line or line.startswith("    | ")


def test_json_has_it_in_a_field(processes: None, capsys: Capture) -> None:
    text = "\\x1b[2J\\n" * 30
    answer(f'def softmax_vjp(g, y):\n    print("{text}")\n    return g\n')
    _, out = typed_json(capsys, "check", "09", "--json")
    assert out["status"] == "failed"
    said = out["printed"]
    assert (said["function"], said["case"]) == ("softmax_vjp", 0)
    assert said["lines"] == ["\\x1b[2J"] * MOST_LINES
    assert said["cut"] == "and 11 more lines"


@pytest.mark.parametrize(
    ("text", "kept", "cut"),
    [
        ("", 0, ""),
        ("a\n" * MOST_LINES, MOST_LINES, ""),
        ("a\n" * (MOST_LINES + 1), MOST_LINES, "and 1 more line"),
        ("a" * MOST_CHARACTERS, 1, ""),
        ("a" * (MOST_CHARACTERS + 1), 1, "and 1 more character"),
        ("a" * (MOST_CHARACTERS + 9) + "\nb\nc", 1, "and 2 more lines"),
        ("a" * MOST_PRINTED_BYTES, 1, "and more than 14384 more characters"),
        (
            "\x00" * MOST_CHARACTERS,
            1,
            f"and {3 * MOST_CHARACTERS} more characters",
        ),
    ],
)
def test_it_is_cut_with_a_word_on_how_much(text: str, kept: int, cut: str) -> None:
    lines, said = shorten(text)
    assert (len(lines), said) == (kept, cut)
    assert sum(map(len, lines)) <= MOST_CHARACTERS
