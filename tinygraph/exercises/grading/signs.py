"""Signs and words for what happened to an answer, seen without colours and in print."""

from __future__ import annotations

from ..language import marked, translated
from .row import GRADER_FAULT, Row

INSTEAD_OF_POINTS = {"missing": "–", GRADER_FAULT: "?"}
SIGNS = {"error": "!", "timeout": "∞", "memory": "#", "crashed": "×", "stub": "…"}
WORDS = {
    "passed": marked("right in all cases"),
    "failed": marked("not right yet"),
    "error": marked("an error in the code"),
    "timeout": marked("took too long"),
    "memory": marked("took too much memory"),
    "crashed": marked("the process ended"),
    "stub": marked("not written yet"),
    "missing": marked("nothing to grade"),
    GRADER_FAULT: marked("not graded"),
}
STOPPED = ("timeout", "memory", "crashed")
NOTE = "*"


def sign_of(row: Row) -> str:
    """The points of a row, with a sign for what happened.

    >>> sign_of(Row("anna", "01_mse", 0.5, 1, "timeout", notes=["slow"]))
    '0.5 ∞*'
    """
    points = INSTEAD_OF_POINTS[row.status] if has_no_points(row) else f"{row.points:g}"
    sign = SIGNS.get(row.status, "")
    return f"{points}{sign and ' '}{sign}{NOTE if row.notes else ''}"


def happened_to(row: Row) -> str:
    """What happened to an answer, in words."""
    return translated(WORDS.get(row.status, row.status))


def has_no_points(row: Row) -> bool:
    """Whether there was nothing to give points for, and the teacher gave none."""
    return row.status in INSTEAD_OF_POINTS and row.points_before_override is None


def colour_of(row: Row) -> str:
    """The CSS class of a row, which gives it its colour."""
    if has_no_points(row):
        return "fault" if row.status == GRADER_FAULT else "missing"
    if row.status in STOPPED:
        return "stopped"
    return "full" if row.points >= row.maximum else "part" if row.points else "none"


def legend_html() -> str:
    """What the colours and the signs mean."""
    points = [
        ("full", translated("all points")),
        ("part", translated("some")),
        ("none", translated("none")),
    ]
    colours = {status: "stopped" if status in STOPPED else "none" for status in SIGNS}
    signs = {**SIGNS, **INSTEAD_OF_POINTS}
    colours |= {"missing": "missing", GRADER_FAULT: "fault"}
    said = [
        (colours[status], f"{sign} {translated(WORDS[status])}")
        for status, sign in signs.items()
    ]
    entries = [*points, *said, ("", f"{NOTE} {translated('with a note')}")]
    keys = "".join(f'<span class="{colour}">{text}</span>' for colour, text in entries)
    return f"<p class=legend>{keys}</p>"
