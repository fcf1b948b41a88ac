"""What `tinygraph pack` gives out: a zip file with the packed exercises of a course."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..course.course import COURSE_FILE, Course
from ..course.writing import course_text
from ..exercise import Exercise
from ..language import marked, number_of_exercises, speaking, translated
from ..packed import PACKED_FOLDER, SUFFIX
from ..zip_files import zip_bytes
from .packing import pack_exercise

START_FILE = "START-HERE.md"
START = marked("""\
# {name}

{exercises} for you to solve. Install tinygraph with `pip install tinygraph`. Then, in
this folder:

    tinygraph start             write a file for each exercise; or: start --notebook
    tinygraph check             check the next exercise that has not passed
    tinygraph hint 09           show a hint, and then the next one
    tinygraph progress          show how far you are

If `tinygraph` is not found, use `python -m tinygraph`. Keep the folder `.tinygraph`,
which holds the exercises. If your teacher gives out this folder again, you can unpack
it over this one: your answers are not in it.

""")


def student_zip(
    course: Course, exercises: Sequence[Exercise], with_solutions: bool = False
) -> bytes:
    """The zip file of a course; the same course gives the same bytes."""
    top = f"{folder_name(course.name)}-exercises"
    inner = f"{top}/{PACKED_FOLDER}"
    files = {
        f"{inner}/{e.id}{SUFFIX}": pack_exercise(e, with_solutions) for e in exercises
    }
    paths = {exercise.id: f"{exercise.id}{SUFFIX}" for exercise in exercises}
    text = course_text(course, paths, for_grading=False)
    files[f"{inner}/{COURSE_FILE}"] = text.encode()
    with speaking(course.language):
        files[f"{top}/{START_FILE}"] = start_text(course, exercises).encode()
    return zip_bytes(files)


def folder_name(name: str) -> str:
    """The name of a course as the name of a folder.

    >>> folder_name("Neural networks, winter 2026/27")
    'Neural-networks-winter-2026-27'
    """
    return re.sub(r"\W+", "-", name).strip("-") or "course"


def start_text(course: Course, exercises: Sequence[Exercise]) -> str:
    """What a student should read first."""
    head = (translated("exercise"), "", translated("points"), translated("due"))
    rows = [head, ("---",) * 4]
    for exercise in exercises:
        due, points = course.due_of(exercise.id), exercise.points
        weighted = f"{points * course.weight_of(exercise.id):g}"
        until = f"{due:%Y-%m-%d %H:%M}" if due else ""
        rows.append((exercise.id, exercise.title, weighted, until))
    lines = [f"| {' | '.join(row)} |\n" for row in rows]
    count = number_of_exercises(len(exercises))
    said = translated(START, name=course.name, exercises=count)
    return said + "".join(lines)
