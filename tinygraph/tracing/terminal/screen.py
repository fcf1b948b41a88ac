"""A moment of a trace as lines of text for a terminal of a given size."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ...drawing.box import brief, gradient_texts
from ...legible import legible, shape_text
from ..moment import Moment, moment, sentence
from ..record import Record
from ..remarks import remarks
from ..steps import BackwardStep, ForwardStep, UpdateStep

KEYS = "← → step   PgUp PgDn operation   Home End   q quit"
NAME, OPERATION, NUMBERS = 28, 12, 31  # the widest columns
DETAILS = 9  # lines below the list, if the terminal has enough
PLAIN, BOLD, DIM, GRADIENT = "", "1", "2", "38;5;166"  # the last is vermillion


class Part(NamedTuple):
    """A piece of a line in one style."""

    text: str
    style: str = PLAIN


Line = list[Part]


def screen(
    record: Record, place: int, width: int, height: int, colour: bool = True
) -> list[str]:
    """The `height` lines of the screen after the step at that place."""
    now = moment(record, place)
    below = [[Part("─" * width, DIM)], *detail_lines(record, now, width)]
    below = below[: max(1, min(1 + DETAILS, height - 8))]
    below += [[]] * (min(1 + DETAILS, height - 8) - len(below))
    above = [header(record, now, width), bar(record, now, width)]
    room = height - len(above) - len(below) - 1
    lines = [*above, *value_list(record, now, width, room), *below, [Part(KEYS, DIM)]]
    return [ansi(line, width, colour) for line in lines][:height]


def header(record: Record, now: Moment, width: int) -> Line:
    """The chapter and the step."""
    order = "" if record.order == "topological" else record.order.replace("_", "-")
    left = f"{now.chapter}  step {now.number} of {now.last}"
    left += f"  {order} order" if order else ""
    right = f"{now.place + 1} of {len(record.timeline)}"
    gap = " " * max(2, width - len(left) - len(right))
    return [Part(left, BOLD), Part(gap + right, DIM)]


def bar(record: Record, now: Moment, width: int) -> Line:
    """How far the timeline has advanced."""
    done = round(width * (now.place + 1) / len(record.timeline))
    return [Part("━" * done), Part("─" * (width - done), DIM)]


def value_list(record: Record, now: Moment, width: int, room: int) -> list[Line]:
    """The values in recording order, scrolled to the current step."""
    nodes, marks = list(record.names), marks_of(record, now)
    rows = room - 1
    marked = [place for place, node in enumerate(nodes) if node in marks]
    step = now.step
    focus = step.source if isinstance(step, BackwardStep) else step.node
    start = first_shown(marked, nodes.index(focus), len(nodes), rows)
    shown = nodes[start : start + rows]
    widths = widths_of(record, width)
    wrong = record.wrong if finished(record, now) else {}
    lines = [headings(widths)]
    for node in shown:
        mark = marks.get(node, "")
        right = record.correct[node] if node in wrong else None
        lines.append(value_row(record, now, node, mark, widths, right))
    return (lines + [[]] * (room - len(lines)))[: max(room, 0)]


def finished(record: Record, now: Moment) -> bool:
    """Whether all gradients of a naive order have arrived, and can be compared."""
    return record.order != "topological" and len(now.delivered) == len(record.steps)


def marks_of(record: Record, now: Moment) -> dict[int, str]:
    """What the current step does with each value that it is about."""
    step = now.step
    if isinstance(step, ForwardStep):
        used = dict.fromkeys(record.graph.at(step.node).inputs, "uses")
        return {**used, step.node: "makes" if used else "leaf"}
    if isinstance(step, UpdateStep):
        return {step.node: "moves"}
    marks = {} if step.node is None else {step.node: "from"}
    return {**marks, step.source: "to" if marks else "seed"}


def first_shown(marked: list[int], focus: int, count: int, rows: int) -> int:
    """The first line shown, so that all that is marked, or else the focus, is seen."""
    low, high = min(marked), max(marked)
    if high - low >= rows:
        low = high = focus
    start = (low + high + 1) // 2 - rows // 2
    return max(0, min(start, count - rows))


class Widths(NamedTuple):
    """The widths of the columns; 0 for one that is omitted."""

    name: int
    operation: int
    shape: int
    value: int


def widths_of(record: Record, width: int) -> Widths:
    """Columns as wide as necessary; some are omitted in a narrow terminal."""
    at = [record.graph.at(node) for node in record.names]
    widths = Widths(
        min(NAME, max(columns(name) for name in record.names.values())),
        min(OPERATION, max(len(x.op) for x in at)),
        max(len(shape_text(x.shape, "×")) for x in at),
        min(NUMBERS, max(len(few(x.value)) for x in at)),
    )
    for spare in ("operation", "shape", "value"):
        if 7 + sum(widths) + 2 * len(widths) + 12 > width:
            widths = widths._replace(**{spare: 0})
    return widths


def headings(widths: Widths) -> Line:
    """The headings of the columns."""
    texts = zip(("name", "operation", "shape", "value"), widths, strict=True)
    cells = "".join(padded(text, at) + "  " for text, at in texts if at)
    return [Part(" " * 7 + cells + "gradient", DIM)]


def value_row(
    record: Record, now: Moment, node: int, mark: str, widths: Widths, right: Any
) -> Line:
    """One value: its name, shape and numbers, and its gradient if that has arrived."""
    at, computed = record.graph.at(node), node in now.computed
    value = now.updated.get(node, at.value)
    style = BOLD if mark else PLAIN if computed else DIM
    texts = (
        record.names[node],
        at.op,
        shape_text(at.shape, "×"),
        few(value) if computed else "",
    )
    cells = [
        padded(text, width) + "  "
        for text, width in zip(texts, widths, strict=True)
        if width
    ]
    line = [Part(f"{mark:>5}  ", style), Part("".join(cells), style)]
    if node in now.gradients:
        line.append(Part(few(now.gradients[node]), GRADIENT))
        expected = record.expected[node]
        if now.arrived[node] < expected:
            line.append(Part(f"  {now.arrived[node]} of {expected}", DIM))
    if right is not None:
        line.append(Part(f"  wrong: should be {few(right)}", BOLD))
    return line


def few(value: Any) -> str:
    """The numbers of a short array, or the norm of a longer one."""
    return " ".join(gradient_texts(value))


def detail_lines(record: Record, now: Moment, width: int) -> list[Line]:
    """The current step in words and numbers, with the remarks on it."""
    step = now.step
    lines = [[Part(text, BOLD)] for text in wrapped(sentence(record, step), width)]
    if isinstance(step, ForwardStep):
        lines.append(labelled("value", brief(step.value)))
    elif isinstance(step, UpdateStep):
        lines.append(labelled("before", brief(step.before)))
        lines.append(labelled("gradient", brief(step.gradient), GRADIENT))
        lines.append(labelled("after", brief(step.after)))
    else:
        lines += delivery(step)
    for text in remarks_at(record, now):
        lines += [[Part(text, BOLD)] for text in wrapped(f"! {text}", width)]
    return lines


def delivery(step: BackwardStep) -> Iterator[Line]:
    """The gradient at an operation, the contribution, and the sum at its input."""
    if step.node is not None:
        yield labelled("gradient", brief(step.gradient), GRADIENT)
    if step.local is not None:
        yield labelled("local", brief(step.local))
    yield labelled("contribution", brief(step.contribution), GRADIENT)
    before = "nothing" if step.before is None else brief(step.before)
    yield labelled("before", before, PLAIN if step.before is None else GRADIENT)
    total = labelled("sum", brief(step.total), GRADIENT)
    yield [*total, Part(f"   {step.arrived} of {step.expected} arrived")]


def remarks_at(record: Record, now: Moment) -> list[str]:
    """The remarks at this place; each step that comes too early has one."""
    texts = [text for place, text in remarks(record) if place == now.place]
    step = now.step
    if isinstance(step, BackwardStep) and step.early and step.node is not None:
        arrived, expected = now.arrived[step.node], record.expected[step.node]
        texts = [text for text in texts if not text.startswith("Too early")]
        texts.append(
            f"Too early: {step.name} passes its gradient on after {arrived} of "
            f"{expected} contributions, so gradients after it are wrong."
        )
    return texts


def labelled(label: str, text: str, style: str = PLAIN) -> Line:
    """A number after its label."""
    return [Part(f"{label:<14}", DIM), Part(text, style)]


def wrapped(text: str, width: int) -> list[str]:
    """A sentence in lines."""
    return textwrap.wrap(text, max(width, 10)) or [""]


def ansi(line: Line, width: int, colour: bool) -> str:
    """A line with ANSI codes, cut off at the width."""
    result, room = [], width
    for text, style in line:
        shown = padded(text, min(room, columns(text)))
        room -= columns(shown)
        if style == PLAIN or (style == GRADIENT and not colour):
            result.append(shown)
        elif shown:
            result.append(f"\x1b[{style}m{shown}\x1b[0m")
    return "".join(result)


def padded(text: str, width: int) -> str:
    """A text cut off or padded to a width."""
    text = legible(text, " ")
    if columns(text) > width:
        text = cut_off(text, width - 1) + "…" if width > 0 else ""
    return text + " " * (width - columns(text))


def cut_off(text: str, width: int) -> str:
    """As much of a text as fits into a width."""
    if text.isascii():
        return text[: max(width, 0)]
    ends = np.cumsum([columns(character) for character in text])
    return text[: int(np.searchsorted(ends, width, side="right"))]


def columns(text: str) -> int:
    """The columns that a text takes: 2 for a wide character, 0 for a combining mark."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )
