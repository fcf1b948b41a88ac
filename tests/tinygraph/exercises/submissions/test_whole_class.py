"""A class of 60 with 15 exercises: 60 x 15 rows with the same work in every format."""

import pytest
from generated_class import STUDENTS, generated_class
from hand_ins import FORMATS, Work, named_by_pattern, of_class, unpacked
from handed_in import notebook

from tinygraph.exercises.catalogue import shipped_exercises
from tinygraph.exercises.grading.grade import grade_all
from tinygraph.exercises.grading.normal_form import normal_form
from tinygraph.exercises.grading.task import plan_tasks
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.submissions.folders import find_submissions
from tinygraph.exercises.submissions.submission import Source

EXERCISES = shipped_exercises()
WORK, KINDS = generated_class()


def rows_of(path, names=None) -> dict[tuple[str, str], Source]:
    """The source of every row of a class."""
    return {
        (own.student, exercise.id): own.source(exercise)
        for own in find_submissions(path, EXERCISES, names)
        for exercise in EXERCISES
    }


def assert_everything_is_there(found: dict[tuple[str, str], Source]) -> None:
    assert len(found) == STUDENTS * len(EXERCISES) and found.keys() == KINDS.keys()
    for (student, exercise), source in found.items():
        assert source.text == WORK[student].get(f"{exercise}.py", b"")
        without = KINDS[student, exercise] in ("absent", "empty")
        assert bool(source.reason) == without == (not source.text)
        assert source.reason or not source.notes or "taken from" in source.notes[0]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format(name, tmp_path):
    assert_everything_is_there(rows_of(FORMATS[name](tmp_path / "class", WORK)))


def test_another_layout_with_a_pattern(tmp_path):
    path = unpacked(of_class(named_by_pattern, WORK), tmp_path / "class")
    pattern = r"week 1/k\d+ (?P<student>.+?)/.*"
    assert_everything_is_there(rows_of(path, pattern))


def as_notebook(work: Work) -> bytes:
    return notebook(*(text.decode() for text in work.values()))


def test_notebooks_have_the_same_answers(tmp_path):
    files = {f"{student}.ipynb": as_notebook(work) for student, work in WORK.items()}
    found = rows_of(unpacked(files, tmp_path / "class"))
    assert found.keys() == KINDS.keys()
    functions = {exercise.id: exercise.references for exercise in EXERCISES}
    for (student, exercise), source in found.items():
        text = WORK[student].get(f"{exercise}.py", b"")
        assert bool(source.text) == bool(text) == (not source.reason)
        forms = [normal_form(t, functions[exercise]) for t in (source.text, text)]
        assert forms[0] == forms[1], (student, exercise)


def test_points_are_those_of_the_work(tmp_path):
    some = dict(list(WORK.items())[:3])
    handed_in = find_submissions(FORMATS["Canvas"](tmp_path / "c", some), EXERCISES)
    rows = grade_all(plan_tasks(handed_in, EXERCISES, b"secret", Limits()), 2)
    assert len(rows) == 3 * len(EXERCISES)
    statuses = {"right": "passed", "stub": "stub", "broken": "error"}
    statuses |= {"absent": "missing", "empty": "missing"}
    for row in rows:
        kind = KINDS[row.student, row.exercise]
        assert (row.points == row.maximum) == (kind == "right"), row
        assert row.status == statuses.get(kind, row.status), row
