"""What a class has handed in, in a folder or an archive, and what one student has."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

from ...errors import ArgumentError, FileError
from ..exercise import Exercise
from ..language import marked, translated
from .archives import (
    Allowance,
    archive_ending,
    entries_in_archive,
    expanded_archives,
    unread_ending,
)
from .entry import Entry, is_hidden
from .file_names import counter_of, exercise_named
from .layouts import by_student, is_from_platform, without_root
from .notebooks import LARGEST_NOTEBOOK, collect_notebook
from .plain_files import MOST_FILES, entries_below
from .submission import (
    LARGEST_FILE,
    Source,
    Submission,
    Unusable,
    shortened,
    shown_name,
    source_of_text,
    why_unread,
)

UNREAD_ARCHIVE = marked(
    "is an archive of a kind that is not read; .zip and .tar.gz are"
)
JOURNAL = ".grades"  # how the folder ends that the grader writes beside what it grades


def find_submissions(
    path: Path, exercises: Sequence[Exercise], names: str | None = None
) -> list[Submission]:
    """What each student of a class has handed in.

    `path` is a folder or an archive, in the layout of a learning platform or with one
    entry for each student; `names` is a pattern for other layouts. Raises FileError if
    it cannot be read, and ArgumentError if nothing in it says whose it is.
    """
    with entries_of_class(path) as entries:
        if names is None:
            entries = without_root(entries, in_archive=path.is_file())
        students = by_student(entries, exercises, names).items()
        if all(exercise_named(name, exercises) for name, _ in students):
            raise ArgumentError(
                translated(
                    "{path} contains no student's folder, archive or notebook; if it is"
                    " the work of one student, add --single",
                    path=path,
                )
            )
        return [submission_of(name, found, exercises) for name, found in students]


@contextmanager
def entries_of_class(path: Path) -> Iterator[Sequence[Entry]]:
    """What is in the folder or the archive of a class, to be read inside the context.

    The archive of a platform may be alone in a folder. Raises FileError.
    """
    if not (path.is_file() and archive_ending(path.name)):
        entries = entries_of_folder(path)
        with ExitStack() as stack:
            if len(entries) == 1 and is_archive_at_top(entries[0]):
                with suppress(FileError):  # it is the row of a student then
                    alone = path / entries[0].name
                    inside = stack.enter_context(entries_of_class(alone))
                    entries = inside if is_from_platform(inside) else entries
            yield entries
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            entries = entries_in_archive(path.name, file)
        except (Unusable, OSError) as error:
            raise FileError(f"{path} {why_unread(error)}") from None
        yield entries


def is_archive_at_top(entry: Entry) -> bool:
    """Whether an entry is an archive that is in no folder, and not a link."""
    is_file = not (entry.reason or entry.is_empty_folder)
    return is_file and len(entry.parts) == 1 and archive_ending(entry.name) != ""


def entries_of_folder(path: Path) -> Sequence[Entry]:
    """What is in the folder of a class. Raises FileError."""
    if path.is_file():
        raise FileError(
            translated(
                "{path} is neither a folder nor an archive whose name ends in .zip, "
                ".tar, .tar.gz or .tgz",
                path=path,
            )
        )
    try:
        inside = sorted(
            p
            for p in path.iterdir()
            if not (is_hidden(p.name) or p.name.endswith(JOURNAL))
        )
    except OSError as error:
        raise FileError(
            translated(
                "{path} cannot be read: {error}", path=path, error=error.strerror
            )
        ) from None
    return list(chain.from_iterable(entries_below(p, (p.name,)) for p in inside))


def read_submission(path: Path, exercises: Sequence[Exercise]) -> Submission:
    """What one student has handed in: a folder, an archive, a notebook or a file.

    Raises FileError if there is no such file.
    """
    if not path.exists():
        raise FileError(
            translated("{path} cannot be read: it does not exist", path=path)
        )
    name = path.stem if path.is_file() else path.resolve().name
    student = shown_name(submitters_on_gradescope(path) or name)
    top = (path.name,) if path.is_file() else ()
    return submission_of(student, entries_below(path, top), exercises)


def submitters_on_gradescope(path: Path) -> str:
    """Who handed in the folder `submission`, if Gradescope says so beside it."""
    beside = path.resolve().with_name("submission_metadata.json")
    if path.name != "submission":
        return ""
    try:
        users = json.loads(beside.read_bytes())["users"]
        return ", ".join(sorted(str(user["email"]) for user in users))
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def submission_of(
    student: str, found: Iterable[Entry], exercises: Sequence[Exercise]
) -> Submission:
    """What a student has handed in, in these entries."""
    found = list(found)
    own, allowance = Submission(student), Allowance()
    own.identifier = next((e.identifier for e in found if e.identifier), "")
    troubles = []
    entries = (
        inner for entry in found for inner in expanded_archives(entry, allowance)
    )
    for number, entry in enumerate(entries):
        if number == MOST_FILES:
            said = translated("there are more than {count} files", count=MOST_FILES)
            troubles.append(said)
            break
        if trouble := collect(entry, own, exercises, allowance):
            troubles.append(trouble)
    own.reason = shortened(troubles)
    return own


def collect(
    entry: Entry, own: Submission, exercises: Sequence[Exercise], allowance: Allowance
) -> str:
    """Add an entry to a submission; returns why it cannot be read, if it cannot."""
    exercise = exercise_named(entry.name, exercises)
    if entry.is_empty_folder:
        if exercise:
            name = shown_name(entry.name)
            reason = translated("{name} is an empty folder", name=name)
            own.add(exercise, Source(name, reason=reason))
        return ""
    if exercise:
        source = source_of_entry(entry, exercise, allowance)
        own.add(exercise, replace(source, path=shown_name("/".join(entry.parts))))
    elif entry.reason:
        return entry.trouble
    elif entry.name.lower().endswith(".ipynb"):
        name = shown_name(entry.name)
        try:
            text = allowance.read(entry, LARGEST_NOTEBOOK)
            collect_notebook(name, text, own, exercises, age_of(entry), entry.hand_in)
        except (Unusable, OSError) as error:
            return f"{name} {why_unread(error)}"
    elif unread_ending(entry.name):
        return f"{shown_name(entry.name)} {translated(UNREAD_ARCHIVE)}"
    else:
        own.others.append(shown_name(entry.name))
    return ""


def source_of_entry(entry: Entry, exercise: str, allowance: Allowance) -> Source:
    """The text of an entry for an exercise, or why it cannot be read."""
    name, age = shown_name(entry.name), age_of(entry)
    notes: tuple[str, ...] = ()
    if name != f"{exercise}.py":
        notes = (translated("taken from the file {name}", name=name),)
    try:
        if entry.reason:
            raise Unusable(entry.reason)
        text = allowance.read(entry, LARGEST_FILE)
        text, notes = in_utf8(text, notes)
    except (Unusable, OSError) as error:
        return Source(name, reason=f"{name} {why_unread(error)}", age=age)
    source = Source(name, text, notes=notes, age=age, hand_in=entry.hand_in)
    return source_of_text(source)


def in_utf8(text: bytes, notes: tuple[str, ...]) -> tuple[bytes, tuple[str, ...]]:
    """A text in UTF-8; if it was in UTF-16, as Windows writes it, with a note."""
    if not text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return text, notes
    said = translated("converted from UTF-16, which Python cannot run")
    return text.decode("utf-16", errors="replace").encode(), (*notes, said)


def age_of(entry: Entry) -> tuple[object, ...]:
    """When an entry was handed in, to compare it with others of the same student.

    Of files of the same time, a higher counter is newer, then a shorter path.
    """
    counter = counter_of(entry.name)
    return entry.attempt, int(entry.modified), counter, -len(entry.parts)
