"""What a student types, what is printed then, and the exit code."""

import argparse
import builtins
import itertools
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygraph.__main__ import main
from tinygraph.exercises import check, checking
from tinygraph.exercises.command import seed
from tinygraph.exercises.exercise import Exercise, load, named
from tinygraph.exercises.notebook import in_this_process
from tinygraph.exercises.outcome import Runner
from tinygraph.exercises.process import GraderError, running
from tinygraph.exercises.workspace import Workspace, solution

RIGHT = "def softmax_vjp(g, y):\n    return y * (g - (g * y).sum(-1, keepdims=True))\n"
DIAGONAL = "def softmax_vjp(g, y):\n    return y * (1 - y) * g\n"
RAISES = "def softmax_vjp(g, y):\n    return y @ g[:, :-1]\n"
Capture = pytest.CaptureFixture[str]


@contextmanager
def running_here(file: Path, exercise: Exercise) -> Iterator[Runner]:
    """As process.running, without a process."""
    names: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), names)
    yield in_this_process(exercise, names)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `start` makes it."""
    own = tmp_path_factory.mktemp("started")
    Workspace(own).start()
    return own


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, started: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which a student has started; files run in this process."""
    shutil.copytree(started, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(checking, "running", running_here)
    monkeypatch.setattr("sys.argv", ["tinygraph"])
    return tmp_path


def answer(text: str) -> None:
    Path("09_softmax_vjp.py").write_text(text)


def typed(capsys: Capture, *words: str) -> tuple[int, str]:
    """The exit code and what stands on standard output; all lines fit the terminal."""
    code = main(words)
    out = capsys.readouterr().out
    assert all(len(line) <= 80 for line in out.splitlines()), out
    return code, out


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


def test_start_says_what_it_left_alone(capsys: Capture, folder: Path) -> None:
    answer(RIGHT)
    code, out = typed(capsys, "start")
    assert code == 0
    assert "left alone" in out
    assert "09_softmax_vjp.py" in out
    assert Path("09_softmax_vjp.py").read_text() == RIGHT


def test_start_says_where_to_go_on(
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    _, out = typed(capsys, "start", "other")
    assert "cd other && tinygraph check" in out
    assert Path("other", "09_softmax_vjp.py").exists()


def test_start_inside_another_folder_of_exercises_is_refused(
    capsys: Capture, folder: Path
) -> None:
    Path("below").mkdir()
    os.chdir("below")
    refused(capsys, "there are exercises in", "start")


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
    code, out = typed(capsys, "check")
    assert code == 0
    assert out.startswith("every exercise has passed")


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


def typed_json(capsys: Capture, *words: str) -> tuple[int, dict[str, Any]]:
    code, out = main(words), capsys.readouterr().out
    assert out.count("\n") == 1
    return code, json.loads(out, parse_constant=pytest.fail)


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

    monkeypatch.setattr(checking.time, "sleep", pause)
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


def test_hints_come_one_by_one_and_then_the_solution(capsys: Capture) -> None:
    hints = load_hints("09")
    code, out = typed(capsys, "solution", "09")
    assert code == 1
    assert "after\n3 more hints" in out
    for number in (1, 2, 3):
        code, out = typed(capsys, "hint", "09")
        assert code == 0
        assert f"hint {number} of 3" in out
        assert " ".join(hints[number - 1].split()) in " ".join(out.split())
    assert "solution: tinygraph solution 09" in out
    _, out = typed(capsys, "hint", "9")
    assert "hint 1 of 3" in out
    assert "hint 3 of 3" in out
    code, out = typed(capsys, "solution", "09")
    assert code == 0
    assert "def softmax_vjp(g, y):" in out
    assert "before passing" in typed(capsys, "progress")[1]


def load_hints(number: str) -> tuple[str, ...]:
    return named(number).hints


def test_the_solution_opens_after_passing(capsys: Capture) -> None:
    answer(RIGHT)
    typed(capsys, "check", "09")
    answer(DIAGONAL)
    typed(capsys, "check", "09")
    assert typed(capsys, "solution", "09")[0] == 0
    assert "after passing" in typed(capsys, "progress")[1]


def test_progress_has_a_line_for_each_exercise(capsys: Capture) -> None:
    answer(DIAGONAL)
    _, out = typed(capsys, "progress")
    assert re.search(r"^09 softmax_vjp +0 of 4 +not checked +0 of 3$", out, re.M)
    assert re.search(r"^01 mse +0 of 2 +not started", out, re.M)
    answer(RIGHT)
    typed(capsys, "check", "09")
    Path("01_mse.py").unlink()
    _, out = typed(capsys, "progress")
    assert re.search(r"^09 softmax_vjp +4 of 4 +passed", out, re.M)
    assert re.search(r"^01 mse +0 of 2 +no file", out, re.M)
    assert re.search(r"^total +4 of \d+ +1 of \d+ passed", out, re.M)


@pytest.mark.parametrize("reply", ["", "n", "no", None])
def test_reset_asks_and_takes_silence_for_no(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, reply: str | None
) -> None:
    def asked(question: str) -> str:
        assert "09_softmax_vjp.py" in question
        if reply is None:
            raise EOFError
        return reply

    answer(RIGHT)
    monkeypatch.setattr(builtins, "input", asked)
    assert typed(capsys, "reset", "09")[0] == 1
    assert Path("09_softmax_vjp.py").read_text() == RIGHT


def test_reset_keeps_a_copy(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(RIGHT)
    monkeypatch.setattr(builtins, "input", lambda question: "y")
    code, out = typed(capsys, "reset", "09")
    assert code == 0
    copy = Path(".tinygraph/backups/09_softmax_vjp.1.py")
    assert str(copy) in " ".join(out.split())
    assert copy.read_text() == RIGHT
    assert "raise NotImplementedError" in Path("09_softmax_vjp.py").read_text()
    assert "already" in typed(capsys, "reset", "09")[1]
    answer(DIAGONAL)
    assert typed(capsys, "reset", "09", "--yes")[0] == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["chek"], "'chek'"),
        (["check", "99"], "there is no exercise '99', but there are 01 to 15"),
        (["check", "softmx_vjp"], "but there is softmax_vjp"),
        (["check", "mine.py"], "'mine'"),
        (["check", "09", "--seed", "-1"], "-1 is neither a number nor random"),
        (["check", "09", "--picture"], "only exercise 10"),
        (["hint"], "NUMBER"),
        (["hint", "0"], "'0'"),
        (["new", "16-relu"], "cannot name an exercise"),
        (["new", "16_def"], "cannot name an exercise"),
        (["new", "16_cases"], "cannot name an exercise"),
        (["selftest", "nothing.py"], "nothing.py"),
        (["selftest", "--seeds", "0"], "--seeds"),
    ],
)
def test_wrong_words_are_one_sentence(
    capsys: Capture, words: list[str], expected: str
) -> None:
    refused(capsys, expected, *words)


