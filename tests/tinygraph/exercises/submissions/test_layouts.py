"""One class in every layout in which learning platforms give it: the same grades."""

import os

import pytest
from hand_ins import (
    CLASS,
    EXERCISES,
    FIRST,
    FORMATS,
    MSE,
    SECOND,
    SOFTMAX,
    WRONG,
    tarred,
    unpacked,
    zip_path,
    zipped,
)
from handed_in import notebook, put

from tinygraph.errors import ArgumentError, FileError
from tinygraph.exercises.grading.grade import grade_all
from tinygraph.exercises.grading.task import plan_tasks
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.submissions.folders import find_submissions, read_submission
from tinygraph.exercises.submissions.submission import Source, Submission

TEXTS = {
    (student, exercise.id): work.get(f"{exercise.id}.py", b"")
    for student, work in CLASS.items()
    for exercise in EXERCISES
}


def class_in(path) -> dict[str, Submission]:
    return {own.student: own for own in find_submissions(path, EXERCISES)}


def sources_of(path) -> dict[tuple[str, str], Source]:
    return {
        (own.student, exercise.id): own.source(exercise)
        for own in find_submissions(path, EXERCISES)
        for exercise in EXERCISES
    }


def only(own: Submission, number: int = 0) -> Source:
    return own.source(EXERCISES[number])


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_has_the_same_students_with_the_same_texts(name, tmp_path):
    found = sources_of(FORMATS[name](tmp_path / "class"))
    assert {key: source.text for key, source in found.items()} == TEXTS
    for (student, exercise), source in found.items():
        if student in ("Carl", "Emil") and exercise == "01_mse":
            only_essay = ", only " * (student == "Emil")
            assert source.reason.startswith(f"no {FIRST} was handed in{only_essay}")
    assert "is empty" in found["Zoë", "09_softmax_vjp"].reason


@pytest.mark.parametrize("name", ["folders", "Moodle", "Canvas"])
def test_the_same_points_in_each_format(name, tmp_path):
    handed_in = find_submissions(FORMATS[name](tmp_path / "class"), EXERCISES)
    rows = grade_all(plan_tasks(handed_in, EXERCISES, b"secret", Limits()), 2)
    full, half = (exercise.points for exercise in EXERCISES)
    points = {
        student: tuple(row.points for row in rows if row.student == student)
        for student in CLASS
    }
    assert len(rows) == 12
    assert points.pop("Ben")[0] == full
    assert points == {
        "Anna Müller": (full, half),
        "Carl": (0, half),
        "Dora": (0, half),
        "Emil": (0, 0),
        "Zoë": (full, 0),
    }


def test_what_the_grader_wrote_beside_an_archive_is_nobodys(tmp_path):
    put(tmp_path / "anna.zip.grades" / "secret", b"4711")
    zipped({FIRST: MSE}, tmp_path / "anna.zip")
    assert list(class_in(tmp_path)) == ["anna"]


@pytest.mark.parametrize("name", ["Moodle", "Canvas", "Blackboard", "Gradescope"])
def test_the_archive_of_a_platform_may_be_alone_in_a_folder(name, tmp_path):
    FORMATS[name](tmp_path / "class")
    assert list(class_in(tmp_path)) == list(CLASS)


def test_an_archive_that_is_alone_may_be_a_students(tmp_path):
    zipped({f"work/{FIRST}": MSE, f"more/{SECOND}": SOFTMAX}, tmp_path / "anna.zip")
    assert list(class_in(tmp_path)) == ["anna"]
    put(tmp_path / "anna.zip", b"PK")
    assert "cannot be read" in only(class_in(tmp_path)["anna"]).reason


def test_a_link_to_an_archive_is_not_followed(tmp_path):
    target = FORMATS["Moodle"](tmp_path / "elsewhere")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "anna.zip").symlink_to(target)
    own = class_in(tmp_path / "class")
    assert list(own) == ["anna"] and "symbolic link" in only(own["anna"]).reason


def test_a_text_online_belongs_to_the_student_who_also_handed_in_a_file(tmp_path):
    put(tmp_path / "Ann B_7_assignsubmission_file_" / FIRST, MSE)
    put(tmp_path / "Ann B_7_assignsubmission_onlinetext_" / "onlinetext.html", b"Hi")
    put(tmp_path / "Cem_8_assignsubmission_onlinetext_" / "onlinetext.html", b"Hi")
    found = class_in(tmp_path)
    assert list(found) == ["Ann B", "Cem"] and only(found["Ann B"]).text == MSE
    said = f"no {FIRST} was handed in, only onlinetext.html"
    assert only(found["Cem"]).reason == said


