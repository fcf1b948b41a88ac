"""The course file: what it may say, and one sentence for each mistake in it."""

from datetime import UTC, datetime, timedelta

import pytest

from tinygraph.errors import ArgumentError, FileError
from tinygraph.exercises.course import course as course_module
from tinygraph.exercises.course.course import Course, read_course
from tinygraph.exercises.course.late import ACCEPTED, REFUSED, LateRule, days_between

OWN = '"""Square a number."""\n\ndef square(x):\n    return x * x\n\n'
OWN += "def cases(rng, k):\n    return (rng.normal(),)\n"


@pytest.fixture
def course_of(tmp_path):
    """A function that reads a course with this text."""

    def read(text: str) -> Course:
        path = tmp_path / "course.toml"
        path.write_text(text, encoding="utf-8")
        return read_course(path)

    return read


def ids(course: Course) -> list[str]:
    return [exercise.id[:2] for exercise in course.exercises]


def test_the_example_in_the_documentation_of_the_module(course_of, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "16_layer_norm.py").write_text(OWN)
    lines = (course_module.__doc__ or "").split("\n\n")[2].splitlines()
    course = course_of("\n".join(line[4:] for line in lines))
    assert course.name == "Neural networks" and len(lines) <= 10
    assert ids(course) == [*(f"0{n}" for n in range(1, 10)), "16"]
    assert [course.weight_of("09_softmax_vjp"), course.weight_of("01_mse")] == [2, 1]
    assert course.due == datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)
    assert course.due_of("01_mse") == course.due
    assert course.late == LateRule(percent_per_day=10, at_most=50)
    assert course.imports == ("numpy",) and course.language == "en"
    assert not course.solutions_are_open(datetime(2026, 12, 6, 22, tzinfo=UTC))
    assert course.solutions_are_open(datetime(2026, 12, 6, 23, tzinfo=UTC))
    assert [e.id for e in course.load_exercises()][-1] == "16_layer_norm"


def test_an_empty_course_has_all_exercises_and_no_rules(course_of):
    course = course_of("")
    assert len(course.exercises) == 15 and course.name == "course"
    assert course.due is course.imports is None and course.late is ACCEPTED
    assert course.solutions_are_open() is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('exercises = ["08", "01-03"]', ["08", "01", "02", "03"]),
        ('exercises = ["1-3,softmax_vjp"]', ["01", "02", "03", "09"]),
        ('exercises = ["2-4", "03", {id = "02"}]', ["02", "03", "04"]),
        ('exercises = ["mse–softmax"]', ["01", "02", "03"]),
    ],
)
def test_exercises_have_the_order_of_the_list(course_of, text, expected):
    assert ids(course_of(text)) == expected


def test_a_later_entry_replaces_an_earlier_one(course_of):
    course = course_of('exercises = ["01-03", {id = "2-3", weight = 0.5}]')
    assert [e.weight for e in course.exercises] == [1, 0.5, 0.5]


def test_a_folder_of_exercises(course_of, tmp_path):
    (tmp_path / "own").mkdir()
    for name in ("b.py", "a.py", "_not.py"):
        (tmp_path / "own" / name).write_text(OWN)
    course = course_of('exercises = ["own"]')
    assert [exercise.path.name for exercise in course.exercises] == ["a.py", "b.py"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("due = 2026-07-01\ntimezone = 'Europe/Berlin'", (2026, 7, 1, 21, 59, 59)),
        ("due = 2026-12-01 12:00:00\ntimezone = 'UTC'", (2026, 12, 1, 12)),
        ("due = 2026-12-01T12:00:00+01:00", (2026, 12, 1, 11)),
        ("due = '2026-12-01 12:00+0100'", (2026, 12, 1, 11)),
        ("due = '2026-12-01'\ntimezone = 'UTC'", (2026, 12, 1, 23, 59, 59)),
    ],
)
def test_due_dates(course_of, text, expected):
    assert course_of(text).due == datetime(*expected, tzinfo=UTC)


def test_an_exercise_and_a_student_may_have_another_due_date(course_of):
    course = course_of(
        "timezone = 'UTC'\ndue = 2026-12-01\n"
        "exercises = ['01', {id = '02', due = 2026-12-02}]\n"
        "[extensions]\n'Ann Lee' = 2026-12-24"
    )
    days = [moment and moment.day for moment in map(course.due_of, ("01", "02_x"))]
    assert days == [1, 1]
    second = course.due_of("02_activation_grads")
    assert second is not None and second.day == 2
    assert course.extensions["Ann Lee"].day == 24