def test_a_missing_file_is_one_sentence(capsys: Capture) -> None:
    Path("09_softmax_vjp.py").unlink()
    refused(capsys, "09_softmax_vjp.py is not there", "check", "09")


def test_outside_of_a_started_folder_every_command_says_so(
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    for words in (["check"], ["hint", "09"], ["progress"], ["reset", "09"]):
        refused(capsys, "`tinygraph start`", *words)


def test_the_graders_own_fault_has_its_own_code(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def broken(file: Path, exercise: Exercise) -> Iterator[Runner]:
        raise GraderError("no process starts")
        yield

    monkeypatch.setattr(checking, "running", broken)
    assert main(["check", "09"]) == 3
    assert "not of your file" in capsys.readouterr().err


def test_the_printed_commands_suit_how_the_program_was_called(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["/lib/tinygraph/__main__.py"])
    assert "python -m tinygraph hint 09" in typed(capsys, "check", "09")[1]


def test_an_exercise_of_a_teachers_own(capsys: Capture, tmp_path: Path) -> None:
    Path("own").mkdir()
    assert typed(capsys, "new", "own/16_square_vjp")[0] == 0
    written = Path("own/16_square_vjp.py").read_text()
    refused(capsys, "there already", "new", "own/16_square_vjp.py")
    assert Path("own/16_square_vjp.py").read_text() == written
    assert list(load("own/16_square_vjp.py").references) == ["square_vjp"]
    code, out = typed(capsys, "selftest", "own/16_square_vjp.py", "--seeds", "3")
    assert code == 0
    assert "1 of 1 exercises hold up, on 3 seeds" in out


def test_the_selftest_of_an_exercise_that_does_not_hold_up(capsys: Capture) -> None:
    typed(capsys, "new", "16_square_vjp")
    own = Path("16_square_vjp.py")
    own.write_text(own.read_text().replace("return x * g", "return 2.0 * x * g"))
    code, out = typed(capsys, "selftest", "16_square_vjp.py", "--seeds", "2")
    assert code == 1
    assert "✗ 16_square_vjp" in out
    assert "wrong_no_factor" in out


def test_with_limits_in_a_process_of_its_own(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "running", running)
    answer("def softmax_vjp(g, y):\n    return (y *\n")
    code, out = typed(capsys, "check", "09")
    assert code == 1
    assert "✗ syntax error" in out
    assert "line 2: return (y *" in out
    answer("def softmaxvjp(g, y): ...\n")
    assert "✗ function missing" in typed(capsys, "check", "09")[1]


def test_the_picture_of_the_graph(capsys: Capture) -> None:
    solved = solution(named("10")).splitlines()
    wrong = [line.replace("grads[parent] + part", "part") for line in solved]
    Path("10_backward.py").write_text("\n".join(wrong))
    assert main(["check", "10", "--picture"]) == 1
    assert "picture: " in capsys.readouterr().out
    assert "<svg" in Path("10_backward.svg").read_text()


def test_students_start_with_a_teachers_own_exercises(
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("class"))
    Path("own").mkdir()
    typed(capsys, "new", "own/16_square_vjp")
    assert typed(capsys, "start", "lab", "--exercises", "own")[0] == 0
    os.chdir("lab")
    assert typed(capsys, "check")[1].startswith("16 square_vjp   0 of 2")
    Path("16_square_vjp.py").write_text("def square_vjp(g, x):\n    return x * g\n")
    _, out = typed(capsys, "check", "16")
    assert "you use x" in " ".join(out.split())


def test_in_a_notebook_the_same_messages(capsys: Capture) -> None:
    def softmax_vjp(g: Any, y: Any) -> Any:
        return y * (1 - y) * g

    check(softmax_vjp)
    out = capsys.readouterr().out
    assert "Only the diagonal" in out
    assert "without limits" in out


def test_in_a_notebook_other_functions_are_found_beside(capsys: Capture) -> None:
    names: dict[str, Any] = {"np": np}
    text = (
        "def sigmoid_grad(x):\n s = 0.5 + 0.5 * np.tanh(x / 2)\n return s * (1 - s)\n"
    )
    exec(text, names)
    check(names["sigmoid_grad"])
    assert "relu_grad" in capsys.readouterr().out
    exec("def relu_grad(x):\n return (x > 0) * 1.0\n", names)
    check(names["sigmoid_grad"])
    assert "2 of 2 points" in capsys.readouterr().out


def test_in_a_notebook_wrong_arguments_are_one_error() -> None:
    def softmx_vjp(g: Any, y: Any) -> None: ...

    with pytest.raises(ValueError, match="but there is softmax_vjp"):
        check(softmx_vjp)
    with pytest.raises(ValueError, match="needs a function"):
        check()
    with pytest.raises(ValueError, match="not an object of type float"):
        check(1.0)  # type: ignore[arg-type]


def test_seeds_are_numbers_or_random() -> None:
    assert seed("12") == 12
    assert seed("random") >= 0
    with pytest.raises(argparse.ArgumentTypeError):
        seed("²")
