"""The student's folder: files or a notebook, and a record of each exercise.

Nothing here replaces a student's answer without keeping a copy. The records, in
`.tinygraph/progress.json`, are a convenience for the student and prove nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from ...errors import FileError
from ...files import require_regular, write_atomically, write_new
from ..catalogue import CATALOGUE
from ..course.course import COURSE_FILE, Course, read_course
from ..exercise import Exercise, load
from ..judging.verdict import Verdict
from ..language import language_of_environment, marked, translated
from ..packed import PACKED_FOLDER
from ..selection import find_id, select_ids
from .notebook_file import (
    NOTEBOOK_FILE,
    answer_cells,
    empty_answer,
    notebook_text,
    put_empty_answer,
    read_book,
    source_of_cell,
)
from .progress import STATE_FILE, STATE_FORMAT, Progress, read_progress, read_settings

BACKUPS = Path(".tinygraph", "backups")
PACKED_COURSE = Path(PACKED_FOLDER, COURSE_FILE)
README_FILE = "README.md"
README = marked("""\
# Exercises

Each file here is one exercise: it says what to do, and has functions for you to write.
Do them in order, or in any order you like.

    tinygraph check             check the next exercise that has not passed
    tinygraph check 09          check exercise 09; --watch checks whenever you save it
    tinygraph hint 09           show a hint, and then the next one
    tinygraph solution 09       show the solution, after passing or after all hints
    tinygraph progress          show how far you are
    tinygraph reset 09          put the empty exercise back, keeping a copy of yours

If `tinygraph` is not found, use `python -m tinygraph`. A check runs your file in a
separate process and compares what your functions return, not how they are written.
Grading uses the same checks with other numbers.

""")


@dataclass(frozen=True)
class Workspace:
    """A folder with a student's answers, one file for each exercise."""

    folder: Path
    catalogue: Path = CATALOGUE  # where the exercises come from
    only: tuple[str, ...] = ()  # those that were started; without any, all
    in_notebook: ClassVar[bool] = False

    @property
    def started(self) -> bool:
        """Whether there are records here."""
        return (self.folder / STATE_FILE).exists()

    @property
    def packed(self) -> bool:
        """Whether the exercises are in this folder, packed by a teacher."""
        return self.catalogue == self.folder / PACKED_COURSE

    @cached_property
    def course(self) -> Course | None:
        """The course that the exercises are from, if there is one."""
        return read_course(self.catalogue) if self.catalogue.suffix == ".toml" else None

    @property
    def language(self) -> str:
        """The language of the course, or else of the environment."""
        return self.course.language if self.course else language_of_environment()

    def load(self, path: Path) -> Exercise:
        """The exercise in one of the files."""
        return self.course.load_exercise(path) if self.course else load(path)

    def sources(self) -> list[Path]:
        """The files of the exercises in this folder, in order."""
        found = self.all_sources()
        return [path for path in found if not self.only or path.stem in self.only]

    def all_sources(self) -> list[Path]:
        """The files of all exercises that there are, in order."""
        if self.course is not None:
            return [exercise.path for exercise in self.course.exercises]
        found = sorted(self.catalogue.glob("[!_.]*.py"))
        if not found:
            raise FileError(
                translated("there are no exercises in {folder}", folder=self.catalogue)
            )
        return found

    def with_only(self, names: Sequence[str]) -> Workspace:
        """This folder with some of the exercises, besides those that were started.

        Raises ArgumentError if there is no such exercise.
        """
        ids = [path.stem for path in self.all_sources()]
        chosen = select_ids(names, ids)
        if self.started and not self.only:
            return self
        return replace(self, only=(*self.only, *chosen))

    def exercises(self, names: Sequence[str] = ()) -> list[Exercise]:
        """Exercises by numbers, names and ranges; without any, all, in order.

        Raises ArgumentError if there is none.
        """
        paths = {path.stem: path for path in self.sources()}
        ids = select_ids(names, list(paths)) if names else paths
        return [self.load(paths[id]) for id in ids]

    def exercise(self, name: str) -> Exercise:
        """An exercise by its number or its name.

        Raises ArgumentError if there is none.
        """
        paths = {path.stem: path for path in self.sources()}
        return self.load(paths[find_id(name, list(paths))])

    def file(self, exercise: Exercise) -> Path:
        """The file with the student's answer."""
        return self.folder / f"{exercise.id}.py"

    def place(self, exercise: Exercise) -> str:
        """The place of an answer, in words."""
        return self.file(exercise).name

    def files(self) -> dict[Path, str]:
        """The files of a new folder, with their texts."""
        exercises = self.exercises()
        files = {self.file(exercise): exercise.stub() for exercise in exercises}
        return {
            **files,
            self.folder / README_FILE: translated(README) + contents_table(exercises),
        }

    def written(self, exercise: Exercise) -> bytes | None:
        """The student's answer, or None if it has no place.

        Raises FileError if it cannot be read.
        """
        path = self.file(exercise)
        require_regular(path)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileError(
                translated(
                    "cannot read {path}: {error}", path=path, error=error.strerror
                )
            ) from None

    def untouched(self, exercise: Exercise) -> bool:
        """Whether the student has written nothing yet."""
        return self.written(exercise) == exercise.stub().encode()

    def put_empty(self, exercise: Exercise) -> None:
        """Replace an answer by the empty exercise."""
        write_atomically(self.file(exercise), exercise.stub().encode())

    def start(self) -> tuple[list[Path], list[Path]]:
        """Write the files that do not exist; returns those written and those left."""
        files = self.files()
        try:
            (self.folder / STATE_FILE).parent.mkdir(parents=True, exist_ok=True)
            written = [path for path, text in files.items() if write_new(path, text)]
        except OSError as error:
            raise FileError(
                translated(
                    "cannot start in {folder}: {error}",
                    folder=self.folder,
                    error=error.strerror,
                )
            ) from None
        if self.only or not self.started:
            self.write_records(self.records())
        return written, [path for path in files if path not in written]

    def reset(self, exercise: Exercise) -> Path | None:
        """Put the empty exercise back; returns the path of the copy of the answer."""
        text, kept = self.written(exercise), None
        if text is not None:
            kept = self.free_backup(exercise)
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(kept, text)
        self.put_empty(exercise)
        self.remember(exercise.id, points=0.0, status="")
        return kept

    def free_backup(self, exercise: Exercise) -> Path:
        """A name for a copy that no earlier copy has."""
        folder, number = self.folder / BACKUPS, 1
        while (copy := folder / f"{exercise.id}.{number}.py").exists():
            number += 1
        return copy

    def record(self, id: str) -> Progress:
        """The record of an exercise."""
        return self.records().get(id, Progress())

    def records(self) -> dict[str, Progress]:
        """All records. Raises FileError if their file is damaged."""
        return read_progress(self.folder / STATE_FILE)

    def remember(self, id: str, **changes: Any) -> Progress:
        """Change a record; in a folder that was never started, nothing is written."""
        records = self.records()
        record = replace(records.get(id, Progress()), **changes)
        if self.started:
            self.write_records({**records, id: record})
        return record

    def remember_verdict(self, verdict: Verdict) -> Progress:
        """Record how a check went."""
        passed = verdict.passed or self.record(verdict.exercise).passed
        status, points = verdict.status, float(verdict.points)
        return self.remember(
            verdict.exercise, points=points, status=status, passed=passed
        )

    def write_records(self, records: dict[str, Progress]) -> None:
        """Replace all records."""
        state: dict[str, Any] = {"format": STATE_FORMAT}
        if self.catalogue != CATALOGUE and not self.packed:
            state["from"] = str(self.catalogue.resolve())
        if self.only:
            state["only"] = list(self.only)
        if self.in_notebook:
            state["notebook"] = True
        state["exercises"] = {id: asdict(record) for id, record in records.items()}
        text = json.dumps(state, indent=1) + "\n"
        write_atomically(self.folder / STATE_FILE, text.encode())

    def next_exercise(self) -> Exercise | None:
        """The first exercise that did not pass its last check; None if all did."""
        records = self.records()
        for path in self.sources():
            if records.get(path.stem, Progress()).status != "passed":
                return self.load(path)
        return None


