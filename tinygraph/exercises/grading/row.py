"""A row: what one student gets for one exercise; and what rows add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..language import translated

GRADER_FAULT = "grader"  # the status of a row that could not be graded


@dataclass(frozen=True)
class Row:
    """What one student gets for one exercise, and why."""

    student: str
    exercise: str
    points: float
    maximum: float
    status: str  # that of the verdict, or "missing", or GRADER_FAULT
    mistake: str = ""
    message: str = ""
    function: str = ""
    case: int | None = None
    index: list[int] | None = None
    yours: float | None = None
    right: float | None = None
    line: int | None = None
    seed: int = 0
    seconds: float = 0.0
    file: str = ""
    file_sha256: str = ""
    tree_sha256: str = ""  # of the answer's normal form
    tree_nodes: int = 0
    checks: list[tuple[str, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    walls: list[str] = field(default_factory=list)  # around the student's code
    fingerprint: str = ""  # of a wrong answer that the exercise does not list
    answer: str = ""  # its text
    student_id: str = ""  # in the roster, as is the address
    email: str = ""
    checked_points: float | None = None  # by the checks alone, if that is not `points`
    weight: float = 1.0  # by which they were multiplied
    late_percent: float = 0.0  # that was then deducted
    handed_in: str = ""  # the time, if it is known
    points_before_override: float | None = None  # if the teacher has changed them
    comment: str = ""  # of the teacher


def is_full(row: Row) -> bool:
    """Whether a row has all its points."""
    decided = row.status == "passed" or row.points_before_override is not None
    return decided and row.points >= row.maximum


def by_student(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each student, in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.student, []).append(row)
    return found


def total_points(rows: Sequence[Row]) -> float:
    """The points of some rows."""
    return sum(row.points for row in rows)


def total_maximum(rows: Sequence[Row]) -> float:
    """The most points that some rows could have."""
    return sum(row.maximum for row in rows)


def feedback(row: Row) -> str:
    """What a student is told about a row."""
    if row.status == "passed":
        text = translated("right in all cases")
    else:
        text = row.message
        if row.line:
            where = translated("line {line}", line=row.line)
            text += f" ({where})"
        if row.case is not None:
            case = translated("case {case}, seed {seed}", case=row.case, seed=row.seed)
            text += f"\n{case}"
    return "\n".join([text, *row.notes])
