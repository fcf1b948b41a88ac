"""Earlier answers train the network of exercise 15, or references in their place."""

from pathlib import Path

import numpy as np
import pytest
from bank import answers
from shipped import exercise
from student import Capture, refused, typed, typed_json

from tinygraph.__main__ import main
from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.student import own_network
from tinygraph.exercises.student.capstone import PARTS

ANSWERS = {answer.exercise: answer for answer in reversed(answers("right"))}
NUMBERS_ONLY = next(a for a in answers("right") if a.name == "a linear system")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """A student's folder with an unusual right answer to every exercise."""
    monkeypatch.chdir(tmp_path)
    assert main(["start"]) == 0
    for id, answer in ANSWERS.items():
        Path(f"{id}.py").write_text(answer.source)
    capsys.readouterr()
    return tmp_path


def test_own_answers_train_the_network(folder: Path, capsys: Capture) -> None:
    code, said = typed_json(capsys, "check", "15", "--own", "--json")
    assert code == 0
    assert said["status"] == "passed"
    learned, own = said["notes"]
    assert "100.0% of their images" in learned
    assert own.startswith("11 of 11 functions are yours")
    assert all(name in own for name in PARTS)
    _, shown = typed(capsys, "progress")
    assert "not checked" in shown.splitlines()[15]  # nothing is remembered


def test_the_reference_replaces_what_is_wrong(folder: Path, capsys: Capture) -> None:
    Path("10_backward.py").write_text(NUMBERS_ONLY.source)
    Path("12_col2im.py").unlink()
    Path("14_maxpool_vjp.py").write_text("def maxpool_vjp(*inputs): return 0")
    half = "def sigmoid_grad(x): return 0\ndef relu_grad(x): return x > 0"
    Path("02_activation_grads.py").write_text(half)
    code, out = typed(capsys, "check", "15", "--own")
    said = " ".join(out.split())
    assert code == 0
    assert "8 of 11 functions are yours: relu_grad (02), softmax (03)" in said
    assert "backward (10) is the reference, because yours passes its own check" in said
    assert "col2im (12) is the reference, because you have not written it yet" in said
    assert "maxpool_vjp (14) is the reference, because yours does not pass" in said


def test_own_is_for_one_exercise_and_goes_with_few_options(
    folder: Path, capsys: Capture
) -> None:
    refused(capsys, "check 15 --own", "check", "14", "--own")
    refused(capsys, "--own goes only with", "check", "15", "--own", "--watch")


@pytest.mark.parametrize("case", [0, 1, 5])
def test_the_network_is_that_of_the_exercise(
    case: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    solutions = {
        name: ("reference.py", find_exercise(number).solution())
        for name, number in PARTS.items()
    }
    monkeypatch.setattr(own_network, "ANSWERS", solutions)
    inputs = exercise("15").case(3, case)
    right = exercise("15").references["train"](*inputs)
    for yours, theirs in zip(own_network.train(*inputs), right, strict=True):
        np.testing.assert_allclose(yours, theirs, rtol=1e-9, atol=1e-12)


def test_a_function_that_fails_is_named() -> None:
    broken = own_network.load("f", "f.py", "def f(x): return 1 / x")
    outer = own_network.load("h", "h.py", "def h(f): return f(0)")
    with pytest.raises(own_network.FunctionError, match=r"^f fails with ZeroDivision"):
        outer(broken)
