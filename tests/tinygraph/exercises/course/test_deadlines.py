"""Late answers: what is known about when they were handed in, and what they lose."""

from datetime import UTC, datetime, timedelta

import pytest

from tinygraph.exercises.course.course import Course, read_course
from tinygraph.exercises.course.deadlines import Deadlines
from tinygraph.exercises.submissions.hand_in import UNKNOWN, HandIn
from tinygraph.exercises.submissions.submission import Source, Submission

DUE = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
RULE = "{percent_per_day = 10, at_most = 25, grace_minutes = 15}"


@pytest.fixture
def course_of(tmp_path):
    def read(late: str = RULE, more: str = "") -> Course:
        path = tmp_path / "course.toml"
        path.write_text(f'due = 2026-11-30\ntimezone = "UTC"\nlate = {late}\n{more}')
        return read_course(path)

    return read


def after(hours: float) -> datetime:
    return DUE + timedelta(hours=hours)


def class_with(**hand_ins: HandIn) -> list[Submission]:
    return [
        Submission(name, found={"01_mse": [Source("01_mse.py", b"x", hand_in=own)]})
        for name, own in hand_ins.items()
    ]


def lateness(course: Course, student: str = "ann", extensions=(), **hand_ins: HandIn):
    deadlines = Deadlines(course, class_with(**hand_ins), dict(extensions))
    return deadlines.lateness(student, "01_mse", hand_ins[student])


BEN, CARA = HandIn(after(-70)), HandIn(after(-3))  # whose files have other times


@pytest.mark.parametrize(
    ("hours", "percent"),
    [(-1, 0), (0, 0), (0.25, 0), (0.3, 10), (24, 10), (25, 20), (49, 25), (999, 25)],
)
@pytest.mark.parametrize("platform", ["", "Gradescope"])
def test_what_a_late_answer_loses(course_of, hours, percent, platform):
    own = HandIn(after(hours), platform)
    late = lateness(course_of(), ann=own, ben=BEN, cara=CARA)
    assert late.percent == percent and late.time == after(hours)
    assert ("late by" in late.note) == (percent > 0)


def test_what_the_note_says(course_of):
    late = lateness(course_of(), ann=HandIn(after(26.5)), ben=BEN, cara=CARA)
    assert late.note == (
        "late by 1 day and 2 hours (the file was written 2026-12-02 02:29): "
        "20% of the points are deducted"
    )
    own = HandIn(after(1), "Blackboard")
    late = lateness(course_of('"accepted"'), ann=own)
    assert late.note == "late by 1 hour (handed in 2026-12-01 00:59): accepted"
    late = lateness(course_of('"refused"'), ann=own)
    assert late.note.endswith(": it is not accepted") and late.percent == 100


def test_a_time_without_a_zone_is_that_of_the_course(tmp_path):
    path = tmp_path / "course.toml"
    path.write_text('due = 2026-11-30\ntimezone = "America/New_York"\nlate = "refused"')
    for minute, percent in ((58, 0), (60, 100)):
        naive = datetime(2026, 11, 30, 23) + timedelta(minutes=minute)
        late = lateness(read_course(path), ann=HandIn(naive, "Blackboard"))
        assert late.percent == percent


def test_files_that_were_copied_tell_nothing_and_cost_nothing(course_of):
    now = {name: HandIn(after(90 + n / 60)) for n, name in enumerate("abcd")}
    late = lateness(course_of(), "a", **now, ben=BEN)
    assert late.percent == 0 and late.time is None
    assert late.note == (
        "when this was handed in is not known, so it does not count as late: "
        "most files have the same time, as after copying"
    )
    assert lateness(course_of(), "e", **now, e=HandIn(after(30))).percent == 20
    assert lateness(course_of(), "ben", **now, ben=BEN).note == ""
    half = {"e": HandIn(after(30)), "ben": BEN, "cara": CARA, "a": HandIn(after(30))}
    assert lateness(course_of(), "e", **half).percent == 20


def test_a_file_that_is_alone_cannot_be_compared(course_of):
    assert lateness(course_of(), ann=HandIn(after(9))).percent == 0
    assert "not known" in lateness(course_of(), ann=UNKNOWN, ben=BEN).note


def test_what_canvas_says_counts(course_of):
    ann, ben = HandIn(after(90), is_late=True), HandIn(after(90), is_late=False)
    late = lateness(course_of(), ann=ann, ben=ben)
    assert late.percent == 10 and late.note == (
        "late, but by how much is not known: 10% of the points are deducted"
    )
    assert lateness(course_of(), "ben", ann=ann, ben=ben).note == ""
    apart = HandIn(after(30), is_late=True)
    assert lateness(course_of(), ann=apart, ben=ben, cara=CARA).percent == 20
    early = HandIn(after(-30), is_late=True)
    assert lateness(course_of(), ann=early, ben=ben, cara=CARA).percent == 10


def test_a_student_with_more_time(course_of):
    more = {"ann": after(48)}
    own = HandIn(after(47), "Gradescope")
    assert lateness(course_of(), "ann", more, ann=own).percent == 0
    own = HandIn(after(49), "Gradescope")
    assert lateness(course_of(), "ann", more, ann=own).percent == 10
    marked = HandIn(after(90), is_late=True)
    late = lateness(course_of(), "ann", more, ann=marked, ben=marked)
    assert late.percent == 0 and "not known" in late.note


def test_a_course_without_a_due_date(tmp_path):
    path = tmp_path / "course.toml"
    path.write_text("")
    late = lateness(read_course(path), ann=HandIn(after(90), "Gradescope"))
    assert (late.percent, late.note, late.time) == (0, "", None)


def test_what_is_refused_does_not_replace_an_earlier_answer(course_of):
    early = Source("a.py", b"early", hand_in=HandIn(after(-1), "Gradescope"))
    late = Source("b.py", b"late", hand_in=HandIn(after(1), "Gradescope"))
    both = Submission("ann", found={"01_mse": [early, late]})
    kept = Deadlines(course_of('"refused"'), [both], {}).without_refused(both)
    (source,) = kept.found["01_mse"]
    assert source.text == b"early" and source.notes == (
        "a later file was not accepted",
    )
    only = Submission("ben", found={"01_mse": [late]})
    deadlines = Deadlines(course_of('"refused"'), [only], {})
    assert deadlines.without_refused(only).found == only.found
    accepts = Deadlines(course_of('"accepted"'), [both], {})
    assert accepts.without_refused(both).found == both.found
