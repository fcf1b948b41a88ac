"""Deadlines: whether an answer was late, as far as that is known, and what it loses.

What a platform tells counts. The time of a file counts unless most of the class have
the same, as after downloading or copying. What is not known is not punished.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..language import marked, translated, translated_plural
from ..submissions.hand_in import HandIn
from ..submissions.submission import Source, Submission
from .course import Course
from .late import days_between

A_LITTLE = 1e-9  # days
AT_ONCE = timedelta(minutes=10)  # between the times of files that were copied together
UNKNOWN_TIME = marked(
    "when this was handed in is not known, so it does not count as late"
)
COPIED = marked(
    "when this was handed in is not known, so it does not count as late: most files "
    "have the same time, as after copying"
)


@dataclass(frozen=True)
class Lateness:
    """What a due date means for an answer."""

    percent: float = 0.0  # of its points that it loses
    time: datetime | None = None  # when it was handed in, if that is known
    note: str = ""  # for readers of the grade


class Deadlines:
    """The due dates of a course, for one class."""

    def __init__(
        self,
        course: Course,
        submissions: Iterable[Submission],
        extensions: Mapping[str, datetime],
    ) -> None:
        self.course, self.extensions = course, extensions
        own = [
            (submission.student, source.hand_in)
            for submission in submissions
            for found in submission.found.values()
            for source in found
        ]
        self.has_marks = any(hand_in.is_late for _, hand_in in own)
        times = [(s, t) for s, h in own if not h.platform and (t := self.time_of(h))]
        several = len({student for student, _ in times}) > 1
        self.times = (
            times if several else [(str(n), t) for n, (_, t) in enumerate(times)]
        )

    def due(self, student: str, exercise: str) -> datetime | None:
        """When an answer is due: the later of the course's date and an extension."""
        due, own = self.course.due_of(exercise), self.extensions.get(student)
        return max(due, own) if due and own else due

    def time_of(self, hand_in: HandIn) -> datetime | None:
        """The time of a hand-in, in the zone of the course if it has none."""
        time = hand_in.time
        if time is None or time.tzinfo is not None:
            return time
        return time.replace(tzinfo=self.course.zone) if self.course.zone else None

    def is_copied(self, time: datetime) -> bool:
        """Whether more than half of the class have files of about this time."""
        near = {
            student for student, other in self.times if abs(other - time) <= AT_ONCE
        }
        return 2 * len(near) > len({student for student, _ in self.times})

    def lateness(self, student: str, exercise: str, hand_in: HandIn) -> Lateness:
        """What the due date of an exercise means for an answer."""
        due = self.due(student, exercise)
        if due is None:
            return Lateness()
        time, mark = self.time_of(hand_in), self.mark_of(student, hand_in)
        after = time is not None and self.course.late.is_late(time, due)
        known = time if not after or self.is_trusted(time, hand_in) else None
        if mark or (mark is None and after and known):
            return self.late_by(due, known if after else None, hand_in.platform)
        if known or mark is False:
            return Lateness(time=known)
        return Lateness(note=translated(COPIED if time else UNKNOWN_TIME))

    def is_trusted(self, time: datetime | None, hand_in: HandIn) -> bool:
        """Whether a time is that of a platform, or of a file that was not copied."""
        return time is not None and (hand_in.platform != "" or not self.is_copied(time))

    def mark_of(self, student: str, hand_in: HandIn) -> bool | None:
        """Whether a platform says that an answer is late; None if it says nothing.

        It says nothing if no answer of the class is marked, and does not know who has
        an extension.
        """
        known = self.has_marks and student not in self.extensions
        return hand_in.is_late if known else None

    def late_by(self, due: datetime, time: datetime | None, platform: str) -> Lateness:
        """What an answer loses that is late; without a time, it is a little late."""
        days = A_LITTLE if time is None else days_between(due, time)
        percent = self.course.late.percent_after(days)
        if days > self.course.late.refused_after_days:
            loss = translated("it is not accepted")
        elif percent:
            loss = translated(
                "{percent}% of the points are deducted", percent=f"{percent:g}"
            )
        else:
            loss = translated("accepted")
        return Lateness(percent, time, late_note(due, time, platform, loss))

    def without_refused(self, own: Submission) -> Submission:
        """A submission in which no answer that is refused replaces an earlier one."""
        found = {}
        for exercise, sources in own.found.items():
            kept = [s for s in sources if not self.refuses(own.student, exercise, s)]
            answers = [source for source in kept if not source.reason]
            found[exercise] = (
                sources
                if len(kept) == len(sources) or not answers
                else [
                    replace(
                        s, notes=(*s.notes, translated("a later file was not accepted"))
                    )
                    for s in kept
                ]
            )
        return replace(own, found=found)

    def refuses(self, student: str, exercise: str, source: Source) -> bool:
        """Whether an answer is too late to be accepted."""
        return self.lateness(student, exercise, source.hand_in).percent == 100


def late_note(due: datetime, time: datetime | None, platform: str, loss: str) -> str:
    """What readers of a grade are told about an answer that is late."""
    if time is None:
        return translated("late, but by how much is not known: {loss}", loss=loss)
    late = duration(days_between(due, time))
    when = time.astimezone(due.tzinfo).strftime("%Y-%m-%d %H:%M")
    said = marked("late by {late} (the file was written {when}): {loss}")
    if platform:
        said = marked("late by {late} (handed in {when}): {loss}")
    return translated(said, late=late, when=when, loss=loss)


def duration(days: float) -> str:
    """A time in words.

    >>> duration(2.6), duration(1), duration(0.25), duration(0.0001)
    ('2 days and 14 hours', '1 day', '6 hours', '1 minute')
    """
    minutes = max(1, round(days * 24 * 60))
    parts = [
        translated_plural("{count} day", "{count} days", count=minutes // 1440),
        translated_plural("{count} hour", "{count} hours", count=minutes // 60 % 24),
        translated_plural("{count} minute", "{count} minutes", count=minutes % 60),
    ]
    first, *rest = [part for part in parts if not part.startswith("0 ")]
    if not rest:
        return first
    return translated("{first} and {second}", first=first, second=rest[0])
