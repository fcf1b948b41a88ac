"""What the rows of a class tell about its exercises and students."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..submissions.submission import nothing_handed_in
from .mistakes import Mistake, mistakes_in
from .row import GRADER_FAULT, Row, by_student, total_maximum, total_points


def by_exercise(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each exercise, in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.exercise, []).append(row)
    return found


def judged_rows(rows: Iterable[Row]) -> list[Row]:
    """The rows that were handed in and graded, and so tell something."""
    return [row for row in rows if row.status not in ("missing", GRADER_FAULT)]


def share_of_points(rows: Iterable[Row]) -> float | None:
    """The share of the points of those who handed in; None if nobody did."""
    own = judged_rows(rows)
    return total_points(own) / total_maximum(own) if total_maximum(own) else None


def hardest_exercises(rows: Sequence[Row]) -> dict[str, float]:
    """The three exercises with the smallest shares of their points.

    Those that nobody handed in, or that everybody solved, are left out.
    """
    shares = {key: share_of_points(own) for key, own in by_exercise(rows).items()}
    known = {key: part for key, part in shares.items() if part is not None and part < 1}
    return {key: known[key] for key in sorted(known, key=lambda key: known[key])[:3]}


def mean_points(rows: Sequence[Row]) -> float:
    """The average points of a student."""
    return total_points(rows) / max(1, len(by_student(rows)))


def commonest_mistakes(rows: Sequence[Row]) -> list[Mistake]:
    """The three most frequent mistakes that have a name and several students made."""
    failed = [row for row in rows if row.status == "failed" and row.mistake]
    found = [mistake for mistake in mistakes_in(failed) if len(mistake.students) > 1]
    return sorted(found, key=lambda mistake: -len(mistake.students))[:3]


def handed_in_anything(rows: Iterable[Row]) -> bool:
    """Whether a student handed in anything."""
    return any(row.status != "missing" for row in rows)


def why_unread(rows: Iterable[Row]) -> str:
    """Why a submission could not be read; empty if nothing was handed in."""
    reasons = (
        row.message for row in rows if row.message != nothing_handed_in(row.exercise)
    )
    return next(reasons, "")


def mean_maximum(rows: Sequence[Row]) -> float:
    """The most points that a student could have, on average."""
    return total_maximum(rows) / max(1, len(by_student(rows)))
