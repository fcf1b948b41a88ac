"""What a student types besides `check`, what is printed then, and the exit code."""

import argparse
import builtins
import os
import re
from pathlib import Path

import pytest
from student import DIAGONAL, RIGHT, Capture, answer, refused, typed

from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.exercise import load
from tinygraph.exercises.student.commands import seed_from

pytestmark = pytest.mark.usefixtures("folder")


def test_start_says_what_it_left_alone(capsys: Capture, folder: Path) -> None:
    answer(RIGHT)
    code, out = typed(capsys, "start")
    assert code == 0
    assert "left unchanged" in out
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
    refused(capsys, "there are already exercises in", "start")


def test_hints_come_one_by_one_and_then_the_solution(capsys: Capture) -> None:
    hints = load_hints("09")
    code, out = typed(capsys, "solution", "09")
    assert code == 1
    assert "or\nafter 3 more hints" in out
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
    return find_exercise(number).hints


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
        (["check", "99"], "there is no exercise '99': choose from 01 to 15"),
        (["check", "softmx_vjp"], "the nearest is softmax_vjp"),
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


def test_outside_of_a_started_folder_every_command_says_so(
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    for words in (["check"], ["hint", "09"], ["progress"], ["reset", "09"]):
        refused(capsys, "`tinygraph start`", *words)


def test_an_exercise_of_a_teachers_own(capsys: Capture, tmp_path: Path) -> None:
    Path("own").mkdir()
    assert typed(capsys, "new", "own/16_square_vjp")[0] == 0
    written = Path("own/16_square_vjp.py").read_text()
    refused(capsys, "already exists", "new", "own/16_square_vjp.py")
    assert Path("own/16_square_vjp.py").read_text() == written
    assert list(load("own/16_square_vjp.py").references) == ["square_vjp"]
    code, out = typed(capsys, "selftest", "own/16_square_vjp.py", "--seeds", "3")
    assert code == 0
    assert "1 of 1 exercise passed, with 3 seeds" in out


def test_the_selftest_of_an_exercise_that_does_not_hold_up(capsys: Capture) -> None:
    typed(capsys, "new", "16_square_vjp")
    own = Path("16_square_vjp.py")
    own.write_text(own.read_text().replace("return x * g", "return 2.0 * x * g"))
    code, out = typed(capsys, "selftest", "16_square_vjp.py", "--seeds", "2")
    assert code == 1
    assert "✗ 16_square_vjp" in out
    assert "wrong_no_factor" in out


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


def test_seeds_are_numbers_or_random() -> None:
    assert seed_from("12") == 12
    assert seed_from("random") >= 0
    with pytest.raises(argparse.ArgumentTypeError):
        seed_from("²")
