"""Equal answers: those of several students whose normal form is the same.

That is a fact, which says nothing about how it came about. Short answers are equal by
chance, so the size is part of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .row import Row


@dataclass(frozen=True)
class EqualAnswers:
    """Students who handed in the same answer to an exercise."""

    exercise: str
    nodes: int  # of the syntax tree that they share
    students: list[str]


def equal_answers(rows: Iterable[Row]) -> list[EqualAnswers]:
    """The answers that several students share, the largest first."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.tree_sha256:
            found.setdefault((row.exercise, row.tree_sha256), []).append(row)
    shared = [
        EqualAnswers(own[0].exercise, own[0].tree_nodes, [row.student for row in own])
        for own in found.values()
        if len(own) > 1
    ]
    return sorted(shared, key=lambda e: (-e.nodes, e.exercise, e.students))
