"""What students get of a course: no right answer as code, and the same checks."""

import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from shipped import exercise
from student import refused, typed

from tinygraph.__main__ import main
from tinygraph.errors import ArgumentError, FileError
from tinygraph.exercises.authoring.packing import pack_exercise
from tinygraph.exercises.catalogue import shipped_paths
from tinygraph.exercises.course.course import read_course
from tinygraph.exercises.exercise import load
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.trial import trusted_runner
from tinygraph.exercises.packed import SEEDS, PackedExercise, read_packed
from tinygraph.exercises.student import hints
from tinygraph.exercises.student.progress import DEFAULT_SEED

OWN = '''r"""The slope of \\tanh

y = \\tanh x for each element. Return dy/dx.
"""

import math

import numpy as np

POINTS = 2
CORNERS = 1
IMPORTS = ["numpy"]
HINTS = ["Look at 0.", "Look far away from 0.", "It depends on y alone."]
FINE = 1e-6


def _private(x):
    return np.cosh(x)


def tanh_grad(x):
    """x: array. Return dy/dx, of its shape."""
    return 1.0 / _private(x) ** 2  # a comment that gives it away


def accept(name, yours, x):
    if np.allclose(yours, tanh_grad(x), atol=FINE):
        return "near enough"


def cases(rng, k):
    return np.array([0.0, 1.0]) if k == 0 else rng.normal(size=(2, 3))


def wrong_itself(x):
    """This is tanh itself: {yours:.3g} at {index}."""
    return np.tanh(x)


def wrong_error(x):
    """It fails where x is above 1."""
    if (x > 1).any():
        raise ValueError("a message that nobody needs")
    return x
'''
RIGHT = "import numpy as np\ndef tanh_grad(x):\n    return 1 - np.tanh(x) ** 2\n"
NEARLY = RIGHT.replace("** 2", "** 2 + 3e-7")
WRONG = "import numpy as np\ndef tanh_grad(x):\n    return np.tanh(x)\n"