def test_two_students_of_one_name_stay_apart(tmp_path):
    put(tmp_path / "Ann_7_assignsubmission_file_" / FIRST, MSE)
    put(tmp_path / "Ann_8_assignsubmission_file_" / FIRST, WRONG)
    put(tmp_path / "Participant_9_assignsubmission_file_" / FIRST, MSE)
    assert list(class_in(tmp_path)) == ["Ann 7", "Ann 8", "Participant"]


def test_a_group_on_gradescope_is_a_row_for_each(tmp_path):
    put(tmp_path / "submission_1" / FIRST, MSE)
    put(tmp_path / "submission_2" / FIRST, WRONG)
    text = "submission_1:\n  :submitters:\n  - :name: 'Ann'\n  - :name: Ben\n"
    put(tmp_path / "submission_metadata.yml", text.encode())
    found = class_in(tmp_path)
    assert list(found) == ["Ann", "Ben", "submission_2"]
    assert only(found["Ann"]).text == only(found["Ben"]).text == MSE


@pytest.mark.parametrize(
    "name", ["01_mse (1).py", "01_mse-1.py", "01_MSE.PY", "01_mse - Copy.py"]
)
def test_names_that_browsers_and_windows_make_count_with_a_note(name, tmp_path):
    put(tmp_path / "anna" / name, MSE)
    zipped({name: MSE}, tmp_path / "ben.zip")
    for own in class_in(tmp_path).values():
        assert only(own).text == MSE
        assert only(own).notes == (f"taken from the file {name}",)


def test_of_two_files_the_newest_is_graded_and_it_is_said(tmp_path):
    for name, text, seconds in ((FIRST, MSE, 9e8), ("01_mse (1).py", WRONG, 8e8)):
        path = put(tmp_path / "anna" / name, text)
        os.utime(path, (seconds, seconds))
    source = only(class_in(tmp_path)["anna"])
    assert source.text == MSE
    assert source.notes == (
        f"of 2 files for this exercise, the newest is graded: {FIRST}, not "
        "01_mse (1).py",
    )
    os.utime(tmp_path / "anna" / FIRST, (7e8, 7e8))
    assert only(class_in(tmp_path)["anna"]).text == WRONG


def test_a_second_upload_to_canvas_is_newer_whenever_it_was_written(tmp_path):
    for name, text, seconds in (("01_mse-1.py", MSE, 7e8), (FIRST, WRONG, 8e8)):
        path = put(tmp_path / f"annb_12_900_{name}", text)
        os.utime(path, (seconds, seconds))
    assert only(class_in(tmp_path)["annb"]).text == MSE


def test_the_last_attempt_on_blackboard_is_graded(tmp_path):
    for day, text in (("01", WRONG), ("03", MSE), ("02", WRONG)):
        put(tmp_path / f"A_ann_attempt_2026-11-{day}-10-00-00_{FIRST}", text)
    put(tmp_path / "A_ben_attempt_2026-11-03-10-00-00.txt", b"Name: Ben")
    found = class_in(tmp_path)
    assert only(found["ann"]).text == MSE
    assert ", only A_ben_attempt" in only(found["ben"]).reason


def test_an_untouched_stub_does_not_replace_an_older_answer(tmp_path):
    put(tmp_path / "anna" / FIRST, MSE)
    os.utime(tmp_path / "anna" / FIRST, (7e8, 7e8))
    stub = "def mse(target, output):\n    raise NotImplementedError"
    put(tmp_path / "anna" / "all.ipynb", notebook(stub))
    source = only(class_in(tmp_path)["anna"])
    assert source.text == MSE and "not all.ipynb" in source.notes[0]


def test_equal_files_need_no_note(tmp_path):
    put(tmp_path / "anna" / FIRST, MSE)
    zipped({FIRST: MSE}, tmp_path / "anna" / "all.zip")
    assert only(class_in(tmp_path)["anna"]).notes == ()


def test_a_note_reaches_the_row(tmp_path):
    put(tmp_path / "anna" / "01_MSE.PY", MSE)
    handed_in = find_submissions(tmp_path, EXERCISES[:1])
    (row,) = grade_all(plan_tasks(handed_in, EXERCISES[:1], b"secret", Limits()))
    assert row.status == "passed" and row.notes == ["taken from the file 01_MSE.PY"]


def nested(times: int) -> bytes:
    text = zipped({FIRST: MSE})
    for _ in range(times):
        text = zipped({"again.zip": text})
    return text


