"""The student's folder: files or a notebook, and what is remembered of the exercises.

They are the student's own.  Nothing here replaces an answer without a copy of it being
kept.  What is remembered, in `.tinygraph/progress.json`, is a convenience for the
student and no evidence for anybody.
"""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar

from ..errors import ArgumentError, FileError
from ..files import require_regular, write_atomically
from .cells import NOTEBOOK, answers, empty, notebook, put_empty, read, source
from .exercise import CATALOGUE, Exercise, load
from .judge import Verdict

STATE = Path(".tinygraph", "progress.json")
BACKUPS = Path(".tinygraph", "backups")
FORMAT = 1
README_FILE = "README.md"
SEED = 7  # of checks; grading uses others
README = """\
# Exercises

Each file here is one exercise: it says what to do, and has functions for you to write.
Take them in their order, or in any other.

    tinygraph check             check the next exercise that has not passed
    tinygraph check 09          check that one; --watch checks whenever you save it
    tinygraph hint 09           a hint, and then the next
    tinygraph solution 09       the solution, after passing or after all hints
    tinygraph progress          how far you are
    tinygraph reset 09          the empty exercise again; your file is kept as a copy

Where `tinygraph` is not found, `python -m tinygraph` does the same.  A check runs your
file in a process of its own and compares what your functions return, never how they
are written.  Grading uses the same checks with other numbers.

"""


@dataclass(frozen=True)
class Record:
    """What is remembered of one exercise."""

    points: float = 0.0  # in the last check
    status: str = ""  # of the last check, "" where there was none
    passed: bool = False  # in any check
    hints: int = 0  # that were shown
    solution: str = ""  # when it was seen: "before passing" or "after passing"


@dataclass(frozen=True)
class Workspace:
    """A folder with a student's answers, a file for each exercise."""

    folder: Path
    catalogue: Path = CATALOGUE  # where the exercises come from
    in_notebook: ClassVar[bool] = False

    @property
    def started(self) -> bool:
        """Whether anything is remembered here."""
        return (self.folder / STATE).exists()

    def sources(self) -> list[Path]:
        """The files of the exercises, in their order."""
        found = sorted(self.catalogue.glob("[!_.]*.py"))
        if not found:
            raise FileError(f"there are no exercises in {self.catalogue}")
        return found

    def exercises(self) -> list[Exercise]:
        """All exercises, in their order."""
        return [load(path) for path in self.sources()]

    def exercise(self, name: str) -> Exercise:
        """An exercise by its number or its name.

        Raises ArgumentError where there is none.
        """
        ids = {path.stem: path for path in self.sources()}
        for stem, path in ids.items():
            number, _, rest = stem.partition("_")
            if name in (stem, rest, number, number.lstrip("0")):
                return load(path)
        near = difflib.get_close_matches(name, [*ids, *map(plain, ids)], 1)
        there = f"there is {near[0]}" if near else f"there are {span(list(ids))}"
        raise ArgumentError(f"there is no exercise {name!r}, but {there}")

    def file(self, exercise: Exercise) -> Path:
        """Where the student's answer stands."""
        return self.folder / f"{exercise.id}.py"

    def place(self, exercise: Exercise) -> str:
        """What the place of an answer is called."""
        return self.file(exercise).name

    def files(self) -> dict[Path, str]:
        """What a folder has to begin with."""
        exercises = self.exercises()
        files = {self.file(exercise): exercise.stub() for exercise in exercises}
        return {**files, self.folder / README_FILE: README + contents(exercises)}

    def written(self, exercise: Exercise) -> bytes | None:
        """What stands in the place of the answer; None where there is no such place.

        Raises FileError where it cannot be read.
        """
        path = self.file(exercise)
        require_regular(path)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileError(f"cannot read {path}: {error.strerror}") from None

    def untouched(self, exercise: Exercise) -> bool:
        """Whether the student has written nothing yet."""
        return self.written(exercise) == exercise.stub().encode()

    def put_empty(self, exercise: Exercise) -> None:
        """Put the empty exercise in place of an answer."""
        write_atomically(self.file(exercise), exercise.stub().encode())

    def start(self) -> tuple[list[Path], list[Path]]:
        """Write what is not there yet: the files written, and those left alone."""
        files = self.files()
        try:
            (self.folder / STATE).parent.mkdir(parents=True, exist_ok=True)
            written = [path for path, text in files.items() if created(path, text)]
        except OSError as error:
            raise FileError(
                f"cannot start in {self.folder}: {error.strerror}"
            ) from None
        if not self.started:
            self.write_records({})
        return written, [path for path in files if path not in written]

    def reset(self, exercise: Exercise) -> Path | None:
        """Put the empty exercise in place; returns the copy of what was there."""
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

    def record(self, id: str) -> Record:
        """What is remembered of an exercise."""
        return self.records().get(id, Record())

    def records(self) -> dict[str, Record]:
        """All that is remembered.  Raises FileError where the file is damaged."""
        path = self.folder / STATE
        require_regular(path)
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            return {id: recorded(row) for id, row in state["exercises"].items()}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise FileError(f"cannot read {path}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise FileError(
                f"{path} is damaged: remove it and run `tinygraph start` again; your "
                "answers are not in it"
            ) from None

    def remember(self, id: str, **changes: Any) -> Record:
        """Note something about an exercise; nothing in a folder never started."""
        records = self.records()
        record = replace(records.get(id, Record()), **changes)
        if self.started:
            self.write_records({**records, id: record})
        return record

    def remember_verdict(self, verdict: Verdict) -> Record:
        """Note how a check went."""
        passed = verdict.passed or self.record(verdict.exercise).passed
        status, points = verdict.status, float(verdict.points)
        return self.remember(
            verdict.exercise, points=points, status=status, passed=passed
        )

    def write_records(self, records: dict[str, Record]) -> None:
        """Replace what is remembered."""
        state: dict[str, Any] = {"format": FORMAT}
        if self.catalogue != CATALOGUE:
            state["from"] = str(self.catalogue.resolve())
        if self.in_notebook:
            state["notebook"] = True
        state["exercises"] = {id: asdict(record) for id, record in records.items()}
        text = json.dumps(state, indent=1) + "\n"
        write_atomically(self.folder / STATE, text.encode())

    def next_exercise(self) -> Exercise | None:
        """The first that did not pass when it was checked last; None after all."""
        records = self.records()
        for path in self.sources():
            if records.get(path.stem, Record()).status != "passed":
                return load(path)
        return None