def test_late_rules(course_of):
    due = "due = 2026-12-01T12:00:00Z\n"
    assert course_of(f'{due}late = "refused"').late == REFUSED
    assert course_of(f'{due}late = "accepted"').late == course_of(due).late
    rule = course_of(f"{due}[late]\npercent_per_day = 10\ngrace_minutes = 15").late
    assert [rule.percent_after(d) for d in (0.1, 1, 1.1, 99)] == [10, 10, 20, 100]
    moment = datetime(2026, 12, 1, tzinfo=UTC)
    late = [rule.is_late(moment + timedelta(minutes=m), moment) for m in (15, 15.1)]
    assert late == [False, True] and REFUSED.percent_after(0.01) == 100


def test_a_day_on_which_the_clocks_change_is_a_day(course_of):
    due = course_of("timezone = 'Europe/Berlin'\ndue = 2026-10-24").due
    assert due is not None
    assert days_between(due, datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dew = 2026-11-30", "there is no setting dew; the nearest is due"),
        ("colour = 1", "there is no setting colour: choose from name, exercises"),
        ("name = 5", 'name = 5 is not a name: write name = "Networks"'),
        ("exercises = '01-05'", 'exercises = "01-05" is not a list such as'),
        ("exercises = []", "exercises = [] is not a list"),
        ("exercises = [1, 2]", "exercises = [1, 2] is not a list"),
        ("exercises = ['16']", "exercises: there is no exercise '16': choose from"),
        ("exercises = ['softmx']", "'softmx'; the nearest is softmax"),
        ("exercises = ['1-20']", "there is no exercise '20': choose from 01 to 15"),
        ("exercises = ['05-01']", "'05-01' runs backwards: write 01-05"),
        ("exercises = ['a.py']", 'exercises.id = "a.py" does not exist'),
        ("exercises = [{weight = 2}]", "an entry of exercises has no id"),
        ("exercises = [{id = 9}]", "exercises.id = 9 is not text"),
        ("exercises = [{id='9', wait=2}]", "exercises.wait; the nearest is weight"),
        ("exercises = [{id='9', weight='2'}]", 'weight = "2" is not a number above 0'),
        ("exercises = [{id='9', weight=-1}]", "weight = -1 is not a number above 0"),
        ("exercises = [{id='9', weight=true}]", "weight = true is not a number"),
        ("exercises = [{id='9', weight=inf}]", "weight = inf is not a number"),
        ("due = '30.11.2026'", 'due = "30.11.2026" is not a date: write a date as'),
        ("due = 30.11.2026", "line 1, 'due = 30.11.2026', is not TOML"),
        ("name = 'x'\ndue = 2026-02-30", "line 2, 'due = 2026-02-30', is not TOML"),
        ("due = 23:59:00", "due = 23:59:00 is not a date"),
        ("due = 2026-11-30", "due = 2026-11-30 has no time zone: add, for example,"),
        ("timezone = 'Europe/Berln'", "the nearest is Europe/Berlin"),
        ("timezone = '../../etc/passwd'", "is not a time zone"),
        ("late = 'refused'", 'late = "refused" needs a due date: add'),
        ("due = 2026-11-30T12:00:00Z\nlate = 10", "late = 10 is not"),
        (
            "due = 2026-11-30T12:00:00Z\nlate.percent = 10",
            "late.percent; the nearest is",
        ),
        (
            "due = 2026-11-30T12:00:00Z\nlate.at_most = 101",
            "late.at_most = 101 is not a percentage from 0 to 100",
        ),
        ("imports = 'numpy'", 'imports = "numpy" is not a list of modules'),
        ("imports = ['num py']", 'imports = ["num py"] is not a list of modules'),
        ("language = 'German'", 'language = "German" is not a language such as "de"'),
        ("solutions = 'later'", 'solutions = "later" is not true, false or a date'),
        ("solutions = 2026-12-07", "solutions = 2026-12-07 has no time zone"),
        ("extensions = ['Ann']", 'extensions = ["Ann"] is not a table of students'),
        ("timezone='UTC'\n[extensions]\nAnn = 3", "extensions.Ann = 3 is not a date"),
    ],
)
def test_a_mistake_is_one_sentence(course_of, text, said):
    with pytest.raises(ArgumentError) as error:
        course_of(text)
    message = str(error.value)
    assert "course.toml: " in message and said in message and "\n" not in message


def test_a_file_of_the_same_name_as_an_exercise(course_of, tmp_path):
    (tmp_path / "01_mse.py").write_text(OWN)
    with pytest.raises(ArgumentError, match=r"has the same name as .*01_mse"):
        course_of('exercises = ["01", "01_mse.py"]')
    with pytest.raises(ArgumentError, match="does not exist; the nearest is 01_mse"):
        course_of('exercises = ["01_mes.py"]')


def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "latin.toml").write_bytes('name = "Übung"'.encode("latin-1"))
    for name in ("none.toml", "latin.toml", "."):
        with pytest.raises(FileError):
            read_course(tmp_path / name)


def test_a_byte_order_mark_is_ignored(course_of):
    assert course_of('\ufeffname = "Übung"').name == "Übung"
