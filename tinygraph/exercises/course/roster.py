"""The roster: all students of a class, so that those who are absent have rows too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import ArgumentError
from ..language import translated
from ..submissions.submission import Submission
from .csv_table import CsvTable, read_csv
from .names import Person, find_person

# What the columns are called by Moodle, Canvas and people, in English and German.
COLUMNS = {
    "name": (
        "student", "name", "full name", "student name", "vollständiger name",
        "teilnehmer", "teilnehmerin", "studierende", "studierender", "studentin",
    ),
    "first": ("first name", "given name", "forename", "vorname", "vornamen"),
    "last": ("last name", "surname", "family name", "nachname", "familienname"),
    "id": (
        "id", "id number", "student id", "student number", "matriculation number",
        "matrikelnummer", "matrikelnr", "matrikel", "matr nr", "mtknr", "id nummer",
        "idnummer", "sid", "user id", "nummer", "number",
    ),
    "email": (
        "email", "email address", "mail", "mail address", "e mail adresse",
        "mailadresse",
    ),
    "login": (
        "sis login id", "login id", "login", "username", "user name", "anmeldename",
        "benutzername", "nutzername", "kennung", "account",
    ),
    "section": ("section", "sections", "group", "groups", "gruppe", "gruppen"),
    "sis_id": ("sis user id",),
    "identifier": ("identifier", "id der teilnahme", "kennzeichnung"),
}  # fmt: skip
NOT_STUDENTS = ("points possible", "student, test", "test student")  # in Canvas


@dataclass(frozen=True)
class Roster:
    """The students of a class, and the file that names them."""

    people: tuple[Person, ...]
    table: CsvTable


def read_roster(path: Path) -> Roster:
    """The students in a CSV file. Raises FileError and ArgumentError."""
    table = read_csv(path, COLUMNS)
    if not {"name", "first", "last", "email"} & table.places.keys():
        head = ", ".join(map(repr, table.head[:5]))
        raise ArgumentError(
            translated(
                "{path} has no column of names: its first line must name the "
                "columns, such as student;id;email, and is {head}",
                path=path,
                head=head,
            )
        )
    people = [person_of(values) for _, values in table.rows()]
    if "sis_id" in table.places:  # the gradebook of Canvas
        people = [replace(person, identifier=person.id) for person in people]
    people = [p for p in people if p.name.casefold() not in NOT_STUDENTS]
    if not people:
        raise ArgumentError(
            translated("{path} names no student below its first line", path=path)
        )
    return Roster(tuple(with_different_names(list(dict.fromkeys(people)))), table)


def person_of(values: dict[str, str]) -> Person:
    """The student in a line of a roster."""
    given, family = values.pop("first", ""), values.pop("last", "")
    name = values.pop("name", "") or f"{given} {family}".strip()
    if "@" in values.get("login", "") and not values.get("email"):
        values["email"] = values["login"]
    name = name or values.get("email", "") or values.get("id", "")
    return Person(" ".join(name.split()), **values)


def with_different_names(people: Sequence[Person]) -> list[Person]:
    """Students of whom no two have the same name: those have their number as well."""
    many = Counter(person.name for person in people)
    return [
        replace(p, name=f"{p.name} ({p.id or p.email or number})")
        if many[p.name] > 1
        else p
        for number, p in enumerate(people, 1)
    ]


@dataclass(frozen=True)
class Attendance:
    """Who is in a class, and what everybody has handed in."""

    submissions: list[Submission]
    people: dict[str, Person]  # by the name of the submission
    strangers: dict[str, str]  # whose name is not in the roster, and what is like it


def attendance_of(
    submissions: Sequence[Submission], roster: Roster | None
) -> Attendance:
    """Everybody in the roster, in its order, and then everybody else who handed in.

    What a student handed in under several names is joined.
    """
    known = () if roster is None else roster.people
    found = {person.name: Submission(person.name) for person in known}
    people = {person.name: person for person in known}
    strangers: dict[str, str] = {}
    for own in submissions:
        person = find_person(own.student, known, own.identifier)
        if isinstance(person, Person):
            found[person.name].join(own)
            if not person.identifier:
                identifier = found[person.name].identifier
                people[person.name] = replace(person, identifier=identifier)
            continue
        name = own.student
        if roster is not None:
            strangers[name] = person
        found[name], people[name] = own, Person(name, identifier=own.identifier)
    return Attendance(list(found.values()), people, strangers)
