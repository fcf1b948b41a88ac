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
    unpacked,
    zip_path,
    zipped,
)
from handed_in import notebook, put

from tinygraph.errors import ArgumentError, FileError
from tinygraph.exercises.exercise import load
from tinygraph.exercises.grading.grade import grade_all
from tinygraph.exercises.grading.task import plan_tasks
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.submissions.file_names import exercise_named
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
    found = sources_of(FORMATS[name](tmp_path / "class", CLASS))
    assert {key: source.text for key, source in found.items()} == TEXTS
    for (student, exercise), source in found.items():
        if student in ("Carl", "Emil") and exercise == "01_mse":
            only_essay = ", only " * (student == "Emil")
            assert source.reason.startswith(f"no {FIRST} was handed in{only_essay}")
    assert "is empty" in found["Zoë", "09_softmax_vjp"].reason


@pytest.mark.parametrize("name", ["folders", "Moodle", "Canvas"])
def test_the_same_points_in_each_format(name, tmp_path):
    handed_in = find_submissions(FORMATS[name](tmp_path / "class", CLASS), EXERCISES)
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
    FORMATS[name](tmp_path / "class", CLASS)
    assert list(class_in(tmp_path)) == list(CLASS)


def test_an_archive_that_is_alone_may_be_a_students(tmp_path):
    zipped({f"work/{FIRST}": MSE, f"more/{SECOND}": SOFTMAX}, tmp_path / "anna.zip")
    assert list(class_in(tmp_path)) == ["anna"]
    put(tmp_path / "anna.zip", b"PK")
    assert "cannot be read" in only(class_in(tmp_path)["anna"]).reason


def test_a_link_to_an_archive_is_not_followed(tmp_path):
    target = FORMATS["Moodle"](tmp_path / "elsewhere", CLASS)
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


def test_a_text_or_a_link_on_canvas_is_handed_in_too(tmp_path):
    files = {"lee_88_text.html": b"Hi", "obrien_LATE_89_link.html": b"Hi"}
    files |= {"lee_88_901_01_mse.py": MSE, "emil.html": b"Hi"}
    found = class_in(zip_path(files, tmp_path / "class"))
    assert list(found) == ["emil", "lee", "obrien"] and only(found["lee"]).text == MSE
    assert found["lee"].identifier == "88" and only(found["obrien"]).text == b""
    assert only(found["obrien"]).reason.endswith("only link.html")


@pytest.mark.parametrize("inside", [".DS_Store", "__pycache__/a.pyc", ".git/x/y"])
def test_who_handed_in_only_what_systems_make_has_a_row(inside, tmp_path):
    path = f"Bob_127_assignsubmission_file_/{inside}"
    files = {path: b"x", f"Ann_128_assignsubmission_file_/{FIRST}": MSE}
    files |= {f"__MACOSX/{path}": b"x", ".DS_Store": b"x"}
    for place in (zip_path(files, tmp_path / "class"), unpacked(files, tmp_path / "d")):
        found = class_in(place)
        assert list(found) == ["Ann", "Bob"]
        assert only(found["Bob"]).reason == f"no {FIRST} was handed in"


def test_attempts_with_the_same_file_are_told_apart(tmp_path):
    files = {
        f"Week 1_ann_attempt_2026-11-0{day}-10-15-30_{FIRST}": MSE + b"#%d" % day
        for day in (2, 3)
    }
    (note,) = only(class_in(unpacked(files, tmp_path))["ann"]).notes
    assert f"graded: {FIRST} (2026-11-03 10:15:30), not {FIRST} (2026-11-02" in note


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


MADE_NAMES = [
    *("01_mse (1).py", "01_mse(2).py", "01_mse (1) (1).py", "01_mse-1.py"),  # browsers
    *("01_mse[1].py", "01_mse_1.py", "01_mse%20(1).py", "01_mse.py ", " 01_mse.py"),
    *("01_MSE.PY", "01_mse - Copy.py", "01_mse - Copy (2).py", "01_mse - Kopie.py"),
    *("01_mse - Copy - Copy.py", "01_mse.py.txt", "01_mse.py.py"),  # Windows
    *("01_mse copy.py", "01_mse copy 2.py", "01_mse 2.py"),  # macOS
    *("01_mse (copy).py", "01_mse (another copy).py", "01_mse (Kopie).py"),  # Linux
    *("Copy of 01_mse.py", "Kopie von 01_mse.py"),  # drives online
]


