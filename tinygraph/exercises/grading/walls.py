"""What rows tell of the walls around the files, and whether files may run at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import ArgumentError
from ..language import marked, translated
from ..running.nursery import walls_of_this_system
from .row import GRADER_FAULT, Row

NOT_RUN = ("missing", GRADER_FAULT)  # statuses
NAMES = {
    "network": marked("network"),
    "files": marked("this package's and the class's files"),
    "disk": marked("writing outside its own folder"),
    "processes": marked("other processes"),
}


def require_walls(hidden: Sequence[Path]) -> None:
    """Raise ArgumentError if this system puts no wall around a student's file."""
    if not NAMES.keys() & walls_of_this_system(hidden):
        raise ArgumentError(
            translated(
                "nothing was run: this system puts no wall around students' files, "
                "which could then read and change what you can; grade in a "
                "container or virtual machine that holds nothing else, and add "
                "--unsafe"
            )
        )


def walls_down(row: Row) -> list[str]:
    """The walls that did not hold around a file; none if no file ran."""
    return [name for key, name in NAMES.items() if row.walls and key not in row.walls]


def walls_in_words(rows: Sequence[Row]) -> str:
    """The walls around all students' files, in a sentence."""
    if all(row.status in NOT_RUN for row in rows):
        return translated("no file was run.")
    parts = [wall_in_words(name, rows) for name in NAMES.values()]
    ran = [row for row in rows if row.walls]
    limited = bool(ran) and all("AS" in row.walls for row in ran)
    memory = translated("memory limit: not set")
    if limited:
        memory = translated("memory limit: set")
    return "; ".join([*parts, memory]) + "."


def wall_in_words(name: str, rows: Sequence[Row]) -> str:
    """Whether a wall held around all students' files, or around how many it did not."""
    ran = [row for row in rows if row.walls]
    down = sum(name in walls_down(row) for row in ran)
    fields = {"wall": translated(name), "down": down, "count": len(ran)}
    if 0 < down < len(ran):
        return translated("{wall}: not blocked in {down} of {count} rows", **fields)
    said = (
        marked("{wall}: blocked") if ran and not down else marked("{wall}: not blocked")
    )
    return translated(said, **fields)
