"""What a class got wrong becomes a mistake that the exercise names."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handed_in import WRONG, notebook, put
from student import Capture, refused

from tinygraph.__main__ import main
from tinygraph.exercises.authoring.selftest import find_faults
from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.exercise import Exercise, load
from tinygraph.exercises.grading.class_page import write_html
from tinygraph.exercises.grading.grade import grade_all
from tinygraph.exercises.grading.row import Row
from tinygraph.exercises.grading.task import plan_tasks
from tinygraph.exercises.grading.unknown_answers import unknown_answers, write_unknown
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.submissions.folders import find_submissions

NAME = "09_softmax_vjp.py"
HEAD = b"import numpy as np\n"
SAME = {  # the same mistake, y squared in the sum, in different words
    "anna": b"""def softmax_vjp(g, y):
    inner = 0
    for k in range(y.shape[1]):
        inner = inner + g[:, k] * y[:, k] ** 2
    return y * (g - inner[:, None])
""",
    "ben": b'''def softmax_vjp(g, y):
    """<b>mine</b>"""
    return y * (g - (g * y * y).sum(axis=1, keepdims=True))
''',
    "cara": b"""import math
POWER = int(math.sqrt(4))
def weights(y):
    return y ** POWER
softmax_vjp = lambda g, y: y * (g - (g * weights(y)).sum(axis=-1)[:, None])
""",
}
OTHERS = {
    "dora": b"def softmax_vjp(g, y):\n    return y * (g - (g * y * y).mean())\n",
    "emil": WRONG,
}


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    for student, text in (SAME | OTHERS).items():
        put(tmp_path / "class" / student / NAME, HEAD + text)
    return tmp_path / "class"


def rows_of(folder: Path, exercise: Exercise) -> list[Row]:
    handed_in = find_submissions(folder, [exercise])
    return grade_all(plan_tasks(handed_in, [exercise], b"secret", Limits()), 2)


def test_what_one_student_got_wrong_names_the_answers_of_the_others(
    handed_in: Path, tmp_path: Path, capsys: Capture
) -> None:
    rows = rows_of(handed_in, find_exercise("09"))
    (same,) = unknown_answers(rows)
    assert same.students == list(SAME)
    assert "<b>mine" in same.text  # the shortest
    said = write_unknown(tmp_path / "out", rows)
    assert "3 students: anna, ben, cara" in said[-2]
    page = tmp_path / "class.html"
    write_html(page, rows)
    html = page.read_text()
    assert html.count("<details class=unknown>") == 1
    assert "&lt;b&gt;mine" in html
    assert "<b>mine" not in html

    *_, learn, file = said[-1].split()
    own = tmp_path / NAME
    assert learn == "learn"
    assert main(["learn", file, "--into", str(own), "--name", "y_squared"]) == 0
    assert "wrong_y_squared was added" in capsys.readouterr().out
    assert find_faults(load(own), 2) == [
        "the docstring of wrong_y_squared is still to be written"
    ]
    mistakes = {row.student: row.mistake for row in rows_of(handed_in, load(own))}
    assert [mistakes[student] for student in SAME] == ["wrong_y_squared"] * 3
    assert mistakes["emil"] == "wrong_diagonal"
    assert mistakes["dora"] != "wrong_y_squared"
    refused(capsys, "already lists this answer", "learn", file, "--into", str(own))


@pytest.mark.parametrize("student", SAME)
def test_a_learned_function_needs_nothing_but_its_exercise(
    student: str, tmp_path: Path, capsys: Capture
) -> None:
    file = put(tmp_path / NAME, HEAD + SAME[student])
    assert main(["learn", str(file)]) == 0
    names: dict[str, Any] = {"np": np}
    exec(capsys.readouterr().out, names)
    (learned,) = (names[name] for name in names if name.startswith("wrong_unknown_"))
    g, y = np.arange(6.0).reshape(2, 3), np.array([[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]])
    right = y * (g - (g * y**2).sum(axis=-1, keepdims=True))
    assert learned(g, y) == pytest.approx(right)
    assert learned.__doc__.startswith("TODO")


def test_a_notebook_and_one_function_of_two(tmp_path: Path, capsys: Capture) -> None:
    cell = "import numpy as np\ndef relu_grad(x):\n    return np.where(x > 0, 1, 0.7)"
    other = "def sigmoid_grad(x):\n    s = 1 / (1 + np.exp(-x))\n    return s - s * s"
    file = put(tmp_path / "anna.ipynb", notebook(cell, other))
    assert main(["learn", str(file), "--exercise", "02", "--name", "flat"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("def wrong_relu_grad_flat(x):")
    assert "sigmoid" not in out


REFUSED = {
    "is right": SAME["ben"].replace(b"* y * y", b"* y"),
    "already lists this answer: it is wrong_diagonal": WRONG,
    "no answer to learn from": b"def softmax_vjp(g, y):\n    return None",
    "cannot be made one function": b"from numpy import *\n" + SAME["ben"],
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_learned(reason: str, tmp_path: Path, capsys: Capture) -> None:
    file = put(tmp_path / NAME, HEAD + REFUSED[reason])
    refused(capsys, reason, "learn", str(file))


def test_a_name_and_an_exercise_are_asked_for(tmp_path: Path, capsys: Capture) -> None:
    file = str(put(tmp_path / "answer.py", HEAD + SAME["ben"]))
    refused(capsys, "--exercise 09", "learn", file)
    words = ["learn", file, "--exercise", "09", "--name"]
    refused(capsys, "cannot name a function", *words, "two words")
    refused(capsys, "choose another", *words, "diagonal")
    refused(capsys, "cannot be read", "learn", str(tmp_path / NAME))


def test_fingerprints_do_not_depend_on_the_student(handed_in: Path) -> None:
    rows = rows_of(handed_in, find_exercise("09"))
    prints = [row.fingerprint for row in rows]
    assert len({row.seed for row in rows}) == len(rows)
    assert prints[0] == prints[1] == prints[2] != prints[3]
    assert prints[4] == ""  # it has a name already
