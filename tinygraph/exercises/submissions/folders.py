"""The folder of a class, and what each student has handed in there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import FileError
from ..exercise import Exercise
from .archives import collect_zip
from .notebooks import LARGEST_NOTEBOOK, collect_notebook
from .plain_files import HIDDEN, files_below, read_plain_file, source_in_file
from .submission import Submission, Unusable, shown_name

REPORTS = (".csv", ".json", ".xml", ".html")  # which the grader itself writes


def find_submissions(folder: Path, exercises: Sequence[Exercise]) -> list[Submission]:
    """What is in a folder with one entry for each student.

    Raises FileError if the folder cannot be read.
    """
    found: dict[str, Submission] = {}
    for path in entries_of(folder):
        student = student_of(path)
        if student is not None:
            own = found.setdefault(student, Submission(student))
            collect(path, own, exercises)
    return list(found.values())


def entries_of(folder: Path) -> list[Path]:
    """What is in a folder, sorted by name."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise FileError(f"{folder} cannot be read: {error.strerror}") from None


def stray_files(folder: Path) -> list[str]:
    """The files in the folder of a class that belong to no student."""
    return [
        shown_name(path.name)
        for path in entries_of(folder)
        if student_of(path) is None
        and not path.name.startswith((".", *HIDDEN))
        and path.suffix not in REPORTS
    ]


def student_of(path: Path) -> str | None:
    """The student to whom a file belongs; None if it belongs to nobody."""
    if path.name.startswith((".", *HIDDEN)):
        return None
    if path.suffix in (".zip", ".ipynb"):
        return shown_name(path.stem)
    return shown_name(path.name) if path.is_dir() or path.is_symlink() else None


def read_submission(path: Path, exercises: Sequence[Exercise]) -> Submission:
    """What one student has handed in: a folder, a zip file or a notebook.

    Raises FileError if there is no such file.
    """
    if not path.exists():
        raise FileError(f"{path} cannot be read: it does not exist")
    own = Submission(shown_name(path.stem if path.is_file() else path.resolve().name))
    collect(path, own, exercises)
    return own


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
        own.reason = f"{shown_name(path.name)} {said}"


def collect_folder(path: Path, own: Submission, exercises: Sequence[Exercise]) -> None:
    """Add the files in a folder, those nearest to the top first."""
    files = list(files_below(path))
    ids = {f"{exercise.id}.py": exercise.id for exercise in exercises}
    for file in files:
        if file.name in ids:
            own.add(ids[file.name], source_in_file(file))
        else:
            own.others.append(shown_name(file.name))
    for file in files:
        if file.suffix in (".zip", ".ipynb"):
            collect(file, own, exercises)


def collect_file(path: Path, own: Submission, exercises: Sequence[Exercise]) -> None:
    """Add what is in a zip file or a notebook."""
    if path.suffix == ".ipynb":
        text = read_plain_file(path, LARGEST_NOTEBOOK)
        collect_notebook(shown_name(path.name), text, own, exercises)
    elif path.suffix == ".zip":
        collect_zip(path, own, exercises)
    else:
        for exercise in exercises:
            if path.name == f"{exercise.id}.py":
                own.add(exercise.id, source_in_file(path))
