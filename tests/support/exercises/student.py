"""What tests of the student's commands share: a folder, answers, what is printed."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tinygraph.__main__ import main
from tinygraph.exercises.exercise import Exercise
from tinygraph.exercises.running.outcome import Runner
from tinygraph.exercises.student.this_process import ThisProcess

RIGHT = "def softmax_vjp(g, y):\n    return y * (g - (g * y).sum(-1, keepdims=True))\n"
DIAGONAL = "def softmax_vjp(g, y):\n    return y * (1 - y) * g\n"
RAISES = "def softmax_vjp(g, y):\n    return y @ g[:, :-1]\n"
Capture = pytest.CaptureFixture[str]


@contextmanager
def running_here(file: Path, exercise: Exercise) -> Iterator[Runner]:
    """As process.running, without a process."""
    names: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), names)
    yield ThisProcess(exercise, names)


def answer(text: str) -> None:
    Path("09_softmax_vjp.py").write_text(text)


def typed(capsys: Capture, *words: str) -> tuple[int, str]:
    """The exit code and standard output; all lines fit the terminal."""
    code = main(words)
    out = capsys.readouterr().out
    assert all(len(line) <= 80 for line in out.splitlines()), out
    return code, out


def typed_json(capsys: Capture, *words: str) -> tuple[int, dict[str, Any]]:
    code, out = main(words), capsys.readouterr().out
    assert out.count("\n") == 1
    return code, json.loads(out, parse_constant=pytest.fail)


def refused(capsys: Capture, expected: str, *words: str) -> None:
    """The command fails with one sentence on standard error and the code 2."""
    try:
        assert main(words) == 2
    except SystemExit as left:
        assert left.code == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"tinygraph: error: [^\n]*\.\n", error), error
    assert expected in error
