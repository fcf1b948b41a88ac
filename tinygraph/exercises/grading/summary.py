"""What the grader prints at the end: points, mistakes, walls and digests."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ...legible import aligned, legible
from ..language import marked, translated
from .mistakes import mistakes_in
from .row import GRADER_FAULT, Row, by_student, total_maximum, total_points

MOST_SHOWN = 200  # characters of a message
STATUS_WORDS = {
    "passed": marked("passed"),
    "failed": marked("failed"),
    "error": marked("error"),
    "timeout": marked("timeout"),
    "memory": marked("memory"),
    "crashed": marked("crashed"),
    "stub": marked("stub"),
    "missing": marked("missing"),
    GRADER_FAULT: marked("grader's fault"),
}


def points_table(rows: Sequence[Row]) -> list[str]:
    """The points of each student, and how many exercises went which way."""
    lines = []
    for student, own in by_student(rows).items():
        counts = Counter(row.status for row in own)
        said = ", ".join(
            f"{n} {translated(STATUS_WORDS.get(status, status))}"
            for status, n in counts.most_common()
        )
        points = translated(
            "{points:g} of {most:g}",
            points=total_points(own),
            most=total_maximum(own),
        )
        lines.append((student, points, said))
    return aligned(lines, "<><")


def mistakes_table(rows: Sequence[Row]) -> list[str]:
    """Who made which mistake."""
    found = mistakes_in(rows)
    if not found:
        return []
    count = len(by_student(rows))
    lines = ["", f"{translated('Who made which mistake')}:"]
    for mistake in found:
        who = ", ".join(mistake.students)
        many = translated(
            "{points:g} of {most:g}", points=len(mistake.students), most=count
        )
        name = mistake.name or translated("no name")
        lines.append(f"  {mistake.exercise}  {name}  {many}: {who}")
        if not mistake.is_known:
            lines.append("    " + legible(mistake.message[:MOST_SHOWN], " "))
    return lines


def digests_of(paths: Sequence[Path]) -> list[str]:
    """The SHA-256 of files, to be noted elsewhere."""
    return [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {os.fspath(path)}"
        for path in paths
        if path.is_file()
    ]
