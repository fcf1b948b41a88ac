"""A trace as a film: pictures that differ only in what has changed.

Each frame is the same DOT text with other colours, and with numbers padded to the width
of the widest one that is ever shown there. So Graphviz gives all frames one layout.
"""

from __future__ import annotations

import html
import math
import os
import re
import textwrap
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from ...drawing.box import GRADIENT, GREY, INK, data, gradient_texts
from ...drawing.dot import Head, Stroke, dot_source
from ...drawing.render import render
from ...drawing.sheet import Sheet, Use
from ...errors import DrawingError
from ..export import wrong_sums
from ..layout import arrow_of, beside_arrows, sheet_of
from ..moment import Moment, moment, sentence
from ..record import Record
from ..steps import AnyStep, BackwardStep

MOST_FRAMES = 500  # more take minutes to draw, and are too many to watch
PALE = "#b8c0c8"  # for what has not been computed yet
RESTING = "#8a8f98"  # for arrows that values have flowed along
SHARP, COARSE = 96, 60  # dots per inch of a .png, for small and for large graphs
LONGEST_SIDE = 2000  # pixels of a .png, unless it would become illegible
THIN, THICK = 1.2, 3.4  # widths of arrows
CURRENT = 1.4  # the factor for the width of the current one
MOST_MISTAKES = 3  # named in a caption
NARROWEST = 360  # points, of a caption
CHARACTER, LINE = 5.8, 15  # points, of a caption
BLANK = "\N{NO-BREAK SPACE}"
SIZE = re.compile(r'<svg width="([\d.]+)(?:pt)?" height="([\d.]+)')


@cache
def numbers_in(colour: str) -> re.Pattern[str]:
    """A pattern that finds the numbers of one colour in a box."""
    return re.compile(re.escape(data("|", colour)).replace(r"\|", "([^<]*)"))


VALUES, GRADIENTS = numbers_in(INK), numbers_in(GRADIENT)


