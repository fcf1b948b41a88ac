"""What `tinygraph check` prints, and its exit code."""

import itertools
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from student import DIAGONAL, RAISES, RIGHT, Capture, answer, refused, typed, typed_json

from tinygraph.__main__ import main
from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.exercise import Exercise
from tinygraph.exercises.running.outcome import Runner
from tinygraph.exercises.running.process import GraderError, run_file
from tinygraph.exercises.student import check as check_module

pytestmark = pytest.mark.usefixtures("folder")


def test_a_stub_is_not_written_yet(capsys: Capture) -> None:
    code, out = typed(capsys, "check", "09")
    assert code == 1
    assert "0 of 4 points" in out
    assert "✗ softmax_vjp: not written yet" in out
    assert "– values: not run" in out
    assert "hint: tinygraph hint 09 (1 of 3)" in out


def test_a_known_mistake_is_named_with_the_first_wrong_element(
    capsys: Capture,
) -> None:
    answer(DIAGONAL)
    code, out = typed(capsys, "check", "09")
    assert code == 1
    assert "✗ a known mistake   case 0, seed 7" in out
    assert "Only the diagonal" in out
    assert "first wrong element [0, 0]: yours 0.032, right 0\n" in out
    assert "again: tinygraph check 09 --seed 7" in out
    assert "all tests passed" not in out


def test_the_command_that_is_printed_repeats_the_check(capsys: Capture) -> None:
    answer(DIAGONAL)
    _, first = typed(capsys, "check", "09", "--seed", "random")
    found = re.search(r"again: tinygraph (check 09 --seed \d+)", first)
    assert found
    _, second = typed(capsys, *found[1].split())
    assert first == second


def test_a_right_answer_says_what_was_not_tried(capsys: Capture) -> None:
    answer(RIGHT)
    code, out = typed(capsys, "check", "09")
    assert code == 0
    assert "4 of 4 points" in out
    words = " ".join(out.split())
    assert "passed 12 of 12 cases" in words
    assert "the same checks with other seeds are used for grading" in words
    assert "  next: tinygraph check" in out


def test_an_error_shows_the_line(capsys: Capture) -> None:
    answer(RAISES)
    _, out = typed(capsys, "check", "09")
    assert "ValueError" in out
    assert "line 2: return y @ g[:, :-1]" in out


def test_without_a_number_the_next_that_has_not_passed(capsys: Capture) -> None:
    _, out = typed(capsys, "check")
    assert out.startswith("01 ")
    state = Path(".tinygraph/progress.json")
    ids = [path.stem for path in Path().glob("[0-9]*.py")]
    passed = {id: {"status": "passed"} for id in ids if id != "09_softmax_vjp"}
    state.write_text(json.dumps({"exercises": passed}))
    answer(RIGHT)
    _, out = typed(capsys, "check")
    assert out.startswith("09 ")
    assert "all exercises have passed" in out and "next:" not in out
    code, out = typed(capsys, "check")
    assert code == 0
    assert out.startswith("all exercises have passed")


