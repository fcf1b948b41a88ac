"""A verdict in words, for a terminal of any width, with or without colour."""

from __future__ import annotations

import importlib.metadata
import json
import linecache
import math
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TextIO

import numpy as np

from .exercise import CASES, Exercise
from .judge import Check, Finding, Verdict
from .printed import Printed
from .workspace import Record, label, short

NOT_RUN = ("stub", "missing", "syntax", "timeout", "memory", "crashed")
HEADINGS = {
    "missing": "function missing",
    "syntax": "the file does not run",
    "raised": "an error in your code",
    "type": "no array of numbers",
    "timeout": "took too long",
    "memory": "took too much memory",
    "crashed": "the process ended",
    "in_place": "arguments changed",
    "unrepeatable": "not repeatable",
    "count": "number of results",
    "shape": "shape",
    "not_finite": "not finite",
}
RED, GREEN, DIM, BOLD = "31", "32", "2", "1"


@dataclass(frozen=True)
class Look:
    """How wide lines are, whether there is colour, and the signs that can be shown."""

    width: int = 80
    colour: bool = False
    wrong: str = "✗"
    right: str = "✔"
    not_run: str = "–"
    between: str = "·"

    def paint(self, text: str, code: str) -> str:
        """Text in a colour, where there is colour."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def wrapped(self, text: str, indent: int = 4) -> list[str]:
        """Text as indented lines; its own line ends stay."""
        space = " " * indent
        lines: list[str] = []
        for line in text.splitlines():
            options: dict[str, Any] = {"break_long_words": False}
            options |= {"initial_indent": space, "subsequent_indent": space}
            lines += textwrap.wrap(line, self.width, **options) or [""]
        return lines


def look(stdout: TextIO | None = None) -> Look:
    """What suits a stream, by default standard output."""
    stdout = stdout or sys.stdout
    width = min(max(shutil.get_terminal_size().columns, 40), 88)
    terminal = stdout.isatty() and os.environ.get("TERM") != "dumb"
    colour = terminal and not os.environ.get("NO_COLOR")
    try:
        "✗✔–·".encode(stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return Look(width, colour, "x", "+", "-", "|")
    return Look(width, colour)


def say(*lines: str) -> None:
    """Print lines at once."""
    for line in lines:
        print(line)
    sys.stdout.flush()


def program() -> str:
    """How this program was called, so that what is printed can be typed."""
    by_module = os.path.basename(sys.argv[0]) == "__main__.py"  # noqa: PTH119
    return "python -m tinygraph" if by_module else "tinygraph"


def judged(exercise: Exercise, verdict: Verdict, file: str, look: Look) -> list[str]:
    """A verdict: points, one message, and what was looked at."""
    points = f"{verdict.points:g} of {verdict.maximum:g} points"
    lines = [f"{look.paint(label(exercise.id), BOLD)}   {points}"]
    if verdict.finding is None:
        lines += passed(exercise, verdict.seed, look)
    else:
        lines += failed(verdict, verdict.finding, file, look)
    for note in verdict.notes:
        lines += look.wrapped(f"note: {note}")
    return lines + checks(exercise, verdict, look)


def passed(exercise: Exercise, seed: int, look: Look) -> list[str]:
    """That an answer is right, and what that means."""
    each = " with each function" if len(exercise.references) > 1 else ""
    text = f"passed {CASES} of {CASES} cases{each}, seed {seed} (the same checks with "
    text += "other seeds are used for grading)"
    first, *others = look.wrapped(f"{look.right} {text}", 2)
    sign = look.paint(look.right, GREEN)
    return [first.replace(look.right, sign, 1), *(f"  {line}" for line in others)]


def failed(verdict: Verdict, finding: Finding, file: str, look: Look) -> list[str]:
    """What is wrong with an answer: one thing, and where."""
    sign = look.paint(look.wrong, RED)
    if finding.mistake == "stub":
        return [f"  {sign} {finding.message}"]
    known = "a known mistake" if finding.mistake.startswith("wrong_") else "values"
    heading = f"{sign} {HEADINGS.get(finding.mistake, known)}"
    if finding.case is not None and finding.mistake not in ("missing", "syntax"):
        heading += f"   case {finding.case}, seed {verdict.seed}"
    lines = [f"  {heading}", *look.wrapped(finding.message)]
    if finding.line is not None:
        linecache.checkcache(file)
        code = linecache.getline(file, finding.line).strip()
        lines += look.wrapped(f"line {finding.line}: {code}")
    return lines + first_wrong(finding, look)


def first_wrong(finding: Finding, look: Look) -> list[str]:
    """The first wrong element beside the right one, unless the message has it."""
    if finding.index is None or "first wrong element" in finding.message:
        return []
    where = list(finding.index) or "the number"
    text = f"first wrong element {where}: yours {finding.yours:.6g}, "
    if not finding.index:
        text = f"yours {finding.yours:.6g}, "
    return look.wrapped(text + f"right {finding.right:.6g}")


def checks(exercise: Exercise, verdict: Verdict, look: Look) -> list[str]:
    """What was looked at, with signs, in as few lines as it takes."""
    prefix = f"{next(iter(exercise.references))}: "
    alone = len(exercise.references) == 1
    lines, length = [""], 0
    for check in verdict.checks:
        sign, colour, note = signed(check, verdict, look)
        name = check.name.removeprefix(prefix) if alone else check.name
        size = len(f"{sign} {name}{note}")
        if length and 2 + length + 3 + size > look.width:
            lines, length = [*lines, ""], 0
        between = f" {look.between} " if length else ""
        lines[-1] += f"{between}{look.paint(sign, colour)} {name}{note}"
        length += len(between) + size
    return [f"  {line}" for line in lines if line]


def signed(check: Check, verdict: Verdict, look: Look) -> tuple[str, str, str]:
    """The sign of a check, its colour, and why it has not been run or counted.

    As long as no value is right, neither a right shape nor a right corner case counts.
    """
    mistake = verdict.finding.mistake if verdict.finding else ""
    if check.passed:
        return look.right, GREEN, ""
    if mistake in NOT_RUN:
        return look.not_run, DIM, ": not run"
    result, _, kind = check.name.rpartition(": ")
    failed = [c.name for c in verdict.checks if not c.passed]
    nothing = f"{result}: shape" in failed and f"{result}: values" in failed
    about = "shape" if mistake in ("shape", "count") else "values"
    if nothing and kind != about and kind != "values":
        return look.not_run, DIM, ": not counted"
    return look.wrong, RED, ""


@dataclass(frozen=True)
class Typed:
    """What a student types about an exercise."""

    hint: str
    solution: str
    again: str = ""
    following: str = ""  # for the next exercise


def typed(exercise: Exercise) -> Typed:
    """What is typed at the command line."""
    command, name = program(), short(exercise.id)
    return Typed(
        hint=f"{command} hint {name}",
        solution=f"{command} solution {name}",
        again=f"{command} check {name} --seed",
        following=f"{command} check",
    )


def footer(
    exercise: Exercise, verdict: Verdict, record: Record, typed: Typed, look: Look
) -> str:
    """What to type next."""
    parts, count, shown = [], len(exercise.hints), record.hints
    if verdict.passed and typed.following:
        parts.append(f"next: {typed.following}")
    if not verdict.passed and typed.again:
        parts.append(f"again: {typed.again} {verdict.seed}")
    if shown < count and not verdict.passed:
        parts.append(f"hint: {typed.hint} ({shown + 1} of {count})")
    else:
        parts.append(f"solution: {typed.solution}")
    line = "        ".join(parts)
    separator = "        " if len(line) + 2 <= look.width else "\n  "
    return look.paint(f"  {separator.join(parts)}", DIM)


def details(inputs: dict[str, Any], look: Look) -> list[str]:
    """The inputs of a case, and what came and should have come of it."""
    lines = []
    for name, value in inputs.items():
        shape = f", shape {value.shape}" if isinstance(value, np.ndarray) else ""
        lines.append(f"    {name}{shape}:")
        with np.printoptions(precision=5, threshold=100, linewidth=look.width - 8):
            lines += [f"      {line}" for line in str(value).splitlines()]
    return lines


def as_json(verdict: Verdict, file: str, said: Printed | None = None) -> str:
    """A verdict, and what was printed meanwhile, as one line of JSON."""
    finding = verdict.finding or Finding("")
    found = {"message": finding.message, "mistake": finding.mistake}
    found |= {"function": finding.function}
    place: dict[str, Any] = {"case": finding.case, "line": finding.line}
    place["index"] = None if finding.index is None else list(finding.index)
    place |= {"yours": number(finding.yours), "right": number(finding.right)}
    rows = [{"name": c.name, "passed": c.passed} for c in verdict.checks]
    head: dict[str, Any] = {"format": 1, "tinygraph": version()}
    head |= {"numpy": np.__version__}
    head |= {"id": verdict.exercise, "file": file, "points": verdict.points}
    head |= {"max": verdict.maximum, "status": verdict.status, "seed": verdict.seed}
    rest: dict[str, Any] = {"checks": rows, "notes": verdict.notes}
    rest["printed"] = None if said is None else asdict(said)
    return json.dumps({**head, **found, **place, **rest})


def version() -> str:
    """The installed version of tinygraph."""
    try:
        return importlib.metadata.version("tinygraph")
    except importlib.metadata.PackageNotFoundError:  # run from its folder
        return "not installed"


def number(value: float | None) -> float | str | None:
    """A number for JSON, which has no NaN and no infinity."""
    return value if value is None or math.isfinite(value) else str(value)


def table(rows: Sequence[Sequence[str]], gap: str = "   ") -> list[str]:
    """Rows as columns of equal width, without blanks at the ends of lines."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        gap.join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
