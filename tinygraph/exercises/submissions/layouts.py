"""Whose a file is, in the layouts in which learning platforms hand out a class's work.

Anna Müller_12345_assignsubmission_file_/01_mse.py       Moodle
Anna Müller_12345_assignsubmission_file_01_mse.py        Moodle, without folders
mulleranna_LATE_12345_900_01_mse-1.py                    Canvas
Exercise 1_amuller_attempt_2026-11-02-10-15-30_01_mse.py Blackboard
submission_12345/01_mse.py, submission_metadata.yml      Gradescope
anna/01_mse.py, anna.zip, anna.ipynb, anna_01_mse.py     none of them
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..exercise import Exercise
from ..language import translated
from .alphabet import alphabetical
from .archives import archive_ending, unread_ending
from .entry import Entry
from .file_names import COUNTER, ENDING, counter_of, exercise_named
from .hand_in import HandIn
from .submission import Unusable, shown_name

METADATA = "submission_metadata.yml"
LARGEST_METADATA = 50 * 2**20  # bytes
REPORTS = (".csv", ".json", ".xml", ".html")  # which the grader itself writes
MOODLE = re.compile(
    r"(?P<student>.+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)"
)
CANVAS = re.compile(
    r"(?P<student>[^_]+)(?P<late>_LATE|_late)?_(?P<id>\d+)_(?P<attempt>\d+)_(?P<file>.+)"
)
CANVAS_TEXT = re.compile(  # handed in as a text or as a link, in the browser
    r"(?P<student>[^_]+)(?P<late>_LATE|_late)?_(?P<id>\d+)_(?P<file>(?:text|link)\.html)"
)
BLACKBOARD = re.compile(
    r"(?P<head>.+_(?P<student>[^_]+))_attempt_(?P<attempt>\d{4}(?:-\d\d){5})"
    r"(?:_(?P<file>.+)|\.txt)"
)
KEY = re.compile(r"  :?(?P<key>\w+):")  # of a submission in Gradescope's list
CREATED = re.compile(
    r"  :?created_at:\s*['\"]?(?P<time>[^'\"]+?)\s*(?P<zone>Z|UTC)?['\"]?"
)
SUBMITTER = re.compile(r"\s*-?\s*:?name:\s*(?P<quote>['\"]?)(?P<name>.*?)(?P=quote)\s*")


@dataclass(frozen=True)
class Owned:
    """An entry, and whose it is; without a student, it belongs to nobody."""

    student: str
    entry: Entry
    id: str = ""  # tells students with the same name apart


def by_student(
    entries: Sequence[Entry], exercises: Sequence[Exercise], names: str | None = None
) -> dict[str, list[Entry]]:
    """What each student of a class has handed in, by name, in order of the names."""
    submitters, hand_ins = gradescope_submitters(entries), gradescope_times(entries)
    shared = shared_on_blackboard(entries)
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if names is not None:
            owned: Iterable[Owned] = [owner_by_pattern(entry, names)]
        elif submitters:
            owned = owners_on_gradescope(entry, submitters, hand_ins)
        else:
            owned = [owner(entry, exercises, shared)]
        for one in owned:
            if one.student:
                found.setdefault((one.student, one.id), []).append(one.entry)
    return with_distinct_names(found)


def shared_on_blackboard(entries: Sequence[Entry]) -> str:
    """With what the names of all of Blackboard's files begin, up to a _; or "".

    That is the assignment; both it and the names of students may contain _.
    """
    found = (BLACKBOARD.fullmatch(entry.parts[0]) for entry in entries)
    heads = {f["head"] for f in found if f}
    pieces = zip(*(head.split("_") for head in heads), strict=False)
    shared = itertools.takewhile(lambda each: len(set(each)) == 1, pieces)
    return "".join(f"{each[0]}_" for each in shared) if len(heads) > 1 else ""


def with_distinct_names(
    found: dict[tuple[str, str], list[Entry]],
) -> dict[str, list[Entry]]:
    """Entries by name; of students with the same name, by name and number."""
    names = [name for name, _ in found]
    students: dict[str, list[Entry]] = {}
    for (name, number), own in found.items():
        several = names.count(name) > 1 and number
        students.setdefault(f"{name} {number}" if several else name, []).extend(own)
    return {shown_name(n): students[n] for n in sorted(students, key=alphabetical)}


def without_root(entries: Sequence[Entry], in_archive: bool) -> Sequence[Entry]:
    """Entries without a folder around all of them that is not a student's.

    Platforms put it there, and so does who archives a folder. It is not a student's if
    it contains what platforms write or, in an archive, only folders and archives.
    """
    inside = [entry for entry in entries if not entry.reason]
    roots = {entry.parts[:1] for entry in inside}
    below = {entry.parts[1:2]: len(entry.parts) for entry in inside}
    platform = any(entry.parts[1:] == (METADATA,) for entry in entries)
    folders = (
        in_archive
        and len(below) > 1
        and all(
            depth > 2 or archive_ending("".join(part)) for part, depth in below.items()
        )
    )
    named = any(MOODLE.fullmatch("".join(part)) for part in below)
    if len(roots) == 1 and (platform or folders or named):
        return [
            replace(entry, parts=entry.parts[1:]) if entry.parts[:1] in roots else entry
            for entry in entries
        ]
    return entries


def is_from_platform(entries: Sequence[Entry]) -> bool:
    """Whether names are those that a platform gives."""
    tops = {entry.parts[0] for entry in without_root(entries, in_archive=True)}
    patterns = (MOODLE, CANVAS, CANVAS_TEXT, BLACKBOARD)
    return METADATA in tops or any(p.fullmatch(top) for p in patterns for top in tops)


def owner(entry: Entry, exercises: Sequence[Exercise], shared: str = "") -> Owned:
    """Whose an entry is, by the names that platforms give, or by the first folder.

    All names of Blackboard's files begin with what is shared.
    """
    top, is_file = entry.parts[0], len(entry.parts) == 1 and not entry.is_empty_folder
    patterns = (MOODLE, CANVAS, CANVAS_TEXT, BLACKBOARD) if is_file else (MOODLE,)
    for pattern in patterns:
        if found := pattern.fullmatch(top):
            owned = owner_on_platform(entry, found)
            if pattern is BLACKBOARD and shared:
                return replace(owned, student=found["head"].removeprefix(shared))
            return owned
    return owner_of_file(entry, exercises) if is_file else Owned(top, entry)


def owner_on_platform(entry: Entry, found: re.Match[str]) -> Owned:
    """Whose an entry is, of which a platform's pattern has matched the first part."""
    values = found.groupdict()
    rest = (values["file"],) if values["file"] else ()
    parts = (*rest, *entry.parts[1:]) or entry.parts
    attempt = values.get("attempt") or ""
    if found.re is CANVAS:  # where a file that is handed in again gets a number
        attempt = f"{int(attempt):020}-{counter_of(parts[0]):06}"
    number = values.get("id") or ""
    own = replace(
        entry,
        parts=parts,
        attempt=attempt,
        hand_in=hand_in_on_platform(entry, found),
        identifier=f"Participant {number}" if found.re is MOODLE else number,
    )
    return Owned(values["student"], own, number)