@pytest.mark.parametrize("name", MADE_NAMES)
def test_names_that_browsers_and_windows_make_count_with_a_note(name, tmp_path):
    put(tmp_path / "anna" / name, MSE)
    zipped({name: MSE}, tmp_path / "ben.zip")
    for own in class_in(tmp_path).values():
        assert only(own).text == MSE
        assert only(own).notes == (f"taken from the file {name}",)


@pytest.mark.parametrize(
    "name",
    [
        *("01_mse2.py", "01_mse_v2.py", "01_mse_final.py", "mse.py", "01_mse.pyc"),
        *("my 01_mse.py", "01_mse.py~", "01_mse.txt", "copy 01_mse.py", "01_mse_.py"),
    ],
)
def test_a_name_that_a_student_made_is_told_but_not_guessed(name, tmp_path):
    put(tmp_path / "anna" / name, MSE)
    source = only(class_in(tmp_path)["anna"])
    assert not source.text and name in source.reason


def test_a_copy_belongs_to_the_exercise_with_the_longest_name(tmp_path):
    for name in ("16_a", "16_a_2"):
        put(tmp_path / f"{name}.py", EXERCISES[0].source.encode())
    exercises = [load(tmp_path / "16_a.py"), load(tmp_path / "16_a_2.py")]
    names = {"16_a_2.py": 1, "16_a_2 (1).py": 1, "16_a (2).py": 0, "16_A_2.py": 1}
    for name, number in names.items():
        assert exercise_named(name, exercises) == exercises[number].id


def test_a_number_of_any_length_behind_a_name(tmp_path):
    name = f"01_mse ({'9' * 5000}).py"
    zipped({name: WRONG, FIRST: MSE}, tmp_path / "anna.zip")
    assert only(class_in(tmp_path)["anna"]).text == MSE


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


def test_names_on_blackboard_may_contain_underscores(tmp_path):
    for name in ("m_smith", "j_smith", "ann"):
        put(tmp_path / f"My_week_1_{name}_attempt_2026-11-03-10-00-00_{FIRST}", MSE)
    assert list(class_in(tmp_path)) == ["ann", "j_smith", "m_smith"]


def test_a_path_that_leads_outside_does_not_join_the_students(tmp_path):
    files = {f"class/{name}/{FIRST}": MSE for name in ("anna", "ben")}
    zipped({**files, f"../out/{FIRST}": MSE}, tmp_path / "class.zip")
    assert {"anna", "ben"} < class_in(tmp_path / "class.zip").keys()


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


def test_a_folder_with_the_name_of_a_file(tmp_path):
    (tmp_path / "anna" / FIRST).mkdir(parents=True)
    put(tmp_path / "ben" / FIRST / FIRST, MSE)
    found = class_in(tmp_path)
    assert only(found["anna"]).reason == f"{FIRST} is an empty folder"
    assert only(found["anna"], 1).reason == f"no {SECOND} was handed in"
    assert only(found["ben"]).text == MSE


def test_an_archive_that_is_not_read_may_have_held_what_is_missing(tmp_path):
    put(tmp_path / "anna" / FIRST, MSE)
    put(tmp_path / "anna" / "more.7z", b"7z")
    own = class_in(tmp_path)["anna"]
    said = "more.7z is an archive of a kind that is not read; .zip and .tar.gz are"
    assert only(own).text == MSE
    assert only(own, 1).reason == f"no {SECOND} was handed in; {said}"


def test_a_file_in_utf_16_is_converted_and_it_is_said(tmp_path):
    put(tmp_path / "anna" / FIRST, MSE.decode().encode("utf-16"))
    source = only(class_in(tmp_path)["anna"])
    assert source.text == MSE
    assert source.notes == ("converted from UTF-16, which Python cannot run",)


def test_files_that_systems_make_are_nobodys(tmp_path):
    for name in ("desktop.ini", "Thumbs.db", ".DS_Store", "~$essay.docx", "__MACOSX"):
        put(tmp_path / name, b"x")
    put(tmp_path / "anna" / FIRST, MSE)
    assert list(class_in(tmp_path)) == ["anna"]


def test_files_with_the_same_name_are_told_apart_by_their_folders(tmp_path):
    for folder, text, seconds in (("old", WRONG, 7e8), ("new", MSE, 8e8)):
        path = put(tmp_path / "anna" / folder / FIRST, text)
        os.utime(path, (seconds, seconds))
    source = only(class_in(tmp_path)["anna"])
    assert source.text == MSE
    assert f"graded: anna/new/{FIRST}, not anna/old/{FIRST}" in source.notes[0]


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
    with pytest.raises(FileError, match=r"class\.7z is neither a folder"):
        find_submissions(put(tmp_path / "class.7z", b"7z"), EXERCISES)
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
