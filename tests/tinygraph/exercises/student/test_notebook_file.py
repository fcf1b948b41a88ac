"""`start --notebook`: the exercises in one notebook, and each command in its folder."""

import builtins
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from student import DIAGONAL, RIGHT, Capture, refused, typed, typed_json

from tinygraph.exercises.catalogue import find_exercise, shipped_exercises
from tinygraph.exercises.exercise import Exercise
from tinygraph.exercises.grading.grade import grade_all
from tinygraph.exercises.grading.row import Row
from tinygraph.exercises.grading.task import plan_tasks
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.student.notebook_file import (
    NOTEBOOK_FILE,
    answer_cells,
    put_empty_answer,
    read_book,
    source_of_cell,
)
from tinygraph.exercises.student.workspace import NotebookWorkspace, open_workspace
from tinygraph.exercises.submissions.folders import find_submissions

BACKUPS = Path(".tinygraph", "backups")


@pytest.fixture(autouse=True)
def lab(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder in which a student has started with a notebook."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.argv", ["tinygraph"])
    folder = tmp_path_factory.mktemp("class") / "lab"
    NotebookWorkspace(folder).start()
    monkeypatch.chdir(folder)
    return folder


def book() -> dict[str, Any]:
    return read_book(Path(NOTEBOOK_FILE))


def saved(changed: dict[str, Any]) -> None:
    Path(NOTEBOOK_FILE).write_text(json.dumps(changed))


def cell_of(changed: dict[str, Any], exercise: Exercise) -> dict[str, Any]:
    (cell,) = answer_cells(changed, exercise)
    return cell


def answer(text: str, number: str = "09") -> None:
    changed = book()
    cell_of(changed, find_exercise(number))["source"] = text
    saved(changed)


def names_in(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def sources(kind: str) -> list[str]:
    return [source_of_cell(c) for c in book()["cells"] if c["cell_type"] == kind]


def test_a_notebook_is_all_that_start_writes(capsys: Capture) -> None:
    os.chdir("..")
    code, out = typed(capsys, "start", "other", "--notebook")
    assert code == 0
    assert out.startswith("15 exercises put into ")
    assert names_in("other") == [".tinygraph", NOTEBOOK_FILE]


def test_it_is_a_valid_notebook() -> None:
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.read(NOTEBOOK_FILE, as_version=4))
    put_empty_answer(Path(NOTEBOOK_FILE), find_exercise("09"))
    changed = book()
    changed["cells"].remove(cell_of(changed, find_exercise("11")))
    saved(changed)
    put_empty_answer(Path(NOTEBOOK_FILE), find_exercise("11"))
    nbformat.validate(nbformat.read(NOTEBOOK_FILE, as_version=4))


def test_each_exercise_has_a_statement_a_stub_and_a_check() -> None:
    texts, codes = sources("markdown"), sources("code")
    assert codes[0].startswith("import numpy as np\n")
    for exercise, text in zip(shipped_exercises(), texts[1:], strict=True):
        points = f"({exercise.points} points)"
        assert text.startswith(f"## {exercise.id[:2]} {exercise.title} {points}\n")
        assert exercise.statement in text
        names = list(exercise.references)
        place = codes.index(f"check({', '.join(names)})")
        for name in names:
            assert f"def {name}(" in codes[place - 1]
    assert all("raise NotImplementedError" in code for code in codes[1::2])


def test_nothing_is_overwritten(capsys: Capture) -> None:
    answer(RIGHT)
    before = Path(NOTEBOOK_FILE).read_bytes()
    for words in (["start"], ["start", "--notebook"]):
        code, out = typed(capsys, *words)
        assert code == 0
        assert f"left unchanged, because they already existed: {NOTEBOOK_FILE}" in out
        assert Path(NOTEBOOK_FILE).read_bytes() == before
    assert names_in(".") == [".tinygraph", NOTEBOOK_FILE]


def test_start_writes_a_lost_notebook_again(capsys: Capture) -> None:
    Path(NOTEBOOK_FILE).unlink()
    assert "no cell" in typed(capsys, "progress")[1]
    refused(capsys, f"{NOTEBOOK_FILE} does not exist", "check")
    typed(capsys, "start")
    assert len(sources("code")) == 31


def test_a_notebook_that_was_copied_alone_goes_on_being_one(capsys: Capture) -> None:
    shutil.rmtree(".tinygraph")
    typed(capsys, "start")
    assert names_in(".") == [".tinygraph", NOTEBOOK_FILE]
    assert isinstance(open_workspace(Path()), NotebookWorkspace)