@pytest.fixture
def teacher(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.argv", ["tinygraph"])
    (tmp_path / "teacher").mkdir()
    (tmp_path / "teacher" / "16_tanh_grad.py").write_text(OWN)
    return tmp_path / "teacher"


@pytest.fixture
def student(teacher, capsys) -> Path:
    """The unpacked folder of a student, who has started; the teacher's is gone."""
    folder = unpacked(teacher)
    teacher.rename(teacher.with_name("elsewhere"))
    os.chdir(folder)
    begin(capsys)
    return folder


def begin(capsys, *words: str) -> None:
    assert main(["start", *words]) == 0
    capsys.readouterr()


def unpacked(course: Path, *options: str) -> Path:
    assert main(["pack", str(course), "--out", "students.zip", *options]) == 0
    with zipfile.ZipFile("students.zip") as archive:
        archive.extractall("student")
    return Path("student", archive.namelist()[0].split("/")[0]).resolve()


def packed(source: str, folder: Path) -> PackedExercise:
    (folder / "own.py").write_text(source)
    path = folder / "16_tanh_grad.packed"
    path.write_bytes(pack_exercise(load(folder / "own.py")))
    return read_packed(path)


@pytest.mark.parametrize("path", shipped_paths(), ids=lambda path: path.stem)
def test_every_answer_gets_the_same_verdict_as_with_the_reference(path, tmp_path):
    whole = exercise(path.stem)
    if path.stem == "15_train":  # whose wrong answers take seconds
        whole = replace(whole, wrong=whole.wrong[:1])
    (tmp_path / f"{path.stem}.packed").write_bytes(pack_exercise(whole))
    bare = read_packed(tmp_path / f"{path.stem}.packed")
    assert bare.stub() == whole.stub()
    answers = [whole.references]
    answers += [{**whole.references, w.replaces: w.function} for w in whole.wrong]
    for functions in answers:
        run = trusted_runner(whole, functions)
        found = [repr(judge(e, run, DEFAULT_SEED)) for e in (bare, whole)]
        assert found[0] == found[1]  # as texts, since NaN is not equal to NaN


def test_the_default_seed_is_packed():
    assert DEFAULT_SEED in SEEDS


def test_an_exercise_keeps_all_that_students_may_know(tmp_path):
    bare, whole = packed(OWN, tmp_path), load(tmp_path / "own.py")
    for name in ("title", "statement", "points", "corners", "imports", "hints"):
        assert getattr(bare, name) == getattr(whole, name)
    assert bare.stub() == whole.stub()
    assert "y = \\tanh x" in bare.stub() and "\\t" in bare.title
    assert [(w.name, w.message) for w in bare.wrong] == [
        (w.name, w.message) for w in whole.wrong
    ]


def test_nothing_in_the_zip_gives_an_answer_away(teacher):
    folder = unpacked(teacher)
    written = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert b"def tanh_grad(x):" in written and b"It depends on y alone" in written
    for secret in ("cosh", "_private", "gives it away", "np.tanh", "a message that"):
        assert secret.encode() not in written
    assert b"def wrong" not in written and b"rng.normal" not in written
    assert str(teacher.parent).encode() not in written


def test_the_same_course_gives_the_same_bytes_anywhere(teacher):
    main(["pack", "teacher", "--out", "one.zip"])
    Path("deep").mkdir()
    teacher.rename("deep/teacher")
    os.utime("deep/teacher/16_tanh_grad.py", (0, 0))
    command = [sys.executable, "-m", "tinygraph", "pack", "deep/teacher"]
    env = {**os.environ, "PYTHONHASHSEED": "1"}
    subprocess.run([*command, "--out", "two.zip"], check=True, env=env)
    assert Path("one.zip").read_bytes() == Path("two.zip").read_bytes()


def test_a_student_works_in_the_folder_as_before(student, capsys):
    file = Path("16_tanh_grad.py")
    assert "Look at 0." in typed(capsys, "hint", "16")[1]
    assert "not written yet" in typed(capsys, "check")[1]
    file.write_text(WRONG)
    code, out = typed(capsys, "check", "16")
    assert code == 1 and "a known mistake" in out
    assert "This is tanh itself: 0 at [0]." in out
    file.write_text(RIGHT)
    for words in ([], ["--seed", "11"], ["--seed", "random"], ["--verbose"]):
        assert typed(capsys, "check", "16", *words)[0] == 0
    assert "2 of 2" in typed(capsys, "progress")[1]
    assert typed(capsys, "reset", "16", "--yes")[0] == 0
    assert "NotImplementedError" in file.read_text()


def test_a_mistake_that_is_not_catalogued_is_described(student, capsys):
    Path("16_tanh_grad.py").write_text(
        WRONG.replace("np.tanh(x)", "2 - 2 * np.tanh(x) ** 2")
    )
    assert "2 times what it should be" in " ".join(typed(capsys, "check")[1].split())


def test_only_packed_seeds_can_be_checked(student, capsys):
    said = "16_tanh_grad has no answers for the seed 12: choose from 7, 8, 9, 10, 11"
    refused(capsys, said, "check", "16", "--seed", "12")


def test_the_folder_can_be_moved_and_unpacked_again(student, capsys):
    Path("16_tanh_grad.py").write_text(RIGHT)
    os.chdir("..")
    student.rename("other")
    with zipfile.ZipFile("../students.zip") as archive:
        archive.extractall()
    for file in Path("teacher-exercises/.tinygraph/course").iterdir():
        file.replace(Path("other/.tinygraph/course", file.name))
    os.chdir("other")
    assert typed(capsys, "check")[0] == 0
    assert Path("16_tanh_grad.py").read_text() == RIGHT


def test_a_notebook_works_as_well(teacher, capsys):
    os.chdir(unpacked(teacher))
    begin(capsys, "--notebook")
    assert "tanh_grad" in Path("exercises.ipynb").read_text()
    assert typed(capsys, "check", "16")[0] == 1
    assert not Path("16_tanh_grad.py").exists()


def test_accept_may_ask_the_reference(student, capsys):
    Path("16_tanh_grad.py").write_text(NEARLY)
    code, out = typed(capsys, "check")
    assert code == 0 and "note: near enough" in out


def test_accept_that_needs_what_the_reference_needs_is_left_out(teacher, capsys):
    path = teacher / "16_tanh_grad.py"
    path.write_text(OWN.replace("tanh_grad(x), atol", "1 / _private(x) ** 2, atol"))
    folder = unpacked(teacher)
    said = "16_tanh_grad was packed without `accept`"
    assert said in " ".join(capsys.readouterr().out.split())
    written = (folder / ".tinygraph/course/16_tanh_grad.packed").read_bytes()
    assert b"cosh" not in written and b"accept" not in written


EXPLAIN = """

def explain(name, yours, right, x):
    return f"the right slope at 0 is {CALL:.3g}"
"""


def test_explain_may_ask_the_reference_and_not_its_functions(tmp_path, teacher):
    told = packed(OWN + EXPLAIN.replace("CALL", "tanh_grad(x).flat[0]"), tmp_path)
    x = told.case(7, 0)[0]
    assert told.explain("tanh_grad", x, x, x) == "the right slope at 0 is 1"
    assert told.explain("tanh_grad", x, x, x + 1) == ""
    written = (tmp_path / "16_tanh_grad.packed").read_bytes()
    assert b"cosh" not in written and b"def explain" in written
    bare = packed(OWN + EXPLAIN.replace("CALL", "_private(x).flat[0]"), tmp_path)
    assert bare.explain is None


def test_accept_that_asks_for_unknown_inputs_accepts_nothing(tmp_path):
    bare = packed(OWN.replace("tanh_grad(x), atol", "tanh_grad(x + 1), atol"), tmp_path)
    assert bare.accept("tanh_grad", bare.case(7, 0)[0], *bare.case(7, 0)) is None


def test_a_solution_is_packed_only_if_the_teacher_says_so(student, capsys):
    Path("16_tanh_grad.py").write_text(RIGHT)
    assert "solution" not in typed(capsys, "check")[1]
    code, out = typed(capsys, "solution", "16")
    assert (code, out) == (1, "there are no solutions in teacher\n")


COURSE = 'name = "Nets"\nexercises = ["16_tanh_grad.py"]\ntimezone = "UTC"\n'


def course_with(teacher: Path, line: str) -> Path:
    (teacher / "course.toml").write_text(COURSE + line)
    return teacher / "course.toml"


def test_solutions_can_be_packed_when_they_are_open(teacher, capsys):
    os.chdir(
        unpacked(course_with(teacher, "solutions = 2020-01-01"), "--with-solutions")
    )
    begin(capsys)
    Path("16_tanh_grad.py").write_text(RIGHT)
    assert "solution: tinygraph solution 16" in typed(capsys, "check")[1]
    assert "_private" in typed(capsys, "solution", "16")[1]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("solutions = false", "the solutions of Nets are off"),
        ("solutions = 2999-12-31", "the solutions of Nets open on 2999-12-31"),
    ],
)
def test_solutions_cannot_be_packed_before(teacher, capsys, line, said):
    course = str(course_with(teacher, line))
    words = ["pack", course, "--out", "x.zip", "--with-solutions"]
    refused(capsys, said, *words)
    assert not Path("x.zip").exists()


