"""All of a checkpoint except its arrays, as JSON, and back without trusting it."""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any, TypeVar

import numpy as np

from .layers import generators
from .rules import TEXT, Rule, check, whole
from .run import EpochRecord, Progress, Run
from .settings import MOST_EPOCHS, Settings

FORMAT = 1
# The record of an epoch has 7 values in about 200 bytes; the rest has fewer than 200.
LARGEST_DOCUMENT = 250 * MOST_EPOCHS
MOST_VALUES = 7 * MOST_EPOCHS + 400
Generators = dict[str, np.random.Generator]

Built = TypeVar("Built")


@dataclass
class Document:
    """Everything in a run that is not an array of numbers; see `Run`."""

    format: int
    settings: Settings
    classes: tuple[str, ...]
    example_label: int
    fingerprint: str
    rng: np.random.Generator
    progress: Progress
    generators: Generators = field(default_factory=dict, metadata={"later": True})

    def __post_init__(self) -> None:
        check(self, DOCUMENT_RULES)
        check(self, {"example_label": whole(0, len(self.classes) - 1)})
        done, wanted = self.progress.epoch, self.settings.epochs
        if done + (self.progress.batch > 0) > wanted:
            raise ValueError(f"it is in epoch {done + 1} of {wanted}")
        if self.progress.seen > self.progress.batch * self.settings.batch_size:
            raise ValueError("it has seen more pictures than its batches contain")


DOCUMENT_RULES = {
    "format": Rule(lambda value: type(value) is int and value == FORMAT, f"{FORMAT}"),
    "classes": Rule(
        lambda names: all(map(TEXT.holds, names)) and len({*names}) == len(names) > 0,
        "different names",
    ),
    "fingerprint": Rule(
        lambda text: TEXT.holds(text) and bool(re.fullmatch("[0-9a-f]{64}", text)),
        "the 64 hexadecimal digits of a SHA-256",
    ),
}


def to_json(run: Run) -> bytes:
    """The document of a run as bytes of JSON."""
    parts = {
        "format": FORMAT,
        "settings": asdict(run.settings),
        "classes": run.classes,
        "example_label": run.example_label,
        "fingerprint": run.fingerprint,
        "rng": run.rng.bit_generator.state,
        "progress": asdict(run.progress),
        "generators": {
            name: generator.bit_generator.state
            for name, generator in generators(run.network).items()
        },
    }
    return json.dumps(parts, allow_nan=False).encode()


def from_json(text: bytes) -> Document:
    """The document in the bytes that `to_json` returned; ValueError for any others."""
    parts = parse(text)
    if not isinstance(parts, dict) or parts.get("format") != FORMAT:
        raise ValueError(f"its document is not of format {FORMAT}")
    parts["settings"] = build(Settings, parts.get("settings"), "settings")
    parts["classes"] = tuple(require_list(parts.get("classes"), "classes"))
    parts["rng"] = build_generator(parts.get("rng"))
    parts["progress"] = build_progress(parts.get("progress"))
    parts["generators"] = build_generators(parts.get("generators", {}))
    return build(Document, parts, "document")


def parse(text: bytes) -> Any:
    """Parse a JSON text that is not larger than any of ours can be."""
    values = sum(map(text.count, (b",", b"[", b"{")))
    if len(text) > LARGEST_DOCUMENT or values > MOST_VALUES:
        raise ValueError(f"its document is too long for {MOST_EPOCHS} epochs")
    if not text.isascii():
        raise ValueError("its document has characters outside ASCII")
    try:
        return json.loads(
            text, parse_constant=refuse_number, object_pairs_hook=without_repeats
        )
    except RecursionError:
        raise ValueError("its document is nested too deeply") from None


def refuse_number(word: str) -> None:
    """Raise ValueError for NaN and infinities."""
    raise ValueError(f"its document has the number {word}")


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dictionary of the pairs; ValueError if a name occurs twice."""
    parts = dict(pairs)
    if len(parts) < len(pairs):
        raise ValueError("its document has the same name twice")
    return parts


def build(kind: type[Built], parts: Any, name: str) -> Built:
    """Build a dataclass from exactly its fields; see `may_be_missing`."""
    if not isinstance(parts, dict):
        raise ValueError(f"its {name} must be an object, not {reprlib.repr(parts)}")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    missing = {name for name in known if not may_be_missing(known[name])}
    if faults := sorted(({*parts} - {*known}) | (missing - {*parts})):
        word = "is missing" if faults[0] in known else "is unknown"
        raise ValueError(f"{reprlib.repr(faults[0])} {word} in its {name}")
    return kind(**parts)


def may_be_missing(field: Field[Any]) -> bool:
    """Whether an older document may lack a field: a flag, or a later setting."""
    return field.default is False or "later" in field.metadata


def require_list(values: Any, name: str) -> list[Any]:
    """Return `values` if it is a list; raise ValueError otherwise."""
    if not isinstance(values, list):
        raise ValueError(f"its {name} must be a list, not {reprlib.repr(values)}")
    return values


def build_progress(parts: Any) -> Progress:
    """Build the progress, with the records of its history."""
    if isinstance(parts, Mapping) and "history" in parts:
        history = require_list(parts["history"], "history")
        records = [build(EpochRecord, part, "history") for part in history]
        parts = {**parts, "history": records}
    return build(Progress, parts, "progress")


def build_generators(states: Any) -> Generators:
    """The generators of layers, by name."""
    if not isinstance(states, dict):
        raise ValueError(f"its generators must be an object, not {states!r:.20}")
    return {name: build_generator(state) for name, state in states.items()}


def build_generator(state: Any) -> np.random.Generator:
    """Build a generator in the given state, and check that it is in this state."""
    generator = np.random.default_rng(0)
    try:
        generator.bit_generator.state = state
        if generator.bit_generator.state != state or state["has_uint32"] not in (0, 1):
            raise ValueError
    except (ArithmeticError, LookupError, TypeError, ValueError):
        raise ValueError("the state of its random generator is not valid") from None
    return generator
