"""The roster of a class, as Moodle, Canvas and people write one."""

import pytest
from together import together

from tinygraph.errors import ArgumentError, FileError
from tinygraph.exercises.course.names import Person, find_person
from tinygraph.exercises.course.roster import attendance_of, read_roster
from tinygraph.exercises.submissions.submission import Source, Submission

MOODLE = "First name,Last name,ID number,Email address,Groups\nAnn,Müller,11,a@b.de,A"
MOODLE_DE = "Vorname;Nachname;ID-Nummer;E-Mail-Adresse\nAnn;Müller;11;a@b.de"
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade\n"
    'Participant 4711,"Ann Müller",a@b.de,Submitted,-,10'
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,MSE (77)\n"
    '    Points Possible,,,,,10\n"Müller, Ann",11,u5,a@b.de,1,\n"Student, Test",9,,,1,'
)
BOTH = Person("Ann Müller", "11", "a@b.de")
PEOPLE = (
    Person("Müller, Ann", "0042", "am12@uni.de", "mullera"),
    Person("Ben van Dyk", "43", "ben@uni.de"),
    Person("O'Brien, Cara", "44"),
    Person("Lee, Ann (45)", "45"),
    Person("Lee, Ann (46)", "46"),
    Person("Łukasz Żak", "47"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MOODLE, Person("Ann Müller", "11", "a@b.de", section="A")),
        (MOODLE_DE, BOTH),
        (MOODLE.replace(",", "\t"), Person("Ann Müller", "11", "a@b.de", section="A")),
        ("sep=;\n" + MOODLE_DE, BOTH),
        (WORKSHEET, Person("Ann Müller", "", "a@b.de", identifier="Participant 4711")),
        (CANVAS, Person("Müller, Ann", "11", "a@b.de", "a@b.de", "1", "u5", "11")),
        ("student\nAnn Müller\n\n", Person("Ann Müller")),
        ("Name; Matrikel-Nr. \n Ann  Müller ;11", Person("Ann Müller", "11")),
        ("STUDENT_ID,E-MAIL\n11,a@b.de", Person("a@b.de", "11", "a@b.de")),
        ("Name,id\nAnn Müller,11\nAnn Müller,11\n,", Person("Ann Müller", "11")),
    ],
)
@pytest.mark.parametrize("code", ["utf-8-sig", "utf-8", "cp1252", "utf-16"])
def test_one_student_in_many_spellings(tmp_path, text, expected, code):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.replace("\n", "\r\n").encode(code))
    assert read_roster(path).people == (expected,)


def test_students_of_the_same_name_have_their_numbers(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("name,id\nAnn Lee,1\nAnn Lee,2\nBen,3")
    names = [person.name for person in read_roster(path).people]
    assert names == ["Ann Lee (1)", "Ann Lee (2)", "Ben"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty: its first line must name the columns"),
        ("Ann Lee\nBen", "has no column of names: its first line must name"),
        ("points;grade\n1;2", "such as student;id;email, and is 'points', 'grade'"),
        ("student;id\n", "names no student below its first line"),
        ("Student\n    Points Possible", "names no student"),
    ],
)
def test_what_is_no_roster_is_said(tmp_path, text, said):
    path = tmp_path / "roster.csv"
    path.write_text(text)
    with pytest.raises(ArgumentError, match=said):
        read_roster(path)
    with pytest.raises(FileError):
        read_roster(tmp_path / "none.csv")


@together(
    ("written", "number", "expected"),
    [
        ("Müller, Ann", "", 0),
        ("Ann Müller", "", 0),
        ("Ann Mu\u0308ller", "", 0),
        ("ann_mueller", "", 0),
        ("mullerann", "", 0),
        ("muellerann", "", 0),
        ("MULLER Ann", "", 0),
        ("0042", "", 0),
        ("Ann Müller 0042", "", 0),
        ("AM12@uni.de", "", 0),
        ("am12", "", 0),
        ("mullera", "", 0),
        ("vandykben", "", 1),
        ("van Dyk, Ben", "", 1),
        ("obriencara", "", 2),
        ("lukasz zak", "", 5),
        ("leeann", "46", 4),
        ("Ann Lee", "45", 3),
        ("Ann Lee", "", "the name fits Lee, Ann (45) and Lee, Ann (46)"),
        ("Ben van Dijk", "", "the closest name is Ben van Dyk"),
        ("Benn", "43", "the closest name is Ben van Dyk"),
        ("ben", "", 1),
        ("Xaver", "46", ""),
        ("42", "", ""),
        ("_", "", ""),
    ],
)
def test_who_is_meant_by_a_name(written, number, expected):
    found = find_person(written, PEOPLE, number)
    assert found == (PEOPLE[expected] if isinstance(expected, int) else expected)


def test_what_a_platform_calls_a_student_counts_more_than_the_name():
    people = [
        Person("Ann", identifier="Teilnehmer/in 7"),
        Person("Ben", identifier="8"),
        Person("Cara", "9"),
    ]
    assert find_person("Participant 7", people, "Participant 7") == people[0]
    assert find_person("zakukasz", people, "8") == people[1]
    assert find_person("Xaver", people, "Participant 8") == ""
    assert find_person("Xaver", people, "9") == ""


def test_absent_students_strangers_and_two_hand_ins_of_one_student(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("name,id\nAnn Lee,1\nBen Koch,2\n")
    first, second = Source("a.py", b"1"), Source("b.py", b"2")
    handed_in = [
        Submission("Lee, Ann", identifier="5", found={"01": [first]}),
        Submission("ann lee", reason="x.zip is broken", found={"01": [second]}),
        Submission("Kochh Ben", others=["x.txt"]),
    ]
    found = attendance_of(handed_in, read_roster(path))
    assert [own.student for own in found.submissions] == [
        "Ann Lee",
        "Ben Koch",
        "Kochh Ben",
    ]
    ann = found.submissions[0]
    assert ann.found == {"01": [first, second]} and ann.reason == "x.zip is broken"
    assert found.people["Ann Lee"] == Person("Ann Lee", "1", identifier="5")
    assert found.strangers == {"Kochh Ben": "the closest name is Ben Koch"}


def test_without_a_roster_everybody_is_who_they_say():
    own = Submission("ann", identifier="5")
    found = attendance_of([own], None)
    assert found.submissions == [own] and found.strangers == {}
    assert found.people == {"ann": Person("ann", identifier="5")}


def test_what_a_roster_calls_a_student_stays(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("Identifier,Full name\nTeilnehmer/in 7,Ann")
    own = Submission("Ann", identifier="Participant 7")
    people = attendance_of([own], read_roster(path)).people
    assert people["Ann"].identifier == "Teilnehmer/in 7"
