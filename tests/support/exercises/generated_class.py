"""A class of 60 students who hand in 15 exercises, made by chance, always the same."""

import inspect
import random
import textwrap

from hand_ins import Class

from tinygraph.exercises.catalogue import shipped_exercises
from tinygraph.exercises.exercise import Exercise

STUDENTS = 60
FIRST_NAMES = ["Anna", "Ben", "Chloé", "Dóra", "Emil", "Fatma", "Øyvind", "Zoë"]
LAST_NAMES = [
    "Müller",
    "Muller",
    "O'Brien",
    "van der Berg",
    "Şahin",
    "Nowak",
    "李",
    "Łuk",
]
# How often an answer is of a kind, out of 20.
KINDS = {"right": 10, "wrong": 4, "absent": 2, "empty": 1, "broken": 1, "stub": 2}
ESSAY = {"essay.txt": b"on paper"}


def generated_class() -> tuple[Class, dict[tuple[str, str], str]]:
    """What everybody hands in, and of which kind each answer is."""
    rng, exercises = random.Random(2026), shipped_exercises()
    texts = {exercise.id: texts_of(exercise) for exercise in exercises}
    names = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
    work: Class = {}
    kinds: dict[tuple[str, str], str] = {}
    for student in rng.sample(names, STUDENTS):
        own = {}
        for exercise in exercises:
            (kind,) = rng.choices(list(KINDS), list(KINDS.values()))
            kinds[student, exercise.id] = kind
            if kind != "absent":
                own[f"{exercise.id}.py"] = signed(texts[exercise.id][kind], student)
        work[student] = own or ESSAY
    return work, kinds


def texts_of(exercise: Exercise) -> dict[str, str]:
    """An answer of each kind."""
    return {
        "right": exercise.solution(),
        "wrong": wrong_answer(exercise),
        "empty": "",
        "broken": f"def {next(iter(exercise.references))}(:",
        "stub": exercise.stub(),
    }


def signed(text: str, student: str) -> bytes:
    """A text with a comment of its student, if it is not empty."""
    return f"{text}\n# {student}\n".encode() if text else b""


def wrong_answer(exercise: Exercise) -> str:
    """The first wrong answer of an exercise, under the name of its reference."""
    wrong = exercise.wrong[0]
    lines = textwrap.dedent(inspect.getsource(wrong.function))
    own = lines.replace(f"def {wrong.name}", f"def {wrong.replaces}")
    return f"import numpy as np\n\n\n{own}"
