"""What the students of a class have handed in, found without trusting any of it.

    FOLDER/anna/09_softmax_vjp.py       a folder for each student,
    FOLDER/ben.zip                      or a zip file,
    FOLDER/carl.ipynb                   or a notebook: the functions of its code cells

Nothing is unpacked to the disk, no link is followed, and no name is taken as a path.
What cannot be used is a reason in the student's rows, and touches nobody else's.
"""

from __future__ import annotations

import ast
import json
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import FileError
from .exercise import Exercise

LARGEST = 2**20  # bytes of a file of Python
LARGEST_NOTEBOOK = 20 * 2**20  # it may hold pictures
LARGEST_ZIP = 100 * 2**20
MOST_FILES = 10_000
HIDDEN = ("__MACOSX", "__pycache__")
OWN = (".csv", ".json", ".xml", ".html")  # of files that the grader itself writes
NAMED = 3  # files with nearly the right name that a reason tells of


class Unusable(Exception):
    """Why a file is not graded."""


@dataclass(frozen=True)
class Source:
    """The text for one exercise, or why there is none."""

    name: str
    text: bytes = b""
    reason: str = ""


@dataclass
class Submission:
    """What one student has handed in."""

    student: str
    sources: dict[str, Source] = field(default_factory=dict)  # by exercise
    reason: str = ""  # why nothing of it can be read
    others: list[str] = field(default_factory=list)  # files of no exercise

    def source(self, exercise: Exercise) -> Source:
        """The text for an exercise; where there is none, it says why."""
        name = f"{exercise.id}.py"
        reason = self.reason or nothing(exercise.id)
        nearly = [other for other in self.others if resembles(other, exercise.id)]
        if nearly and not self.reason:
            reason += f", but {', '.join(nearly[:NAMED])}"
        return self.sources.get(exercise.id, Source(name, reason=reason))

    def add(self, exercise: str, source: Source) -> None:
        """Keep a text, unless there is a usable one already."""
        if exercise not in self.sources or self.sources[exercise].reason:
            self.sources[exercise] = source


def nothing(exercise: str) -> str:
    """What is said where there is no file for an exercise."""
    return f"no {exercise}.py was handed in"


def resembles(name: str, exercise: str) -> bool:
    """Whether a file's name begins with the exercise's number, or with its id."""
    numbers = [re.match(r"\d*", text) for text in (exercise, name)]
    ours, theirs = (found.group() if found else "" for found in numbers)
    return name.startswith(exercise) or ours == theirs != ""


def submissions(folder: Path, exercises: Sequence[Exercise]) -> list[Submission]:
    """What is in a folder with one entry for each student.

    Raises FileError where the folder cannot be read.
    """
    found: dict[str, Submission] = {}
    for path in entries_of(folder):
        student = student_of(path)
        if student is not None:
            own = found.setdefault(student, Submission(student))
            collect(path, own, exercises)
    return list(found.values())


def entries_of(folder: Path) -> list[Path]:
    """What lies in a folder, by name."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise FileError(f"{folder} cannot be read: {error.strerror}") from None


def strays(folder: Path) -> list[str]:
    """The files in the folder of a class that look handed in, but are nobody's work."""
    return [
        shown(path.name)
        for path in entries_of(folder)
        if student_of(path) is None
        and not path.name.startswith((".", *HIDDEN))
        and path.suffix not in OWN
    ]


def student_of(path: Path) -> str | None:
    """Whose file it is by its name; None for what is nobody's."""
    if path.name.startswith((".", *HIDDEN)):
        return None
    if path.suffix in (".zip", ".ipynb"):
        return shown(path.stem)
    return shown(path.name) if path.is_dir() or path.is_symlink() else None


def submission(path: Path, exercises: Sequence[Exercise]) -> Submission:
    """What one student has handed in: a folder, a zip file or a notebook.

    Raises FileError where there is no such file.
    """
    if not path.exists():
        raise FileError(f"{path} cannot be read: it is not there")
    own = Submission(shown(path.stem if path.is_file() else path.resolve().name))
    collect(path, own, exercises)
    return own


def shown(name: str) -> str:
    """A name in printable letters; two names never become the same."""
    return "".join(
        c if c.isprintable() and c != "\\" else c.encode("unicode_escape").decode()
        for c in name
    )