BOMB = tarred({"a.txt": bytes(99 * 2**20)})  # three of them are too much
ANSWER = zipped({FIRST: MSE})
HOSTILE = {
    "a bomb in a tar": (lambda: tarred({FIRST: bytes(101 * 2**20)}), ".tgz"),
    "a long file in a tar": (lambda: tarred({FIRST: bytes(2**21)}), ".tar.gz"),
    "a tar that leads out": (lambda: tarred({f"../../{FIRST}": MSE}), ".tar"),
    "an absolute tar": (lambda: tarred({f"/tmp/{FIRST}": MSE}), ".tar"),
    "half a tar": (lambda: tarred({FIRST: os.urandom(9999)})[:2000], ".tar.gz"),
    "an empty tar": (lambda: b"", ".tar"),
    "zips without end": (lambda: nested(3), ".zip"),
    "a broken zip in a zip": (lambda: zipped({"all.zip": b"PK"}), ".zip"),
    "a deep path in a zip": (lambda: zipped({"a/" * 30_000 + FIRST: MSE}), ".zip"),
    "a deep path in a tar": (lambda: tarred({"a/" * 10**6 + FIRST: MSE}), ".tar.gz"),
    "many bombs": (
        lambda: zipped({f"{n}.tgz": BOMB for n in range(40)} | {"z.zip": ANSWER}),
        ".zip",
    ),
    "an empty archive": (lambda: zipped({}), ".zip"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_archive_is_the_row_of_one_student(what, tmp_path):
    make, ending = HOSTILE[what]
    put(tmp_path / f"ben{ending}", make())
    put(tmp_path / "anna" / FIRST, MSE)
    before = sorted(tmp_path.rglob("*"))
    found = class_in(tmp_path)
    assert list(found) == ["anna", "ben"] and only(found["anna"]).text == MSE
    reason = only(found["ben"]).reason
    assert reason and "was handed in" not in reason and not only(found["ben"]).text
    assert sorted(tmp_path.rglob("*")) == before


def test_zips_in_zips_are_read_as_deep_as_the_documentation_says(tmp_path):
    put(tmp_path / "anna.zip", nested(2))
    assert only(class_in(tmp_path)["anna"]).text == MSE


def test_a_row_without_a_file_says_so_before_what_else_could_not_be_read(tmp_path):
    put(tmp_path / "anna" / FIRST, MSE)
    (tmp_path / "anna" / "data").symlink_to("/etc")
    (tmp_path / "ben").symlink_to("/etc")
    found = class_in(tmp_path)
    link = "is a symbolic link, which is not followed"
    said = f"no {SECOND} was handed in; data {link}"
    assert only(found["anna"], 1).reason == said
    assert only(found["ben"]).reason == f"ben {link}"


def test_one_students_entry_does_not_spoil_the_archive_of_the_class(tmp_path):
    files = {f"../ben/{FIRST}": MSE, f"anna/{FIRST}": MSE, "carl/all.zip": b"PK"}
    found = class_in(zip_path(files, tmp_path / "class"))
    assert only(found["anna"]).text == MSE
    assert "leads outside" in only(found["ben"]).reason
    assert "all.zip cannot be read as a zip file" in only(found["carl"]).reason


def test_an_archive_of_a_class_that_cannot_be_read(tmp_path):
    with pytest.raises(FileError, match="cannot be read as a zip file"):
        find_submissions(put(tmp_path / "class.zip", b"PK"), EXERCISES)
    with pytest.raises(ArgumentError, match="--single"):
        find_submissions(zip_path(CLASS["Ben"], tmp_path / "ben"), EXERCISES)


def test_the_archive_of_one_student(tmp_path):
    path = zip_path({f"work/{SECOND}": SOFTMAX}, tmp_path / "ben")
    own = read_submission(path, EXERCISES)
    assert own.student == "ben" and only(own, 1).text == SOFTMAX
    own = read_submission(unpacked(CLASS["Ben"], tmp_path / "work"), EXERCISES)
    assert own.student == "work" and only(own).text == MSE


def test_students_are_sorted_as_a_reader_looks_for_them(tmp_path):
    names = [
        "Łukasz",
        "Mai",
        "Muller",
        "müller",
        "Müller",
        "MULLER A",
        "s2",
        "s10",
        "Zoë",
    ]
    for name in names:
        put(tmp_path / name / FIRST, MSE)
    assert list(class_in(tmp_path)) == [
        *("Łukasz", "Mai", "Muller", "Müller", "müller", "MULLER A", "s2", "s10", "Zoë")
    ]