@dataclass(frozen=True, eq=False)
class Film:
    """The frames of a trace; see `film`."""

    record: Record
    sheet: Sheet  # with the final gradients

    def __len__(self) -> int:
        return len(self.record.timeline)

    def source(self, place: int) -> str:
        """The DOT text of one frame."""
        caption = captioned(self.captions[place], self.width, self.lines)
        graph = self.uncaptioned(moment(self.record, place))
        return graph.removesuffix("}\n") + caption + "\n}\n"

    def render(self, format: str) -> Iterator[bytes]:
        """Draw all frames as "svg" or "png", several at the same time."""
        dpi = max(COARSE, min(SHARP, 72 * LONGEST_SIDE / max(self.size)))
        look = f"digraph {{\ngraph [dpi={dpi:.0f}]" if format == "png" else "digraph {"

        def frame(place: int) -> bytes:
            return render(self.source(place).replace("digraph {", look, 1), format)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            yield from pool.map(frame, range(len(self)))

    @cached_property
    def width(self) -> float:
        """The width of captions: that of the graph, unless it is very narrow."""
        return max(NARROWEST, self.size[0] - 16)

    @cached_property
    def size(self) -> tuple[float, float]:
        """Width and height of the graph in points."""
        first = self.uncaptioned(moment(self.record, 0))
        match = SIZE.search(render(first, "svg").decode())
        return (float(match[1]), float(match[2])) if match else (NARROWEST, NARROWEST)

    @cached_property
    def captions(self) -> list[list[str]]:
        """The text below each frame: chapter and step, then a sentence in lines."""
        characters = int(self.width / CHARACTER)
        captions = []
        for place, step in enumerate(self.record.timeline):
            text = sentence(self.record, step) + self.remark(step)
            title = caption_title(moment(self.record, place))
            captions.append([title, *textwrap.wrap(text, characters)])
        return captions

    def remark(self, step: AnyStep) -> str:
        """What a step of a naive order does wrong and, in the end, the wrong sums."""
        text = ""
        if isinstance(step, BackwardStep) and step.early:
            text = f" Too early: the gradient of {step.name} is not complete."
        if self.record.order != "topological" and step is self.record.steps[-1]:
            for line in wrong_sums(self.record)[:MOST_MISTAKES]:
                text += f" {line[0].upper()}{line[1:]}."
        return text

    @cached_property
    def lines(self) -> int:
        """The lines of the longest caption."""
        return max(map(len, self.captions))

    def uncaptioned(self, now: Moment) -> str:
        """A frame without the text below."""
        marked = self.marked(now)
        boxes = {
            node: replace(box, label=self.label(node, now, box.id in marked))
            for node, box in self.sheet.boxes.items()
        }
        drawn, flowed = replace(self.sheet, boxes=boxes), self.flowed(now)

        def stroke_of(use: Use) -> Stroke:
            return flowed.get(use.id) or self.plain(use.id, now)

        text = dot_source(drawn, self.notes(now), stroke_of)
        return text.replace("digraph {", "digraph {\ngraph [labelloc=t]", 1)

    def label(self, node: int, now: Moment, marked: bool) -> str:
        """A box with the numbers of a moment, ringed if the step is about it."""
        text = self.sheet.boxes[node].label
        widths = self.widths.get(node, [])
        arrived = now.gradients.get(node)
        gradient = [] if arrived is None else gradient_texts(arrived)
        text = with_numbers(text, GRADIENT, gradient, widths)
        computed = self.is_computed(node, now)
        values = VALUES.findall(text)
        if node in now.updated and values:
            values = gradient_texts(now.updated[node])
        text = with_numbers(
            text, INK, values if computed else [], self.value_widths[node]
        )
        if not computed:
            text = re.sub('COLOR="#[0-9a-f]{6}"', f'COLOR="{PALE}"', text)
            text = f'<<FONT COLOR="{PALE}">{text[1:-1]}</FONT>>'
            text = re.sub('BGCOLOR="[^"]*"', 'BGCOLOR="#ffffff"', text)
        return ringed(text, colour_of(now) if marked else "transparent")

    def is_computed(self, node: int, now: Moment) -> bool:
        """Whether the value of a box is computed, or the last one of a closed layer."""
        return self.last[self.sheet.boxes[node].id] in now.computed

    @cached_property
    def last(self) -> dict[str, int]:
        """The node that each box shows; for a closed layer, the last one computed."""
        return {box: node for node, box in self.sheet.box_of.items()}

    @cached_property
    def widths(self) -> dict[int, list[int]]:
        """The greatest width of each number of a gradient."""
        found: dict[int, list[int]] = {}
        for step in self.record.steps:
            texts = gradient_texts(step.total)
            found[step.source] = widest(found.get(step.source), texts)
        return found

    @cached_property
    def value_widths(self) -> dict[int, list[int]]:
        """The greatest width of each number of a value."""
        found = {
            node: [len(text) for text in VALUES.findall(box.label)]
            for node, box in self.sheet.boxes.items()
        }
        for step in self.record.updates:
            if found.get(step.node):
                found[step.node] = widest(found[step.node], gradient_texts(step.after))
        return found

    def notes(self, now: Moment) -> dict[str, str]:
        """What has been delivered so far, beside arrows with room for it all along."""
        shown = {
            self.arrows[step.number]: " ".join(gradient_texts(step.contribution))
            for step in now.delivered
        }
        return {
            arrow: shown.get(arrow, "").ljust(len(text))
            for arrow, text in self.beside.items()
        }

    @cached_property
    def beside(self) -> dict[str, str]:
        """The notes beside arrows in the last frame."""
        return beside_arrows(self.record, self.sheet)

    @cached_property
    def arrows(self) -> list[str]:
        """The id of the arrow that each step's gradient flows along."""
        return [arrow_of(step, self.record, self.sheet) for step in self.record.steps]

    def flowed(self, now: Moment) -> dict[str, Stroke]:
        """The arrows that gradients have flowed along: reversed, and thick by norm."""
        strokes = {}
        for step in now.delivered:
            width = self.thickness[step.number] * (CURRENT if step is now.step else 1)
            strokes[self.arrows[step.number]] = stroke("value", GRADIENT, width)
        return strokes

    @cached_property
    def thickness(self) -> list[float]:
        """The width of each step's arrow, by the logarithm of the norm."""
        return thicknesses(step.contribution for step in self.record.steps)

    def plain(self, arrow: str, now: Moment) -> Stroke:
        """An arrow that no gradient has flowed along."""
        node = self.user_of[arrow]
        if not self.is_computed(node, now):
            return stroke("operation", PALE, THIN)
        box = self.sheet.boxes[node].id
        if now.chapter == "forward" and box in self.marked(now):
            return stroke("operation", INK, THIN * CURRENT)
        return stroke("operation", RESTING, THIN)

    def marked(self, now: Moment) -> set[str]:
        """The boxes that a step is about: two if a gradient flows between them."""
        step = now.step
        nodes = [step.node]
        if isinstance(step, BackwardStep):
            nodes.append(step.source)
        return {self.sheet.box_of[node] for node in nodes if node is not None}

    @cached_property
    def user_of(self) -> dict[str, int]:
        """The box that each arrow leads to as values flow forward."""
        boxes = self.sheet.boxes.items()
        return {use.id: node for node, box in boxes for use in box.uses}


