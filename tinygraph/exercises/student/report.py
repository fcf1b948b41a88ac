"""A verdict in words, as lines for a terminal, and as JSON."""

from __future__ import annotations

import json
import linecache
import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..exercise import CASES, Exercise, label_of, short_id
from ..judging.messages import first_wrong_element
from ..judging.verdict import (
    FAILED,
    PASSED,
    Check,
    Finding,
    Verdict,
    state_of_check,
    translated_check,
)
from ..language import marked, translated
from ..terminal import BOLD, DIM, GREEN, RED, Look, installed_version, program_name
from .prints import Prints
from .progress import Progress

HEADINGS = {
    "missing": marked("function missing"),
    "syntax": marked("the file does not run"),
    "raised": marked("an error in your code"),
    "type": marked("not an array of numbers"),
    "timeout": marked("took too long"),
    "memory": marked("took too much memory"),
    "crashed": marked("the process ended"),
    "in_place": marked("arguments changed"),
    "unrepeatable": marked("not repeatable"),
    "state": marked("remembers something"),
    "count": marked("number of results"),
    "shape": marked("shape"),
    "not_finite": marked("not finite"),
}
KNOWN, VALUES, CORNERS = (
    marked("a known mistake"),
    marked("values"),
    marked("corner cases"),
)


def verdict_lines(
    exercise: Exercise, verdict: Verdict, file: str, look: Look
) -> list[str]:
    """A verdict: points, one message, and what was checked."""
    points = translated(
        "{points:g} of {maximum:g} points",
        points=verdict.points,
        maximum=verdict.maximum,
    )
    lines = [f"{look.paint(label_of(exercise.id), BOLD)}   {points}"]
    if verdict.finding is None:
        lines += passed_lines(exercise, verdict.seed, look)
    else:
        lines += failed_lines(verdict, verdict.finding, file, look)
    for note in verdict.notes:
        lines += look.wrap(translated("note: {note}", note=note))
    return lines + check_lines(exercise, verdict, look)


def own_network_lines(verdict: Verdict, look: Look) -> list[str]:
    """Whether earlier answers trained the network of exercise 15, and which did."""
    label = look.paint(label_of(verdict.exercise), BOLD)
    lines = [f"{label}   {translated('with your own functions')}"]
    if verdict.finding is None:
        said = translated("the network learns, in all {count} cases", count=CASES)
        lines.append(f"  {look.paint(look.right, GREEN)} {said}")
    else:
        said = translated("the network does not learn")
        lines.append(f"  {look.paint(look.wrong, RED)} {said}")
        lines += look.wrap(verdict.finding.message)
    for note in verdict.notes:
        lines += look.wrap(note)
    end = translated("this does not count as your answer to exercise 15")
    return [*lines, look.paint(f"  {end}", DIM)]


def passed_lines(exercise: Exercise, seed: int, look: Look) -> list[str]:
    """The lines for an answer that is right."""
    said = marked(
        "passed {count} of {count} cases, seed {seed} (the same checks with other "
        "seeds are used for grading)"
    )
    if len(exercise.references) > 1:
        said = marked(
            "passed {count} of {count} cases with each function, seed {seed} (the same "
            "checks with other seeds are used for grading)"
        )
    text = translated(said, count=CASES, seed=seed)
    first, *others = look.wrap(f"{look.right} {text}", 2)
    sign = look.paint(look.right, GREEN)
    return [first.replace(look.right, sign, 1), *(f"  {line}" for line in others)]


def failed_lines(
    verdict: Verdict, finding: Finding, file: str, look: Look
) -> list[str]:
    """The lines for an answer that is wrong: one mistake, and where it is."""
    sign = look.paint(look.wrong, RED)
    if finding.mistake == "stub":
        return [f"  {sign} {finding.message}"]
    known = KNOWN if finding.mistake.startswith("wrong_") else VALUES
    heading = f"{sign} {translated(HEADINGS.get(finding.mistake, known))}"
    if finding.case is not None and finding.mistake not in ("missing", "syntax"):
        where = {"case": finding.case, "seed": verdict.seed}
        heading += "   " + translated("case {case}, seed {seed}", **where)
    lines = [f"  {heading}", *look.wrap(finding.message)]
    if finding.line is not None:
        linecache.checkcache(file)
        code = linecache.getline(file, finding.line).strip()
        lines += look.wrap(
            translated("line {line}: {code}", line=finding.line, code=code)
        )
    return lines + first_wrong_line(finding, look)


def first_wrong_line(finding: Finding, look: Look) -> list[str]:
    """The first wrong element and the right one, unless the message has them."""
    if finding.index is None or not finding.mistake:
        return []
    return look.wrap(first_wrong_element(vars(finding)))


