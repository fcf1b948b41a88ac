"""Points and comments of the teacher, in a file that survives grading."""

import pytest

from tinygraph.errors import ArgumentError
from tinygraph.exercises.course.names import Person
from tinygraph.exercises.course.overrides import Override, read_overrides

PEOPLE = [Person("Ann Lee", "1", "al@uni.de"), Person("Ben", "2")]
IDS = ["01_mse", "02_slopes"]


def overrides_of(tmp_path, text: str):
    path = tmp_path / "overrides.csv"
    path.write_text(text)
    return read_overrides(path, PEOPLE, IDS)


def test_overrides_by_name_number_and_address(tmp_path):
    found, wrong = overrides_of(
        tmp_path,
        "student,exercise,points,comment\nLee Ann,01,2.5,oral exam\n2,mse,0,\n"
        "al@uni.de,02,,well done\n",
    )
    assert not wrong
    assert list(found.values()) == [
        Override("Ann Lee", "01_mse", 2.5, "oral exam"),
        Override("Ben", "01_mse", 0, ""),
        Override("Ann Lee", "02_slopes", None, "well done"),
    ]


def test_a_german_spreadsheet_and_a_range(tmp_path):
    text = "\ufeffName;Aufgabe;Punkte;Kommentar\nBen;1-2;2,5;gut"
    found, wrong = overrides_of(tmp_path, text)
    points = [(o.student, o.exercise, o.points) for o in found.values()]
    assert points == [("Ben", "01_mse", 2.5), ("Ben", "02_slopes", 2.5)] and not wrong


def test_the_last_of_two_counts_and_it_is_said(tmp_path):
    head = "student,exercise,points"
    found, wrong = overrides_of(tmp_path, f"{head}\nBen,1,2\nBen,01,3\nBen,01,3")
    assert [override.points for override in found.values()] == [3]
    assert len(wrong) == 1 and wrong[0].endswith(
        "overrides.csv: line 2 is not applied, because line 3 is about 01_mse of Ben "
        "as well"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Benn,01,1,", "there is no student 'Benn'; the closest name is Ben"),
        ("Ben,99,1,", "there is no exercise '99': choose from 01 and 02"),
        ("Ben,slops,1,", "there is no exercise 'slops'; the nearest is slopes"),
        ("Ben,,1,", "'' names no exercise"),
        (",01,1,", "there is no student ''"),
        ("Ben,01,,", "it has neither points nor a comment"),
        ("Ben,01,two,", "'two' are not points: write a number such as 2.5"),
        ("Ben,01,-1,", "'-1' are not points"),
        ("Ben,01,nan,", "'nan' are not points"),
        ("Ben,01,inf,", "'inf' are not points"),
    ],
)
def test_a_line_that_is_wrong_is_said_and_the_others_count(tmp_path, line, said):
    head = "student,exercise,points,comment"
    found, wrong = overrides_of(tmp_path, f"{head}\n{line}\nBen,02,1,")
    assert len(found) == 1 and len(wrong) == 1
    assert "overrides.csv, line 2, is not applied: " in wrong[0] and said in wrong[0]


def test_a_column_that_is_missing(tmp_path):
    with pytest.raises(ArgumentError, match="has no column exercise: its first line"):
        overrides_of(tmp_path, "student,points\nBen,1")