def test_a_folder_has_files_or_a_notebook(capsys: Capture) -> None:
    os.chdir("..")
    typed(capsys, "start", "files")
    refused(capsys, "are files", "start", "files", "--notebook")
    shutil.rmtree("files/.tinygraph")
    refused(capsys, "are files", "start", "files", "--notebook")
    assert not Path("files", NOTEBOOK_FILE).exists()


def test_a_teachers_own_exercises_in_a_notebook(capsys: Capture) -> None:
    os.chdir("..")
    Path("own").mkdir()
    typed(capsys, "new", "own/16_square_vjp")
    typed(capsys, "start", "class", "--notebook", "--exercises", "own")
    os.chdir("class")
    assert "## 16 The square, backwards (2 points)" in sources("markdown")[1]
    assert sources("code")[2] == "check(square_vjp)"
    assert typed(capsys, "check")[1].startswith("16 square_vjp   0 of 2 points")
    os.chdir("../own")
    refused(capsys, "are files", "start", "--notebook", "--exercises", ".")


def test_what_was_saved_is_checked_from_the_terminal(capsys: Capture) -> None:
    code, out = typed(capsys, "check", "09")
    assert code == 1
    assert "✗ softmax_vjp: not written yet" in out
    answer(DIAGONAL.replace("    return", "    print('here')\n    return"))
    _, out = typed(capsys, "check", "09")
    assert "Only the diagonal" in out
    assert "    | here\n" in out
    answer(RIGHT)
    assert typed(capsys, "check", "09")[0] == 0
    assert re.search(r"^09 .* passed", typed(capsys, "progress")[1], re.M)


def test_a_line_is_that_of_its_cell(capsys: Capture) -> None:
    text = "# mine\n\ndef helper(a):\n    return a.nothing\n\n\n"
    answer(text + "def softmax_vjp(g, y):\n    return helper(y)\n")
    _, out = typed(capsys, "check", "09")
    assert "line 4: return a.nothing\n" in out
    answer("x = 1\ndef softmax_vjp(g, y):\n    return (y *\n")
    _, out = typed(capsys, "check", "09")
    assert "✗ the file does not run" in out
    assert "line 3: return (y *\n" in out
    said = typed_json(capsys, "check", "09", "--json")[1]
    assert (said["line"], Path(said["file"]).name) == (3, NOTEBOOK_FILE)


def test_a_picture_is_beside_the_notebook(capsys: Capture) -> None:
    text = find_exercise("10").solution().replace("grads[parent] + part", "part")
    answer(text, "10")
    assert typed_json(capsys, "check", "10", "--picture", "--json")[0] == 1
    assert "<svg" in Path("10_backward.svg").read_text()


def test_a_function_that_is_not_there_is_missing(capsys: Capture) -> None:
    answer("# later")
    assert "✗ function missing" in typed(capsys, "check", "09")[1]
    changed = book()
    changed["cells"] = changed["cells"][:2]
    saved(changed)
    assert "✗ function missing" in typed(capsys, "check", "01")[1]
    assert re.search(r"^09 softmax_vjp .* no cell", typed(capsys, "progress")[1], re.M)


def test_progress_knows_what_was_not_started(capsys: Capture) -> None:
    answer(RIGHT)
    _, out = typed(capsys, "progress")
    assert re.search(r"^09 softmax_vjp +0 of 4 +not checked +0 of 3$", out, re.M)
    assert re.search(r"^01 mse +0 of 2 +not started", out, re.M)


def test_hints_and_solutions_are_as_with_files(capsys: Capture) -> None:
    for number in (1, 2, 3):
        assert f"hint {number} of 3" in typed(capsys, "hint", "09")[1]
    assert "def softmax_vjp" in typed(capsys, "solution", "09")[1]