class Notebook(Workspace):
    """A folder with a student's answers in one notebook."""

    in_notebook = True

    def file(self, exercise: Exercise) -> Path:
        """The notebook, as for every exercise."""
        return self.folder / NOTEBOOK

    def place(self, exercise: Exercise) -> str:
        """What the place of an answer is called."""
        return f"{exercise.id} in {NOTEBOOK}"

    def files(self) -> dict[Path, str]:
        """What a folder has to begin with."""
        return {self.folder / NOTEBOOK: notebook(self.exercises())}

    def written(self, exercise: Exercise) -> bytes | None:
        """What is in the cells of the exercise; None where there are none."""
        if not (self.folder / NOTEBOOK).exists():
            return None
        own = answers(read(self.folder / NOTEBOOK), exercise)
        text = "\n\n".join(map(source, own))
        return text.encode(errors="replace") if own else None

    def untouched(self, exercise: Exercise) -> bool:
        """Whether the student has written nothing yet."""
        text = self.written(exercise)
        return text is not None and text.decode().strip() == empty(exercise)

    def put_empty(self, exercise: Exercise) -> None:
        """Put the empty exercise into its cell."""
        put_empty(self.folder / NOTEBOOK, exercise)


def workspace(folder: Path) -> Workspace:
    """The student's folder that a folder is, or lies in; the folder itself if none."""
    folder = folder.resolve()
    for place in (folder, *folder.parents):
        if (place / STATE).is_file():
            said = settings(place / STATE)
            kind = Notebook if said.get("notebook") is True else Workspace
            return kind(place, catalogue_of(said))
    return Workspace(folder)


def settings(state: Path) -> dict[str, Any]:
    """What the state of a folder says; nothing where it is damaged."""
    try:
        said = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def catalogue_of(said: dict[str, Any]) -> Path:
    """Where the exercises of a folder come from, as its state says."""
    try:
        return Path(said["from"])
    except (KeyError, TypeError):
        return CATALOGUE


def created(path: Path, text: str) -> bool:
    """Write a file unless something of that name is there."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def recorded(row: dict[str, Any]) -> Record:
    """A record as it was written; what this version does not know is left out."""
    known = {f.name: row[f.name] for f in fields(Record) if f.name in row}
    for name, value in known.items():
        expected = type(getattr(Record, name))
        if not isinstance(value, expected):
            raise TypeError(name)
    return Record(**known)


def short(id: str) -> str:
    """What an exercise is called on the command line.

    >>> short("09_softmax_vjp"), short("my_own")
    ('09', 'my_own')
    """
    number = id.partition("_")[0]
    return number if number.isdigit() else id


def plain(id: str) -> str:
    """The name of an exercise without its number.

    >>> plain("09_softmax_vjp"), plain("my_own")
    ('softmax_vjp', 'my_own')
    """
    return id.removeprefix(short(id)).lstrip("_") or id


def label(id: str) -> str:
    """Number and name, as headlines have them.

    >>> label("09_softmax_vjp"), label("my_own")
    ('09 softmax_vjp', 'my_own')
    """
    return f"{short(id)} {plain(id)}" if short(id) != id else id


def span(ids: list[str]) -> str:
    """The exercises in few words.

    >>> span(["01_mse", "02_slopes", "03_softmax"])
    '01 to 03'
    """
    names = [short(id) for id in ids]
    return f"{names[0]} to {names[-1]}" if len(names) > 2 else " and ".join(names)


def contents(exercises: list[Exercise]) -> str:
    """The list of exercises for the README."""
    rows = [f"| {e.id} | {e.title} | {e.points:g} |" for e in exercises]
    return "\n".join(["| file | exercise | points |", "|---|---|---|", *rows]) + "\n"


def solution(exercise: Exercise) -> str:
    """The reference, with the parts of its file that it needs, as they stand there."""
    nodes = list(ast.parse(exercise.source).body)
    needed = [n for n in nodes if set(defined(n)) & set(exercise.references)]
    for node in needed:  # which grows while it is gone through
        used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
        needed += [n for n in nodes if n not in needed and used & set(defined(n))]
    lines = exercise.source.splitlines()
    parts = [
        "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in nodes
        if node in needed
    ]
    return "\n\n".join(parts) + "\n"


def defined(node: ast.stmt) -> Iterator[str]:
    """The names that a statement of a file gives a meaning to."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
