"""A TOML file that a teacher writes: each mistake in it is one sentence."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ...errors import ArgumentError, FileError
from ...files import require_regular
from ..language import marked, translated
from ..similar_names import nearest_of

MOST_SHOWN = 60  # characters of a value in a message
DATES = marked(
    "write a date as 2026-11-30, or with a time as 2026-11-30T23:59:00+01:00"
)


@dataclass(frozen=True)
class Table:
    """A table of a file, whose values are checked when they are taken."""

    path: Path
    values: dict[str, Any]
    name: str = ""  # of the table in the file; empty for the file as a whole

    def require_known(self, known: Sequence[str]) -> None:
        """Raise ArgumentError if there is a key that has no meaning."""
        for key in self.values:
            if key not in known:
                raise ArgumentError(
                    translated(
                        "{path}: there is no setting {key}{near}",
                        path=self.path,
                        key=self.full(key),
                        near=nearest_of(key, known),
                    )
                )

    def full(self, key: str) -> str:
        """A key with the name of its table."""
        return f"{self.name}.{key}" if self.name else key

    def get(
        self,
        key: str,
        is_right: Callable[[Any], bool],
        wanted: str,
        default: Any = None,
    ) -> Any:
        """A value, or the default without one; raises ArgumentError if it is wrong.

        `wanted` says what is right, and gives an example, as the end of a sentence.
        """
        if key not in self.values:
            return default
        value = self.values[key]
        if not is_right(value):
            raise self.error(key, translated("is not {wanted}", wanted=wanted))
        return value

    def error(self, key: str, said: str) -> ArgumentError:
        """The error that a value is wrong, with the end of a sentence."""
        shown = as_toml(self.values[key])
        return ArgumentError(f"{self.path}: {self.full(key)} = {shown} {said}")


def read_toml(path: Path) -> Table:
    """A TOML file. Raises FileError if it cannot be read, and ArgumentError."""
    try:
        require_regular(path)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = (
            error.strerror
            if isinstance(error, OSError)
            else translated("it is not UTF-8")
        )
        raise FileError(
            translated("{path} cannot be read: {error}", path=path, error=why or error)
        ) from None
    try:
        return Table(path, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ArgumentError(f"{path}: {toml_fault(text, str(error))}") from None


def toml_fault(text: str, said: str) -> str:
    """What is wrong with a text that is not TOML, with the line that is wrong."""
    found = re.search(r"\(at line (\d+), column \d+\)", said)
    number = int(found[1]) if found else len(text.splitlines())
    line = "".join(text.splitlines()[number - 1 : number]).strip()
    remedy = f": {translated(DATES)}" if re.search(r"=\s*\d+[-./]\d+", line) else ""
    what = said.replace(found[0] if found else "", "").strip().rstrip(".")
    return translated(
        "line {number}, {line!r}, is not TOML ({what}){remedy}",
        number=number,
        line=shortened(line),
        what=what,
        remedy=remedy,
    )


def as_toml(value: Any) -> str:
    """A value as it would be written in a TOML file.

    >>> as_toml(True), as_toml("08"), as_toml([1, "a"])
    ('true', '"08"', '[1, "a"]')
    """
    if isinstance(value, list):
        return shortened(f"[{', '.join(map(as_toml, value))}]")
    if isinstance(value, dict):
        pairs = (f"{key} = {as_toml(item)}" for key, item in value.items())
        return shortened(f"{{{', '.join(pairs)}}}")
    if isinstance(value, str | bool):
        return shortened(json.dumps(value, ensure_ascii=False))
    return value.isoformat() if isinstance(value, date | time) else str(value)


def shortened(text: str) -> str:
    """A text of limited length."""
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


def is_number(value: Any) -> bool:
    """Whether a value is a finite number."""
    return type(value) in (int, float) and abs(value) < float("inf")


def is_text(value: Any) -> bool:
    """Whether a value is a string that is not blank."""
    return isinstance(value, str) and value.strip() != ""


def as_date(value: Any) -> date | datetime | None:
    """A value as a date or a time, which may be in quotes; None if it is neither."""
    if isinstance(value, str):
        for kind in (date, datetime):
            try:
                return kind.fromisoformat(value.strip())
            except ValueError:
                continue
    return value if isinstance(value, date) else None