class NotebookWorkspace(Workspace):
    """A folder with a student's answers in one notebook."""

    in_notebook = True

    def file(self, exercise: Exercise) -> Path:
        """The notebook, which has the answers to all exercises."""
        return self.folder / NOTEBOOK_FILE

    def place(self, exercise: Exercise) -> str:
        """The place of an answer, in words."""
        return f"{exercise.id} in {NOTEBOOK_FILE}"

    def files(self) -> dict[Path, str]:
        """The files of a new folder, with their texts."""
        return {self.folder / NOTEBOOK_FILE: notebook_text(self.exercises())}

    def written(self, exercise: Exercise) -> bytes | None:
        """The code in the cells of the exercise; None if there are none."""
        if not (self.folder / NOTEBOOK_FILE).exists():
            return None
        own = answer_cells(read_book(self.folder / NOTEBOOK_FILE), exercise)
        text = "\n\n".join(map(source_of_cell, own))
        return text.encode(errors="replace") if own else None

    def untouched(self, exercise: Exercise) -> bool:
        """Whether the student has written nothing yet."""
        text = self.written(exercise)
        return text is not None and text.decode().strip() == empty_answer(exercise)

    def put_empty(self, exercise: Exercise) -> None:
        """Put the empty exercise into its cell."""
        put_empty_answer(self.folder / NOTEBOOK_FILE, exercise)


def open_workspace(folder: Path) -> Workspace:
    """The student's folder at or above a folder; the folder itself if there is none."""
    folder = folder.resolve()
    for place in (folder, *folder.parents):
        if any((place / file).is_file() for file in (STATE_FILE, PACKED_COURSE)):
            said = read_settings(place / STATE_FILE)
            kind = NotebookWorkspace if said.get("notebook") is True else Workspace
            return kind(place, catalogue_of(place, said), only_of(said))
    return Workspace(folder)


def catalogue_of(folder: Path, said: dict[str, Any]) -> Path:
    """Where the exercises of a folder come from, by what is in it and its settings."""
    if (folder / PACKED_COURSE).is_file():
        return folder / PACKED_COURSE
    try:
        return Path(said["from"])
    except (KeyError, TypeError):
        return CATALOGUE


def only_of(said: dict[str, Any]) -> tuple[str, ...]:
    """Which exercises were started in a folder, by its settings; without any, all."""
    only = said.get("only")
    return tuple(map(str, only)) if isinstance(only, list) else ()


def contents_table(exercises: list[Exercise]) -> str:
    """The list of exercises for the README."""
    rows = [f"| {e.id} | {e.title} | {e.points:g} |" for e in exercises]
    head = translated("| file | exercise | points |")
    return "\n".join([head, "|---|---|---|", *rows]) + "\n"