def film(record: Record, depth: int | None = None) -> Film:
    """The frames of a record, one for each step of its timeline.

    Raises DrawingError for more frames or boxes than can be drawn.
    """
    if len(record.timeline) > MOST_FRAMES:
        raise DrawingError(
            f"a film of {len(record.timeline)} steps is too long, the limit is "
            f"{MOST_FRAMES}: save a page (.html), or trace a tensor with a smaller "
            f"graph"
        )
    return Film(record, sheet_of(record, depth))


def caption_title(now: Moment) -> str:
    """The chapter and the step of a frame."""
    return f"{now.chapter}, step {now.number} of {now.last}"


def colour_of(now: Moment) -> str:
    """Vermillion for steps of the backward pass, and only for those."""
    return GRADIENT if now.chapter == "backward" else INK


def stroke(head: Head, colour: str, width: float) -> Stroke:
    """An arrow with its head at one end; a thick one has a larger head."""
    size = 0.6 + 0.1 * (width - THIN)
    return Stroke(head, f'color="{colour}" penwidth={width:.2f} arrowsize={size:.2f}')


def with_numbers(label: str, colour: str, texts: list[str], widths: list[int]) -> str:
    """A box with other numbers or blanks in one colour, each padded to its width."""
    missing = [""] * (len(widths) - len(texts))
    rooms = (f"{x:<{width}}" for x, width in zip(texts + missing, widths, strict=True))
    # A value that receives no gradient has one blank there, and no width.
    return numbers_in(colour).sub(lambda _: data(next(rooms, " "), colour), label)


def widest(widths: list[int] | None, texts: list[str]) -> list[int]:
    """Widths that also suffice for these texts."""
    lengths = [len(text) for text in texts]
    if widths is None:
        return lengths
    return [max(pair) for pair in zip(widths, lengths, strict=True)]


def ringed(label: str, colour: str) -> str:
    """A box with a ring around it, which takes the same room in any colour."""
    return (
        f'<<TABLE BORDER="2" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1" '
        f'STYLE="ROUNDED" COLOR="{colour}"><TR><TD>{label[1:-1]}</TD></TR></TABLE>>'
    )


def captioned(lines: list[str], width: float, count: int) -> str:
    """The statements for the text below a frame, of a fixed height."""
    first, *others = (html.escape(line) for line in lines)
    rows = [f'<B><FONT COLOR="{GREY}">{first}</FONT></B>', *others]
    rows += [BLANK] * (count - len(lines))
    cells = "".join(
        f'<TR><TD ALIGN="LEFT" WIDTH="{width:.0f}" HEIGHT="{LINE}">{row}</TD></TR>'
        for row in rows
    )
    table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{cells}'
    look = f'labelloc=b; labeljust=c; fontsize=11; fontcolor="{INK}"'
    return f'label=<{table}</TABLE>>; {look}; bgcolor="#ffffff"'


def thicknesses(gradients: Iterable[Any]) -> list[float]:
    """Widths of arrows from thin to thick, proportional to the logarithms of norms."""
    norms = [float(np.linalg.norm(np.asarray(g, float))) for g in gradients]
    scales = [math.log(norm) for norm in norms if 0 < norm < math.inf]
    low, high = min(scales, default=0.0), max(scales, default=0.0)

    def thickness(norm: float) -> float:
        if not 0 < norm < math.inf:
            return THIN if norm == 0 else THICK
        share = (math.log(norm) - low) / (high - low) if high > low else 0.5
        return THIN + (THICK - THIN) * share

    return [thickness(norm) for norm in norms]