def collect(path: Path, own: Submission, exercises: Sequence[Exercise]) -> None:
    """Add what is in a file or a folder."""
    try:
        if path.is_symlink():
            raise Unusable("is a symbolic link, which is not followed")
        if path.is_dir():
            collect_folder(path, own, exercises)
        else:
            collect_file(path, own, exercises)
    except (Unusable, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        own.reason = f"{shown(path.name)} {said}"


def collect_folder(path: Path, own: Submission, exercises: Sequence[Exercise]) -> None:
    """Add the files in a folder, those nearest to the top first."""
    files = list(files_below(path))
    ids = {f"{exercise.id}.py": exercise.id for exercise in exercises}
    for file in files:
        if file.name in ids:
            own.add(ids[file.name], source_in(file))
        else:
            own.others.append(shown(file.name))
    for file in files:
        if file.suffix in (".zip", ".ipynb"):
            collect(file, own, exercises)


def files_below(path: Path) -> Iterator[Path]:
    """All that is no folder, level by level."""
    level, count = [path], 0
    while level:
        entries = sorted(entry for folder in level for entry in folder.iterdir())
        count += len(entries)
        if count > MOST_FILES:
            raise Unusable(f"has more than {MOST_FILES} files")
        entries = [e for e in entries if not e.name.startswith((".", *HIDDEN))]
        level = [e for e in entries if e.is_dir() and not e.is_symlink()]
        yield from (e for e in entries if e not in set(level))


def collect_file(path: Path, own: Submission, exercises: Sequence[Exercise]) -> None:
    """Add what is in a zip file or a notebook."""
    if path.suffix == ".ipynb":
        text = content(path, LARGEST_NOTEBOOK)
        collect_notebook(shown(path.name), text, own, exercises)
    elif path.suffix == ".zip":
        collect_zip(path, own, exercises)
    else:
        for exercise in exercises:
            if path.name == f"{exercise.id}.py":
                own.add(exercise.id, source_in(path))


def source_in(path: Path) -> Source:
    """The text in a file."""
    name = shown(path.name)
    try:
        return checked(name, content(path, LARGEST))
    except Unusable as error:
        return Source(name, reason=f"{name} {error}")
    except OSError as error:
        return Source(name, reason=f"{name} cannot be read: {error.strerror}")


def checked(name: str, text: bytes) -> Source:
    """A text that is not empty."""
    if not text.strip():
        return Source(name, reason=f"{name} is empty")
    return Source(name, text)


def content(path: Path, largest: int) -> bytes:
    """The bytes of a plain file."""
    if path.is_symlink():
        raise Unusable("is a symbolic link, which is not followed")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unusable("is no plain file")
        if status.st_size > largest:
            raise Unusable(f"is larger than {largest} bytes")
        return file.read(largest + 1)


def collect_zip(path: Path, own: Submission, exercises: Sequence[Exercise]) -> None:
    """Add the files of a zip; one that reaches outside is not read at all."""
    content(path, LARGEST_ZIP)
    ids = {f"{exercise.id}.py": exercise.id for exercise in exercises}
    try:
        with zipfile.ZipFile(path) as archive:
            entries = sorted(archive.infolist(), key=lambda e: e.filename.count("/"))
            inspect_zip(entries)
            for entry in entries:
                name = PurePosixPath(entry.filename)
                if any(part.startswith((".", *HIDDEN)) for part in name.parts):
                    continue
                if name.name not in ids and not entry.is_dir():
                    own.others.append(shown(name.name))
                if name.name in ids:
                    own.add(ids[name.name], source_in_zip(archive, entry))
                elif name.suffix == ".ipynb":
                    text = unzipped(archive, entry, LARGEST_NOTEBOOK)
                    collect_notebook(shown(name.name), text, own, exercises)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unusable(f"is no zip file that can be read: {error}") from None


def inspect_zip(entries: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse names that lead outside, links, and too many files."""
    if len(entries) > MOST_FILES:
        raise Unusable(f"has more than {MOST_FILES} files")
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
            raise Unusable(f"holds the name {shown(name)}, which leads outside of it")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise Unusable(f"holds the symbolic link {shown(name)}")


def source_in_zip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Source:
    """The text of one file of a zip."""
    name = shown(PurePosixPath(entry.filename).name)
    try:
        return checked(name, unzipped(archive, entry, LARGEST))
    except Unusable as error:
        return Source(name, reason=f"{name} {error}")


def unzipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, largest: int) -> bytes:
    """The bytes of one file of a zip, however many it would like to be."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unusable("is compressed in an unusual way")
    try:
        with archive.open(entry) as file:
            data = file.read(largest + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise Unusable(f"cannot be unpacked: {error}") from None
    if len(data) > largest:
        raise Unusable(f"is larger than {largest} bytes when it is unpacked")
    return data


def collect_notebook(
    name: str, text: bytes, own: Submission, exercises: Sequence[Exercise]
) -> None:
    """Add the functions in a notebook, for the exercises that they belong to."""
    try:
        cells = [code_of(cell) for cell in json.loads(text)["cells"]]
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise Unusable(f"is no notebook that can be read: {error!r}"[:200]) from None
    good = "\n\n".join(filter(None, map(kept_of, cells)))
    for exercise in exercises:
        heads = tuple(f"def {wanted}(" for wanted in exercise.references)
        for code in (good, *cells):  # a cell that is no Python says so for itself
            if any(head in code for head in heads):
                own.add(exercise.id, Source(name, code.encode(errors="replace")))
                break


def code_of(cell: Any) -> str:
    """The code of a cell, without the notebook's own commands."""
    if cell.get("cell_type") != "code":
        return ""
    lines = "".join(cell.get("source", "")).splitlines()
    return "\n".join(x for x in lines if not x.lstrip().startswith(("%", "!", "?")))


def kept_of(code: str) -> str:
    """Imports, functions, classes and constants of a cell; no work that it does."""
    try:
        nodes = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    lines = code.splitlines()
    parts = []
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom | KEPT) or is_constant(node):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(d.lineno for d in decorators)])
            parts += lines[first - 1 : node.end_lineno]
    return "\n".join(parts)


KEPT = ast.FunctionDef | ast.ClassDef


def is_constant(node: ast.stmt) -> bool:
    """Whether a line gives a name to a plain value."""
    if not isinstance(node, ast.Assign):
        return False
    try:
        ast.literal_eval(node.value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True