def test_a_file_elsewhere_is_checked_and_nothing_remembered(
    capsys: Capture, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("elsewhere") / "09_softmax_vjp.py"
    file.write_text(RIGHT)
    assert typed(capsys, "check", str(file))[0] == 0
    assert list(file.parent.iterdir()) == [file]


def test_json_is_one_line_without_nan(capsys: Capture) -> None:
    answer("def softmax_vjp(g, y):\n    return g * float('nan')\n")
    code, out = typed_json(capsys, "check", "09", "--json")
    assert code == 1
    assert out["status"] == "failed"
    assert (out["points"], out["max"], out["seed"]) == (0, 4, 7)
    assert out["yours"] == "nan"
    assert {row["name"] for row in out["checks"]}
    answer(RIGHT)
    code, out = typed_json(capsys, "check", "09", "--json")
    assert (code, out["status"], out["message"]) == (0, "passed", "")


def test_verbose_prints_the_case(capsys: Capture) -> None:
    answer(DIAGONAL)
    _, out = typed(capsys, "check", "09", "--verbose")
    for words in ("g, shape (2, 4):", "yours, shape (2, 4):", "right, shape (2, 4):"):
        assert words in out


def test_watch_checks_whenever_the_file_changes(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(text: str) -> None:
        answer(text)
        os.utime("09_softmax_vjp.py", ns=(0, next(clock)))

    clock = itertools.count(10**18, 10**9)
    acts = iter([lambda: None, lambda: Path("09_softmax_vjp.py").unlink(), None])
    versions = iter([DIAGONAL, RIGHT])

    def pause(seconds: float) -> None:
        act = next(acts, None)
        if act is not None:
            act()
        elif (text := next(versions, None)) is not None:
            save(text)
        else:
            raise KeyboardInterrupt

    monkeypatch.setattr(check_module.time, "sleep", pause)
    code, out = typed(capsys, "check", "09", "--watch")
    assert code == 0
    found = re.findall(r"^09 softmax_vjp   (\S+) of 4", out, re.MULTILINE)
    assert len(found) == 3
    assert found[-1] == "4"


def test_colour_only_on_a_terminal_and_without_no_color(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in typed(capsys, "check", "09")[1]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    main(["check", "09"])
    assert "\x1b[31m✗\x1b[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in typed(capsys, "check", "09")[1]


def test_an_empty_file_is_called_empty(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_module, "run_file", run_file)
    Path("02_activation_grads.py").write_text("\n\n")
    Path("03_softmax.py").write_text("import numpy\n")
    assert "sigmoid_grad: the file is empty" in typed(capsys, "check", "02")[1]
    assert (
        "softmax: the file has no function softmax" in (typed(capsys, "check", "03")[1])
    )


TWO = """
import numpy as np


def sigmoid_grad(x):
    print('sigmoid')
    s = 1 / (1 + np.exp(-x))
    return s * (1 - s)


def relu_grad(x):
    print('relu')
    return np.maximum(x, 0.0)
"""


def test_of_two_functions_the_one_that_is_wrong_is_named(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_module, "run_file", run_file)
    Path("02_activation_grads.py").write_text(TWO)
    _, out = typed(capsys, "check", "02")
    assert "relu_grad: This is ReLU itself" in " ".join(out.split())
    assert "in case 0 relu_grad printed:\n    | relu" in out
    Path("02_activation_grads.py").write_text(TWO.replace("print('relu')", "pass"))
    assert "printed" not in typed(capsys, "check", "02")[1]


def test_a_missing_file_is_one_sentence(capsys: Capture) -> None:
    Path("09_softmax_vjp.py").unlink()
    refused(capsys, "09_softmax_vjp.py does not exist", "check", "09")


def test_the_graders_own_fault_has_its_own_code(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def broken(file: Path, exercise: Exercise) -> Iterator[Runner]:
        raise GraderError("no process starts")
        yield

    monkeypatch.setattr(check_module, "run_file", broken)
    assert main(["check", "09"]) == 3
    assert "not in your file" in capsys.readouterr().err


def test_the_printed_commands_suit_how_the_program_was_called(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["/lib/tinygraph/__main__.py"])
    assert "python -m tinygraph hint 09" in typed(capsys, "check", "09")[1]


def test_with_limits_in_a_separate_process(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_module, "run_file", run_file)
    answer("def softmax_vjp(g, y):\n    return (y *\n")
    code, out = typed(capsys, "check", "09")
    assert code == 1
    assert "✗ the file does not run" in out
    assert "line 2: return (y *" in out
    answer("def softmaxvjp(g, y): ...\n")
    assert "✗ function missing" in typed(capsys, "check", "09")[1]


def test_the_picture_of_the_graph(capsys: Capture) -> None:
    solved = find_exercise("10").solution().splitlines()
    wrong = [line.replace("grads[parent] + part", "part") for line in solved]
    Path("10_backward.py").write_text("\n".join(wrong))
    assert main(["check", "10", "--picture"]) == 1
    assert "picture: " in capsys.readouterr().out
    assert "<svg" in Path("10_backward.svg").read_text()
