"""The course file: which exercises a class has, what they count, and when they are due.

A course is a TOML file of about ten lines:

    name = "Neural networks"
    exercises = ["01-08", {id = "09", weight = 2}, "own/16_layer_norm.py"]
    due = 2026-11-30
    timezone = "Europe/Berlin"
    late = {percent_per_day = 10, at_most = 50}
    imports = ["numpy"]
    language = "en"
    solutions = 2026-12-07
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from ...errors import ArgumentError
from ...files import expanded
from ..catalogue import shipped_paths
from ..exercise import Exercise
from ..language import languages, marked, translated
from ..packed import SUFFIX, read_exercise
from ..selection import select_ids
from ..similar_names import nearest_of
from .late import ACCEPTED, REFUSED, LateRule
from .settings import DATES, Table, as_date, is_number, is_text, read_toml

KEYS = (
    "name", "exercises", "due", "timezone", "late", "imports", "language", "solutions",
    "extensions",
)  # fmt: skip
EXERCISE_KEYS = ("id", "weight", "due")
LATE_KEYS = ("percent_per_day", "at_most", "grace_minutes", "refused_after_days")
COURSE_FILE = "course.toml"  # in a folder
END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True)
class CourseExercise:
    """An exercise of a course."""

    path: Path  # of its file
    weight: float = 1.0  # by which its points are multiplied
    due: datetime | None = None  # instead of the due date of the course

    @property
    def id(self) -> str:
        """The name of its file without the suffix."""
        return self.path.stem


@dataclass(frozen=True)
class Course:
    """A course, as its file defines it. All times have a time zone."""

    path: Path
    name: str
    exercises: tuple[CourseExercise, ...]  # in the order of the course
    due: datetime | None = None  # the last moment that is in time
    late: LateRule = ACCEPTED
    imports: tuple[str, ...] | None = None  # besides the standard library; None: all
    language: str = "en"
    solutions: bool | datetime = True  # open after passing; never; or from then on
    zone: tzinfo | None = None  # of times that have none
    extensions: dict[str, datetime] = field(default_factory=dict)  # due, by student

    def load_exercises(self) -> list[Exercise]:
        """The exercises, in the order of the course. Their files are trusted code."""
        return [self.load_exercise(exercise.path) for exercise in self.exercises]

    def load_exercise(self, path: Path) -> Exercise:
        """The exercise in one of the files, with the imports that the course allows."""
        exercise = read_exercise(path)
        if self.imports is None:
            return exercise
        return replace(exercise, imports=self.imports)

    def weight_of(self, id: str) -> float:
        """The weight of an exercise."""
        return next((e.weight for e in self.exercises if e.id == id), 1.0)

    def due_of(self, id: str) -> datetime | None:
        """When an exercise is due, for a student without an extension."""
        return next((e.due for e in self.exercises if e.id == id), None) or self.due

    def solutions_are_open(self, now: datetime | None = None) -> bool:
        """Whether students may see solutions at a time, by default now."""
        if isinstance(self.solutions, bool):
            return self.solutions
        return (now or datetime.now(UTC)) >= self.solutions


def read_course(path: str | Path) -> Course:
    """The course in a file. The exercises that it names are found, but not loaded.

    Raises FileError if the file cannot be read, and ArgumentError if something in it is
    wrong, in one sentence that names the file, the setting, its value and a remedy.
    """
    table = read_toml(expanded(path))
    table.require_known(KEYS)
    zone = read_zone(table)
    due = read_moment(table, "due", zone, END_OF_DAY)
    exercises = tuple(read_exercises(table, zone))
    if "late" in table.values and not (due or any(e.due for e in exercises)):
        raise table.error(
            "late", translated('needs a due date: add "due = 2026-11-30"')
        )
    return Course(
        path=table.path,
        name=table.get("name", is_text, translated('a name: write name = "Networks"'))
        or table.path.stem,
        exercises=exercises,
        due=due,
        late=read_late_rule(table),
        imports=read_imports(table),
        language=table.get(
            "language", is_language, translated('a language such as "de"'), "en"
        ),
        solutions=read_solutions(table, zone),
        zone=zone or (due.tzinfo if due else None),
        extensions=read_extensions(table, zone),
    )


def course_at(path: Path) -> Course:
    """The course in a file, or that of all exercises in a folder.

    Raises FileError if it cannot be read, and ArgumentError if it is not a course.
    """
    if not path.is_dir():
        return read_course(path)
    if (path / COURSE_FILE).is_file():
        return read_course(path / COURSE_FILE)
    files = sorted(file.resolve() for file in path.glob("[!_.]*.py"))
    if not files:
        raise ArgumentError(
            translated(
                "{path} has neither a {file} nor exercises", path=path, file=COURSE_FILE
            )
        )
    own = tuple(map(CourseExercise, files))
    return Course(path, path.resolve().name, own, solutions=False)


def read_zone(table: Table) -> tzinfo | None:
    """The time zone of a course."""
    name = table.get("timezone", is_text, translated('a name such as "Europe/Berlin"'))
    if name is None:
        return None
    known = available_timezones()
    if not known:
        raise table.error(
            "timezone",
            translated(
                "is unknown here, because this computer has no list of time zones: "
                "install tzdata, or write due with its offset, such as "
                "2026-11-30T23:59:00+01:00"
            ),
        )
    if name not in known:
        remedy = nearest_of(
            name, sorted(known), translated(': write a name such as "Europe/Berlin"')
        )
        raise table.error(
            "timezone", translated("is not a time zone{remedy}", remedy=remedy)
        )
    return ZoneInfo(name)


def read_moment(
    table: Table, key: str, zone: tzinfo | None, clock: time
) -> datetime | None:
    """A date or a time, with a time zone; a date is the time `clock` of its day."""
    if key not in table.values:
        return None
    moment = as_date(table.values[key])
    if moment is None:
        raise table.error(
            key, translated("is not a date: {remedy}", remedy=translated(DATES))
        )
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, clock)
    if moment.tzinfo is None and zone is None:
        raise table.error(
            key,
            translated(
                'has no time zone: add, for example, timezone = "Europe/Berlin"'
            ),
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def read_exercises(table: Table, zone: tzinfo | None) -> Iterator[CourseExercise]:
    """The exercises of a course; without any, those of tinygraph."""
    wanted = translated('a list such as ["01-05", "08", "own/16_layer_norm.py"]')
    every = [path.stem for path in shipped_paths()]
    said = table.get("exercises", is_list_of_entries, wanted, every)
    found: dict[str, CourseExercise] = {}
    for entry in said:
        values = entry if isinstance(entry, dict) else {"id": entry}
        own = Table(table.path, values, "exercises")
        for exercise in read_entry(own, zone):
            known = found.setdefault(exercise.id, exercise)
            if known.path != exercise.path:
                raise own.error(
                    "id",
                    translated(
                        "has the same name as {path}: rename it", path=known.path
                    ),
                )
            found[exercise.id] = exercise
    yield from found.values()


def is_list_of_entries(value: Any) -> bool:
    """Whether a value can be the list of exercises."""
    return (
        isinstance(value, list)
        and value != []
        and all(isinstance(entry, str | dict) for entry in value)
    )


def read_entry(table: Table, zone: tzinfo | None) -> Iterator[CourseExercise]:
    """The exercises that one entry of the list names, with its weight and due date."""
    table.require_known(EXERCISE_KEYS)
    if "id" not in table.values:
        raise ArgumentError(
            translated(
                "{path}: an entry of exercises has no id: write, for example, {{id "
                '= "09", weight = 2}}',
                path=table.path,
            )
        )
    weight = table.get(
        "weight", is_weight, translated("a number above 0: write weight = 2"), 1
    )
    due = read_moment(table, "due", zone, END_OF_DAY)
    for path in paths_of_entry(table):
        yield CourseExercise(path, float(weight), due)


def is_weight(value: Any) -> bool:
    """Whether a value is a number above 0."""
    return is_number(value) and value > 0


def paths_of_entry(table: Table) -> list[Path]:
    """The files of exercises that a number, a range, a file or a folder names."""
    name = table.get("id", is_text, translated('text: write, for example, id = "09"'))
    own = table.path.parent / expanded(name)
    if name.endswith((".py", SUFFIX)):
        if not own.is_file():
            near = nearest_of(own.name, [p.name for p in own.parent.glob("*.py")], "")
            raise table.error("id", translated("does not exist{near}", near=near))
        return [own.resolve()]
    if own.is_dir():
        found = sorted(path.resolve() for path in own.glob("[!_.]*.py"))
        if not found:
            raise table.error("id", translated("is a folder without exercises"))
        return found
    paths = {path.stem: path for path in shipped_paths()}
    try:
        return [paths[id] for id in select_ids([name], list(paths))]
    except ArgumentError as error:
        raise ArgumentError(f"{table.path}: exercises: {error}") from None


def read_late_rule(table: Table) -> LateRule:
    """What late answers lose; without a rule, nothing."""
    wanted = translated(
        '"accepted", "refused" or a rule such as {{percent_per_day = 10, at_most = 50}}'
    )
    said = table.get("late", is_late_rule, wanted, "accepted")
    if isinstance(said, str):
        return ACCEPTED if said == "accepted" else REFUSED
    own = Table(table.path, said, "late")
    own.require_known(LATE_KEYS)
    rule = ACCEPTED
    for key in own.values:
        percent = key in ("percent_per_day", "at_most")
        said = (
            marked("a percentage from 0 to 100: write, for example, {key} = 10")
            if percent
            else marked("a number from 0 on: write, for example, {key} = 10")
        )
        is_right = is_percentage if percent else is_from_zero
        value = own.get(key, is_right, translated(said, key=key))
        rule = replace(rule, **{key: float(value)})
    return rule


def is_from_zero(value: Any) -> bool:
    """Whether a value is a number that is not negative."""
    return is_number(value) and value >= 0


def is_percentage(value: Any) -> bool:
    """Whether a value is a number from 0 to 100."""
    return is_from_zero(value) and value <= 100


def is_late_rule(value: Any) -> bool:
    """Whether a value can be a late rule."""
    return isinstance(value, dict) or value in ("accepted", "refused")


def read_imports(table: Table) -> tuple[str, ...] | None:
    """The modules that answers may import; None if the course does not say."""
    wanted = translated('a list of modules: write, for example, imports = ["numpy"]')
    said = table.get("imports", is_list_of_modules, wanted)
    return None if said is None else tuple(dict.fromkeys(said))


def is_list_of_modules(value: Any) -> bool:
    """Whether a value is a list of names of modules."""
    return isinstance(value, list) and all(
        isinstance(name, str) and all(part.isidentifier() for part in name.split("."))
        for name in value
    )


def is_language(value: Any) -> bool:
    """Whether the checker speaks a language."""
    return isinstance(value, str) and value in languages()


def read_solutions(table: Table, zone: tzinfo | None) -> bool | datetime:
    """Whether students may see solutions, or from when on."""
    said = table.values.get("solutions", True)
    if isinstance(said, bool):
        return said
    if as_date(said) is None:
        raise table.error(
            "solutions", translated("is not true, false or a date such as 2026-12-07")
        )
    moment = read_moment(table, "solutions", zone, time())
    assert moment is not None
    return moment


def read_extensions(table: Table, zone: tzinfo | None) -> dict[str, datetime]:
    """Students who have more time, and until when."""
    wanted = translated('a table of students, such as {{"Ann Lee" = 2026-12-07}}')
    said = table.get("extensions", lambda v: isinstance(v, dict), wanted, {})
    own = Table(table.path, said, "extensions")
    found = {name: read_moment(own, name, zone, END_OF_DAY) for name in said}
    return {name: moment for name, moment in found.items() if moment is not None}
