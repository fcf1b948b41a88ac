"""Feedback: each student's own page, and nothing of anybody else."""

import argparse
import csv

import pytest
from graded_rows import CHECKS, ROWS, STRANGE
from handed_in import NAME, put
from html_pages import Page

from tinygraph.errors import FileError
from tinygraph.exercises.grading.command import add_grade
from tinygraph.exercises.grading.csv_report import without_formula
from tinygraph.exercises.grading.feedback_pages import page_name, write_feedback
from tinygraph.exercises.grading.gradescope_report import write_gradescope
from tinygraph.exercises.grading.row import Row, by_student
from tinygraph.exercises.language import use_language

CLASS = [
    Row("Anna", "01_mse", 2.0, 2.0, "passed", checks=[("shape", True)]),
    Row("Anna", "09_softmax_vjp", 0.5, 4.0, "failed", "wrong_x", "The <sign>.", case=3,
        seed=11, checks=CHECKS, notes=["taken from the file 9.py"]),
    Row("Ben", "01_mse", 0.0, 2.0, "missing", message="no 01_mse.py was handed in"),
    Row("Ben", "09_softmax_vjp", 1.0, 4.0, "timeout", "timeout", "took over 10 s"),
]  # fmt: skip


def pages_of(rows, folder) -> dict[str, Page]:
    """The page of each student, by the name in the list of pages."""
    write_feedback(folder, rows)
    with (folder / "index.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file, strict=True))
    files = {path.name for path in folder.iterdir()}
    assert files == {"index.csv", *(line["file"] for line in lines)}
    return {
        line["student"]: Page((folder / line["file"]).read_text(encoding="utf-8"))
        for line in lines
    }


def test_a_student_reads_points_and_reasons(tmp_path):
    page = pages_of(CLASS, tmp_path)["Anna"]
    assert page.found["h1"] == ["Anna"]
    assert page.found["p"][0] == "2.5 of 6 points"
    assert page.found["td"] == [
        *("2 of 2", "right in all cases", "0.5 of 4", "not right yet")
    ]
    assert "09 softmax_vjp: 0.5 of 4" in page.found["h2"]
    told = "The <sign>.\ncase 3, seed 11\ntaken from the file 9.py"
    assert told in page.found["p"]
    assert page.found["code"] == ["tinygraph check 09 --seed 11"]
    checks = ["✓ shape", "✓ shape", "✗ values", "✗ corner cases"]
    assert page.found["li"] == checks
    assert {f"#{place}" for place in page.attributes("id")} == {
        *page.attributes("href")
    }


NOTHING_RIGHT = [
    Row("Cem", "01_mse", 0.0, 2.0, "failed", "zero", "the result is always 0",
        checks=[("mse: shape", False), ("mse: values", False),
                ("mse: corner cases", False)]),
    Row("Cem", "02_a", 0.0, 2.0, "crashed", "crashed", "the program ended",
        checks=[("a: shape", False)]),
]  # fmt: skip


def test_what_was_not_counted_is_not_called_wrong(tmp_path):
    page = pages_of(NOTHING_RIGHT, tmp_path)["Cem"]
    assert page.found["li"] == [
        *("– mse: shape: not counted", "✗ mse: values"),
        *("– mse: corner cases: not counted", "– a: shape: not run"),
    ]


def test_a_page_names_the_course(tmp_path):
    write_feedback(tmp_path, CLASS, "Neural <networks>")
    page = Page((tmp_path / page_name("Anna")).read_text(encoding="utf-8"))
    assert page.found["title"] == ["Neural <networks>, Anna: 2.5 of 6 points"]
    assert page.found["div"][0] == "Neural <networks>"


def test_the_page_is_in_the_language_of_the_course(tmp_path):
    use_language("de")
    try:
        page = pages_of(CLASS, tmp_path)["Anna"]
    finally:
        use_language("en")
    assert ("html", {"lang": "de"}) in page.tags
    assert page.found["p"][0] == "2.5 von 6 Punkten"
    assert page.found["td"][1::2] == ["in allen Fällen richtig", "noch nicht richtig"]
    assert "✗ Werte" in page.found["li"]


def test_nobody_reads_of_anybody_else(tmp_path):
    pages_of(CLASS, tmp_path)
    for student, other in (("Anna", "Ben"), ("Ben", "Anna")):
        text = (tmp_path / page_name(student)).read_text(encoding="utf-8")
        assert student in text and other not in text
        assert "wrong_x" not in text, "that is the teacher's"


def test_nothing_runs_and_nothing_of_a_student_becomes_a_tag(tmp_path):
    pages = pages_of([*ROWS, *STRANGE], tmp_path)
    assert len(pages) == len(by_student([*ROWS, *STRANGE]))
    for student, page in pages.items():
        assert not {"script", "link", "img", "iframe", "b"} & set(page.found), student
        policy = next(f["content"] for _, f in page.tags if "http-equiv" in f)
        assert "script-src 'none'" in policy and not page.open
    assert without_formula("=1+1") in pages


ALIKE = [
    "anna",
    "Anna",
    "ANNA",
    "änna",
    "a\u0308nna",
    "anna ",
    "an na",
    "an-na",
    "an_na",
]
ALIKE += [
    "../anna",
    "/anna",
    "a/../anna",
    "anna.html",
    "index",
    "CON",
    "",
    ".",
    "\ud800",
]
ALIKE += ["x" * 300, "x" * 299, "🎓" * 100, "山田" * 80, "a\0b", "anna\n"]


def test_names_that_are_alike_have_different_pages_on_every_system():
    names = [page_name(student) for student in ALIKE]
    assert len({name.casefold() for name in names}) == len(ALIKE)
    for name in names:
        assert len(name.encode()) < 255 and name.endswith(".html")
        stem = name.removesuffix(".html")
        assert all(c.isalnum() or c == "-" for c in stem), name
        assert not name.startswith("index.") and stem.rpartition("-")[2].isalnum()


def test_the_name_of_a_page_stays_when_the_class_changes(tmp_path):
    pages_of(CLASS, tmp_path / "a")
    pages_of(CLASS[2:], tmp_path / "b")
    assert (tmp_path / "a" / page_name("Ben")).read_bytes() == (
        tmp_path / "b" / page_name("Ben")
    ).read_bytes()


@pytest.mark.parametrize(
    "write", [write_feedback, lambda p, r: write_gradescope(p, r, "")]
)
def test_a_file_is_no_folder(write, tmp_path):
    put(tmp_path / "here", b"mine")
    for path in (tmp_path / "here", tmp_path / "here" / "deeper"):
        with pytest.raises(FileError, match=r"cannot make .*here"):
            write(path, CLASS)
    assert (tmp_path / "here").read_bytes() == b"mine"


def test_the_command_writes_them(tmp_path):
    put(tmp_path / "class" / "Ann" / NAME)
    parser = argparse.ArgumentParser()
    add_grade(parser.add_subparsers())
    words = [tmp_path / "class", "--exercise", "09", "--feedback", tmp_path / "told"]
    arguments = parser.parse_args(["grade", *map(str, words)])
    assert arguments.command(arguments) == 0
    assert sorted(path.name for path in (tmp_path / "told").iterdir()) == sorted(
        [page_name("Ann"), "index.csv"]
    )