def hand_in_on_platform(entry: Entry, found: re.Match[str]) -> HandIn:
    """When a file was handed in, by the name that a platform gave it."""
    if found.re in (CANVAS, CANVAS_TEXT):
        return replace(entry.hand_in, is_late=found["late"] is not None)
    if found.re is BLACKBOARD:
        with suppress(ValueError):
            time = datetime.strptime(found["attempt"], "%Y-%m-%d-%H-%M-%S")
            return HandIn(time, "Blackboard")
    return entry.hand_in


def owner_of_file(entry: Entry, exercises: Sequence[Exercise]) -> Owned:
    """Whose a file is that is in no folder of a student."""
    name = entry.name
    if ending := archive_ending(name) or unread_ending(name):
        return Owned(name.removesuffix(ending), entry)
    stem, _, _ = name.rpartition(".")
    if is_report(entry):
        return Owned("", entry)
    if exercise_named(name, exercises):
        return Owned(
            name, replace(entry, reason=translated("does not say whose it is"))
        )
    ids = "|".join(re.escape(exercise.id) for exercise in exercises)
    file = rf"(?P<file>(?:{ids}|\d\d_[a-z]\w*?){COUNTER}*{ENDING})"
    found = re.fullmatch(rf"(?P<student>.+?)[ _-]+{file}", name, re.IGNORECASE)
    if found:
        return Owned(found["student"], replace(entry, parts=(found["file"],)))
    return Owned(stem or name, entry)


def is_report(entry: Entry) -> bool:
    """Whether a file is like those that the grader writes, beside the hand-ins.

    A page in an archive is a student's text.
    """
    name = entry.name.lower()
    return name.endswith(REPORTS) and not (entry.is_packed and name.endswith(".html"))


def owner_by_pattern(entry: Entry, names: str) -> Owned:
    """Whose an entry is, by the teacher's pattern for paths."""
    path = "/".join(entry.parts) + "/" * entry.is_empty_folder
    if found := re.fullmatch(names, path):
        file = found.groupdict().get("file")
        parts = (*entry.parts[:-1], file) if file else entry.parts
        return Owned(found["student"], replace(entry, parts=parts))
    if is_report(entry):
        return Owned("", entry)
    return Owned(path, replace(entry, reason=translated("does not match --names")))


def owners_on_gradescope(
    entry: Entry, submitters: dict[str, list[str]], hand_ins: dict[str, HandIn]
) -> Iterator[Owned]:
    """Whose an entry of Gradescope's export is: a group may share it."""
    top, *rest = entry.parts
    hand_in = hand_ins.get(top, entry.hand_in)
    own = replace(entry, parts=tuple(rest) or entry.parts, hand_in=hand_in)
    if top != METADATA:
        yield from (Owned(name, own, top) for name in submitters.get(top, [top]))


def gradescope_submitters(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """The students of each folder, as the list in Gradescope's export tells."""
    found: dict[str, list[str]] = {}
    own: list[str] = []
    lists_them = False
    for line in metadata_lines(entries):
        if line.startswith("submission_"):
            own = found.setdefault(line.rstrip().removesuffix(":"), [])
        elif key := KEY.match(line):
            lists_them = key["key"] == "submitters"
        elif lists_them and (name := SUBMITTER.fullmatch(line)):
            own.append(name["name"])
    return {folder: names for folder, names in found.items() if names}


def gradescope_times(entries: Sequence[Entry]) -> dict[str, HandIn]:
    """When each folder was handed in, as the list in Gradescope's export tells."""
    found: dict[str, HandIn] = {}
    folder = ""
    for line in metadata_lines(entries):
        if line.startswith("submission_"):
            folder = line.rstrip().removesuffix(":")
        elif created := CREATED.fullmatch(line.rstrip()):
            with suppress(ValueError):
                time = datetime.fromisoformat(created["time"])
                zone = UTC if created["zone"] else time.tzinfo
                found[folder] = HandIn(time.replace(tzinfo=zone), "Gradescope")
    return found


def metadata_lines(entries: Sequence[Entry]) -> Iterator[str]:
    """The lines of Gradescope's list; none if it cannot be read."""
    for entry in entries:
        if entry.parts == (METADATA,):
            with suppress(Unusable, OSError):
                text = entry.read(LARGEST_METADATA).decode(errors="replace")
                yield from text.splitlines()