def test_before_the_date_the_solution_is_not_in_the_folder(teacher, capsys):
    folder = unpacked(course_with(teacher, "solutions = 2999-12-31"))
    os.chdir(folder)
    begin(capsys)
    out = typed(capsys, "solution", "16")[1]
    assert out == "the solution of 16 tanh_grad opens on 2999-12-31 00:00 UTC\n"


def test_after_the_date_a_pack_without_solutions_says_so(teacher, capsys):
    os.chdir(unpacked(course_with(teacher, "solutions = 2020-01-01")))
    begin(capsys)
    assert "not in what your teacher gave out" in typed(capsys, "solution", "16")[1]


def test_a_course_file_without_packing_closes_solutions_too(teacher, capsys):
    course = course_with(teacher, "solutions = 2999-12-31\nimports = []")
    begin(capsys, "lab", "--exercises", str(course))
    os.chdir("lab")
    Path("16_tanh_grad.py").write_text(RIGHT)
    assert "only the standard library is allowed" in " ".join(
        typed(capsys, "check")[1].split()
    )
    for _ in range(3):
        out = typed(capsys, "hint", "16")[1]
    assert "no more hints\n" in out
    assert "opens on 2999-12-31 00:00 UTC" in typed(capsys, "solution", "16")[1]


def test_a_solution_opens_at_its_moment(teacher, monkeypatch):
    course = read_course(course_with(teacher, "solutions = 2026-12-07T12:00:00"))
    moment = datetime(2026, 12, 7, 12, tzinfo=UTC)
    assert course.solutions_are_open(moment)
    assert not course.solutions_are_open(moment.replace(hour=11, minute=59))


