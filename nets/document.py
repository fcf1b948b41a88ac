"""What a checkpoint says besides its arrays, as JSON text, and back without trust."""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

import numpy as np

from nets.rules import TEXT, Rule, check, whole
from nets.run import EpochRecord, Progress, Run
from nets.settings import MOST_EPOCHS, Settings

FORMAT = 1
# A record of one epoch has 7 values in some 200 bytes; the rest has fewer than 200.
LARGEST = 250 * MOST_EPOCHS
MOST_VALUES = 7 * MOST_EPOCHS + 200

Record = TypeVar("Record")


@dataclass
class Document:
    """All of a run that is no array of numbers; see `Run`."""

    format: int
    settings: Settings
    classes: tuple[str, ...]
    example_label: int
    fingerprint: str
    rng: np.random.Generator
    progress: Progress

    def __post_init__(self) -> None:
        check(self, RULES)
        check(self, {"example_label": whole(0, len(self.classes) - 1)})
        done, wanted = self.progress.epoch, self.settings.epochs
        if done + (self.progress.batch > 0) > wanted:
            raise ValueError(f"it stands in epoch {done + 1} of {wanted}")
        if self.progress.seen > self.progress.batch * self.settings.batch_size:
            raise ValueError("it has seen more pictures than its batches hold")


RULES = {
    "format": Rule(lambda value: type(value) is int and value == FORMAT, f"{FORMAT}"),
    "classes": Rule(
        lambda names: all(map(TEXT.holds, names)) and len({*names}) == len(names) > 0,
        "names that differ",
    ),
    "fingerprint": Rule(
        lambda text: TEXT.holds(text) and bool(re.fullmatch("[0-9a-f]{64}", text)),
        "the 64 hexadecimal digits of a SHA-256",
    ),
}


def write(run: Run) -> bytes:
    """The document of a run."""
    parts = {
        "format": FORMAT,
        "settings": asdict(run.settings),
        "classes": run.classes,
        "example_label": run.example_label,
        "fingerprint": run.fingerprint,
        "rng": run.rng.bit_generator.state,
        "progress": asdict(run.progress),
    }
    return json.dumps(parts, allow_nan=False).encode()


def read(text: bytes) -> Document:
    """What `write` wrote.  Raises ValueError, in words, for anything else."""
    parts = _parsed(text)
    if not isinstance(parts, dict) or parts.get("format") != FORMAT:
        raise ValueError(f"its document is not of format {FORMAT}")
    parts["settings"] = _record(Settings, parts.get("settings"), "settings")
    parts["classes"] = tuple(_list(parts.get("classes"), "classes"))
    parts["rng"] = _generator(parts.get("rng"))
    parts["progress"] = _progress(parts.get("progress"))
    return _record(Document, parts, "document")


def _parsed(text: bytes) -> Any:
    """The value of a JSON text that is no longer, and has no more in it, than ours."""
    if len(text) > LARGEST or sum(map(text.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ValueError(f"its document is longer than that of {MOST_EPOCHS} epochs")
    if not text.isascii():
        raise ValueError("its document has other letters than those of ASCII")
    try:
        return json.loads(text, parse_constant=_refused, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("its document has lists in lists without end") from None


def _refused(word: str) -> None:
    raise ValueError(f"its document has the number {word}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parts = dict(pairs)
    if len(parts) < len(pairs):
        raise ValueError("its document has a name twice")
    return parts


def _record(kind: type[Record], parts: Any, name: str) -> Record:
    """A record of all its fields and no others; only a flag that is off may lack."""
    if not isinstance(parts, dict):
        raise ValueError(f"its {name} is {reprlib.repr(parts)}, no named values")
    known = {field.name: field.default for field in fields(kind)}  # type: ignore[arg-type]
    wrong = {*parts} ^ {*known}
    lacking = sorted(name for name in wrong if known.get(name, True) is not False)
    if lacking:
        word = "lacks" if lacking[0] in known else "has an unknown"
        raise ValueError(f"its {name} {word} {reprlib.repr(lacking[0])}")
    return kind(**parts)


def _list(values: Any, name: str) -> list[Any]:
    if not isinstance(values, list):
        raise ValueError(f"its {name} is {reprlib.repr(values)}, no list")
    return values


def _progress(parts: Any) -> Progress:
    if isinstance(parts, Mapping) and "history" in parts:
        history = _list(parts["history"], "history")
        records = [_record(EpochRecord, part, "history") for part in history]
        parts = {**parts, "history": records}
    return _record(Progress, parts, "progress")


def _generator(state: Any) -> np.random.Generator:
    """A generator in a state that it says of itself afterwards."""
    generator = np.random.default_rng(0)
    try:
        generator.bit_generator.state = state
        if generator.bit_generator.state != state or state["has_uint32"] not in (0, 1):
            raise ValueError
    except (ArithmeticError, LookupError, TypeError, ValueError):
        raise ValueError("the state of its random numbers is none") from None
    return generator
