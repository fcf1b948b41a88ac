"""A task: one exercise of one student, ready to be graded.

Each task has its own seed, made of a secret, the student and the exercise: students can
run the same checks themselves, but with other numbers.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..exercise import Exercise
from ..language import ENGLISH, current_language
from ..running.job import Limits
from ..submissions.submission import Source, Submission
from .normal_form import normal_form
from .row import Row


@dataclass(frozen=True, eq=False)
class Task:
    """One exercise of one student, to be graded."""

    student: str
    exercise: Exercise
    source: Source
    seed: int
    limits: Limits
    hidden: tuple[Path, ...] = ()

    @cached_property
    def key(self) -> str:
        """A key that is equal for tasks that must give the same row."""
        parts: list[Any] = [self.student, self.exercise.id, self.exercise.source]
        parts += [self.source.text.hex(), self.source.reason, self.seed]
        parts += [self.limits.seconds, self.limits.megabytes, np.__version__]
        parts += [self.exercise.imports, *self.source.notes, *other_language()]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def row(self, **values: Any) -> Row:
        """The row of this task with these values."""
        text = self.source.text
        form = normal_form(text, self.exercise.references)
        values["notes"] = [*self.source.notes, *values.get("notes", ())]
        return Row(
            student=self.student,
            exercise=self.exercise.id,
            maximum=self.exercise.points,
            seed=self.seed,
            file=self.source.name,
            file_sha256=hashlib.sha256(text).hexdigest() if text else "",
            tree_sha256=form.sha256,
            tree_nodes=form.nodes,
            **values,
        )


def other_language() -> list[str]:
    """The language of what is said, if it is not English."""
    language = current_language()
    return [] if language == ENGLISH else [language]


def seed_for(secret: bytes, student: str, exercise: str) -> int:
    """The seed of a student's exercise, which tells nothing about any other seed."""
    parts = [secret, os.fsencode(student), exercise.encode()]
    lengths = b"".join(len(part).to_bytes(8, "little") for part in parts)
    digest = hashlib.sha256(lengths + b"".join(parts)).digest()
    return int.from_bytes(digest[:6], "little")


def plan_tasks(
    handed_in: Iterable[Submission],
    exercises: Sequence[Exercise],
    secret: bytes,
    limits: Limits,
    hidden: Sequence[Path] = (),
) -> list[Task]:
    """A task for every exercise of every student."""
    return [
        Task(
            own.student,
            exercise,
            own.source(exercise),
            seed_for(secret, own.student, exercise.id),
            limits,
            tuple(hidden),
        )
        for own in handed_in
        for exercise in exercises
    ]