def test_due_dates_and_weights_are_told(teacher):
    line = "due = 2026-11-30\n"
    folder = unpacked(course_with(teacher, line))
    assert folder.name == "Nets-exercises"
    said = (folder / "START-HERE.md").read_text()
    assert "| 16_tanh_grad | The slope of \\tanh | 2 | 2026-11-30 23:59 |" in said
    inner = (folder / ".tinygraph/course/course.toml").read_text()
    assert read_course(folder / ".tinygraph/course/course.toml").name == "Nets"
    assert "teacher" not in inner


@pytest.mark.parametrize("name", ['a "quoted" name', "Übung 1 \\ 2", "\x7f/..", "…"])
def test_a_course_may_have_any_name(teacher, capsys, name):
    course = course_with(teacher, "")
    text = name.replace("\\", "\\\\").replace('"', '\\"').replace("\x7f", "\\u007f")
    course.write_text(COURSE.replace("Nets", text))
    folder = unpacked(course)
    assert folder.parent == Path("student").resolve()
    assert read_course(folder / ".tinygraph/course/course.toml").name == name


@pytest.mark.parametrize("content", [b"", b"\0" * 20, b"PK\3\4", b"{}"])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "16_tanh_grad.packed"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"16_tanh_grad\.packed is damaged: unpack"):
        read_packed(path)


def test_a_file_that_was_cut_off_is_damaged(tmp_path):
    packed(OWN, tmp_path)
    path = tmp_path / "16_tanh_grad.packed"
    whole = path.read_bytes()
    for length in range(0, len(whole), 1501):
        path.write_bytes(whole[:length])
        with pytest.raises(FileError, match="is damaged"):
            read_packed(path)


def test_a_module_that_the_student_lacks_is_named(tmp_path):
    packed(OWN.replace("import math", "import graphlib"), tmp_path)
    path = tmp_path / "16_tanh_grad.packed"
    path.write_bytes(path.read_bytes().replace(b"import graphlib", b"import no_graph"))
    with pytest.raises(ArgumentError, match="No module named 'no_graph'"):
        read_packed(path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pack", "nowhere", "--out", "x.zip"], "nowhere cannot be read"),
        (["pack", ".", "--out", "x.zip"], "has neither a course.toml nor exercises"),
        (["pack", "teacher"], "--out"),
        (["pack", "teacher", "--out", "no/x.zip"], "the folder"),
    ],
)
def test_wrong_words_are_explained(teacher, capsys, words, said):
    refused(capsys, said, *words)


def test_why_a_solution_is_closed_needs_no_course(folder):
    work = hints.Workspace(folder)
    assert hints.why_closed(work, exercise("09")) == ""