@pytest.mark.parametrize("text", [RIGHT, "# what I had"])
def test_reset_asks_and_keeps_a_copy(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    answer(text)
    before = book()
    monkeypatch.setattr(builtins, "input", lambda question: "n")
    assert typed(capsys, "reset", "09")[0] == 1
    assert book() == before
    monkeypatch.setattr(builtins, "input", lambda question: "y")
    code, out = typed(capsys, "reset", "09")
    assert code == 0
    assert "reload it" in out
    assert (BACKUPS / "09_softmax_vjp.1.py").read_text() == text
    after = book()
    assert "raise NotImplementedError" in source_of_cell(
        cell_of(after, find_exercise("09"))
    )
    cell_of(before, find_exercise("09"))["source"] = cell_of(
        after, find_exercise("09")
    )["source"]
    assert after == before  # in all other cells
    assert "already" in typed(capsys, "reset", "09")[1]


def test_reset_puts_a_lost_cell_at_the_end(capsys: Capture) -> None:
    changed = book()
    changed["cells"].remove(cell_of(changed, find_exercise("09")))
    saved(changed)
    assert typed(capsys, "reset", "09")[0] == 0
    assert not BACKUPS.exists()
    assert sources("code")[-1] == "check(softmax_vjp)"
    assert "not started" in typed(capsys, "progress")[1]
    ids = [cell["id"] for cell in book()["cells"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"cells": [3]}',
        '{"cells": [{"cell_type": "code", "source": 1}]}',
    ],
)
@pytest.mark.parametrize("words", [["progress"], ["reset", "09"], ["check", "09"]])
def test_a_damaged_notebook_is_one_sentence(
    capsys: Capture, text: str, words: list[str]
) -> None:
    Path(NOTEBOOK_FILE).write_text(text)
    refused(capsys, "cannot be read as a notebook", *words)
    assert Path(NOTEBOOK_FILE).read_text() == text


@pytest.mark.parametrize("metadata", [None, [], {}, {"exercise": ["09"]}])
def test_other_programs_may_change_what_is_beside_the_code(
    capsys: Capture, metadata: Any
) -> None:
    answer(RIGHT)
    changed = book()
    for cell in changed["cells"]:
        cell.pop("id")
        cell["metadata"] = metadata
        cell["source"] = source_of_cell(cell)
    saved(changed)
    assert typed(capsys, "check", "09")[0] == 0
    assert typed(capsys, "reset", "09", "--yes")[0] == 0


def graded(folder: Path, *numbers: str) -> dict[str, Row]:
    exercises = [find_exercise(number) for number in numbers]
    wanted = plan_tasks(
        find_submissions(folder, exercises), exercises, b"secret", Limits()
    )
    return {row.exercise[:2]: row for row in grade_all(wanted, 2)}


def test_it_can_be_handed_in(tmp_path: Path) -> None:
    for number in ("01", "10", "15"):
        answer(find_exercise(number).solution(), number)
    (tmp_path / "class").mkdir()
    shutil.copy(NOTEBOOK_FILE, tmp_path / "class" / "anna.ipynb")
    rows = graded(tmp_path / "class", "01", "02", "10", "15")
    status = {number: (row.student, row.status) for number, row in rows.items()}
    passed, stub = ("anna", "passed"), ("anna", "stub")
    assert status == {"01": passed, "02": stub, "10": passed, "15": passed}


def run_in_a_kernel() -> list[Any]:
    """The outputs of the notebook's cells, run from top to bottom."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    run = nbformat.read(NOTEBOOK_FILE, as_version=4)
    resources = {"metadata": {"path": str(Path.cwd())}}
    nbclient.NotebookClient(run, timeout=60, resources=resources).execute()
    return [cell.outputs for cell in run.cells if cell.cell_type == "code"]


def text_in(outputs: list[Any]) -> str:
    return "".join(output.get("text", "") for output in outputs)


def test_it_runs_from_top_to_bottom_in_a_kernel(capsys: Capture) -> None:
    answer(find_exercise("10").solution().replace("grads[parent] + part", "part"), "10")
    answer(RIGHT)
    outputs = run_in_a_kernel()
    checks = list(zip(shipped_exercises(), outputs[2::2], strict=True))
    for exercise, output in checks:
        text = text_in(output)
        assert f"of {exercise.points} points" in text
        if exercise.id[:2] not in ("09", "10"):
            assert "not written yet" in text
            assert "hint: hint(" in text
            assert all(one.output_type == "stream" for one in output)
    assert "4 of 4 points" in text_in(checks[8][1])
    assert "You overwrite" in text_in(checks[9][1])
    (picture,) = (one for one in checks[9][1] if one.output_type == "execute_result")
    assert "<svg" in picture.data["text/html"]
    assert picture.data["text/plain"].startswith("a picture of case 0")
    _, out = typed(capsys, "progress")
    assert re.search(r"^09 softmax_vjp +4 of 4 +passed", out, re.M)
    assert re.search(r"^10 backward +0 of 6 +failed", out, re.M)