def check_lines(exercise: Exercise, verdict: Verdict, look: Look) -> list[str]:
    """What was checked, with signs, in as few lines as possible."""
    prefix = f"{next(iter(exercise.references))}: "
    alone = len(exercise.references) == 1
    lines, length = [""], 0
    for check in verdict.checks:
        sign, colour, note = sign_of_check(check, verdict, look)
        name = translated_check(check.name.removeprefix(prefix if alone else ""))
        size = len(f"{sign} {name}{note}")
        if length and 2 + length + 3 + size > look.width:
            lines, length = [*lines, ""], 0
        between = f" {look.between} " if length else ""
        lines[-1] += f"{between}{look.paint(sign, colour)} {name}{note}"
        length += len(between) + size
    return [f"  {line}" for line in lines if line]


def sign_of_check(check: Check, verdict: Verdict, look: Look) -> tuple[str, str, str]:
    """The sign of a check, its colour, and why it was not run or not counted."""
    mistake = verdict.finding.mistake if verdict.finding else ""
    state = state_of_check(check, verdict.checks, mistake)
    if state == PASSED:
        return look.right, GREEN, ""
    if state == FAILED:
        return look.wrong, RED, ""
    return look.not_run, DIM, f": {translated(state)}"


@dataclass(frozen=True)
class NextCommands:
    """What a student can type next about an exercise."""

    hint: str
    solution: str  # empty if there is none
    again: str = ""
    following: str = ""  # for the next exercise


def typed_in_shell(exercise: Exercise) -> NextCommands:
    """What a student can type next at the command line."""
    command, name = program_name(), short_id(exercise.id)
    return NextCommands(
        hint=f"{command} hint {name}",
        solution=f"{command} solution {name}",
        again=f"{command} check {name} --seed",
        following=f"{command} check",
    )


def footer_line(
    exercise: Exercise,
    verdict: Verdict,
    record: Progress,
    typed: NextCommands,
    look: Look,
) -> str:
    """The last line of a check: what to type next."""
    parts, count, shown = [], len(exercise.hints), record.hints
    if verdict.passed and typed.following:
        parts.append(translated("next: {command}", command=typed.following))
    elif verdict.passed and typed.again:
        parts.append(translated("all exercises have passed"))
    if not verdict.passed and typed.again:
        again = f"{typed.again} {verdict.seed}"
        parts.append(translated("again: {command}", command=again))
    if shown < count and not verdict.passed:
        parts.append(
            translated(
                "hint: {command} ({number} of {count})",
                command=typed.hint,
                number=shown + 1,
                count=count,
            )
        )
    elif typed.solution:
        parts.append(translated("solution: {command}", command=typed.solution))
    line = "        ".join(parts)
    separator = "        " if len(line) + 2 <= look.width else "\n  "
    return look.paint(f"  {separator.join(parts)}", DIM)


def case_lines(inputs: dict[str, Any], look: Look) -> list[str]:
    """The inputs and results of a case."""
    lines = []
    for name, value in inputs.items():
        said = f"{name}:"
        if isinstance(value, np.ndarray):
            shape = {"name": name, "shape": value.shape}
            said = translated("{name}, shape {shape}:", **shape)
        lines.append(f"    {said}")
        with np.printoptions(precision=5, threshold=100, linewidth=look.width - 8):
            lines += [f"      {line}" for line in str(value).splitlines()]
    return lines


def verdict_json(verdict: Verdict, file: str, said: Prints | None = None) -> str:
    """A verdict, and what the function printed, as one line of JSON."""
    finding = verdict.finding or Finding("")
    found = {"message": finding.message, "mistake": finding.mistake}
    found |= {"function": finding.function}
    place: dict[str, Any] = {"case": finding.case, "line": finding.line}
    place["index"] = None if finding.index is None else list(finding.index)
    place |= {"yours": json_number(finding.yours), "right": json_number(finding.right)}
    rows = [{"name": c.name, "passed": c.passed} for c in verdict.checks]
    head: dict[str, Any] = {"format": 1, "tinygraph": installed_version()}
    head |= {"numpy": np.__version__}
    head |= {"id": verdict.exercise, "file": file, "points": verdict.points}
    head |= {"max": verdict.maximum, "status": verdict.status, "seed": verdict.seed}
    rest: dict[str, Any] = {"checks": rows, "notes": verdict.notes}
    rest["printed"] = None if said is None else asdict(said)
    return json.dumps({**head, **found, **place, **rest})


def json_number(value: float | None) -> float | str | None:
    """A number for JSON, in which NaN and infinity are strings."""
    return value if value is None or math.isfinite(value) else str(value)
