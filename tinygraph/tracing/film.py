"""A trace as pictures that differ in nothing but what has changed: the frames of a film.

Every frame is the same DOT text with other colours, and with numbers that are filled up
to the width of the widest one that ever stands in their place.  So Graphviz lays all of
them out alike.
"""

from __future__ import annotations

import html
import math
import os
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..draw.box import GRADIENT, GREY, INK, data
from ..draw.dot import dot
from ..draw.render import render
from ..draw.sheet import Sheet, sheet
from ..errors import DrawingError
from .moment import Moment, moment, sentence
from .page import arrow_of, beside_arrows, fitting, gradient_texts, places_of
from .steps import BackwardStep, ForwardStep

if TYPE_CHECKING:
    from .trace import Trace

MOST_FRAMES = 500  # more take minutes to draw, and nobody looks at them
PALE = "#d0d7de"  # of what has not been made yet
THIN, THICK, CURRENT = 1.2, 3.4, 1.4  # widths of arrows; the current one's is a factor
NARROWEST = 360  # points that a caption has
LETTER, LINE = 5.8, 15  # points, of the caption
BLANK = "\N{NO-BREAK SPACE}"
ARROW = re.compile(r'id="(e\d+_\d+)" dir=none')
REVERSED = re.compile(r'id="(e\d+_\d+)" dir=none(?=[^];]* class="reversed")')
SIZE = re.compile(r'<svg width="([\d.]+)(?:pt)?" height="([\d.]+)')


def numbers_in(colour: str) -> re.Pattern[str]:
    """Finds the numbers of a box in one colour."""
    before, after = data("|", colour).split("|")
    return re.compile(f"(?<={re.escape(before)})[^<]*(?={re.escape(after)})")


VALUES, GRADIENTS = numbers_in(INK), numbers_in(GRADIENT)


@dataclass(frozen=True, eq=False)
class Film:
    """The frames of a trace; see `film`."""

    trace: Trace
    sheet: Sheet  # with the gradients of the end

    def __len__(self) -> int:
        return len(self.trace.timeline)

    def source(self, place: int) -> str:
        """The DOT text of one frame."""
        caption = captioned(self.captions[place], self.width, self.lines)
        graph = self.uncaptioned(moment(self.trace, place))
        return f"{graph.removesuffix('}\n')}{caption}\n}}\n"

    def frames(self, format: str) -> Iterator[bytes]:
        """All frames as "svg" or "png", several drawn at the same time."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            yield from pool.map(
                lambda place: render(self.source(place), format), range(len(self))
            )

    @cached_property
    def width(self) -> float:
        """The room for captions, which is as wide as the graph."""
        return max(NARROWEST, self.size[0] - 16)

    @cached_property
    def size(self) -> tuple[float, float]:
        """Width and height of the graph in points."""
        first = self.uncaptioned(moment(self.trace, 0))
        match = SIZE.search(render(first, "svg").decode())
        return (float(match[1]), float(match[2])) if match else (NARROWEST, NARROWEST)

    @cached_property
    def captions(self) -> list[list[str]]:
        """What stands below each frame: chapter and step, and a sentence in lines."""
        letters = int(self.width / LETTER)
        return [
            [heading(moment(self.trace, place)), *textwrap.wrap(text, letters)]
            for place, step in enumerate(self.trace.timeline)
            for text in [sentence(self.trace, step) + too_early(step)]
        ]

    @cached_property
    def lines(self) -> int:
        """The lines of the longest caption."""
        return max(map(len, self.captions))

    def uncaptioned(self, now: Moment) -> str:
        """A frame without the text below."""
        marked = {self.sheet.box_of[node] for node in marked_by(self.trace, now)}
        boxes = {
            node: replace(box, label=self.label(node, now, box.id in marked))
            for node, box in self.sheet.boxes.items()
        }
        text = dot(replace(self.sheet, boxes=boxes), heads=False, notes=self.notes(now))
        styles, turned = self.styles(now), set(REVERSED.findall(text))

        def styled(match: re.Match[str]) -> str:
            name = match[1]
            forward, style = styles.get(name, self.plain(name, now))
            direction = "forward" if forward != (name in turned) else "back"
            return f'id="{name}" dir={direction} {style}'

        return ARROW.sub(styled, text).replace(
            "digraph {", "digraph {\ngraph [labelloc=t dpi=96]", 1
        )

    def label(self, node: int, now: Moment, marked: bool) -> str:
        """A box with the numbers of a moment, in a frame if the step is about it."""
        text = self.sheet.boxes[node].label
        widths = self.widths.get(node, [])
        shown = now.gradients.get(node)
        gradient = [] if shown is None else gradient_texts(shown)
        text = filled(GRADIENTS, text, gradient, widths)
        made = self.made(node, now)
        values = VALUES.findall(text)
        if node in now.moved and values:
            values = gradient_texts(now.moved[node])
        text = filled(VALUES, text, values if made else [], self.value_widths[node])
        if not made:
            text = re.sub('COLOR="#[0-9a-f]{6}"', f'COLOR="{PALE}"', text)
            text = f'<<FONT COLOR="{PALE}">{text[1:-1]}</FONT>>'
            text = re.sub('BGCOLOR="[^"]*"', 'BGCOLOR="#ffffff"', text)
        return ringed(text, colour_of(now) if marked else "transparent")

    def made(self, node: int, now: Moment) -> bool:
        """Whether a box has its value, or a closed layer its last one."""
        return self.last[self.sheet.boxes[node].id] in now.made

    @cached_property
    def last(self) -> dict[str, int]:
        """The node that each box shows; of a closed layer the one made last."""
        return {box: node for node, box in self.sheet.box_of.items()}

    @cached_property
    def widths(self) -> dict[int, list[int]]:
        """How wide each number of a gradient gets."""
        found: dict[int, list[int]] = {}
        for step in self.trace.steps:
            texts = gradient_texts(step.total)
            found[step.source] = widest(found.get(step.source), texts)
        return found

    @cached_property
    def value_widths(self) -> dict[int, list[int]]:
        """How wide each number of a value gets."""
        found = {
            node: [len(text) for text in VALUES.findall(box.label)]
            for node, box in self.sheet.boxes.items()
        }
        for step in self.trace.updates:
            if found.get(step.node):
                found[step.node] = widest(found[step.node], gradient_texts(step.after))
        return found

    def notes(self, now: Moment) -> dict[str, str]:
        """What has been delivered along the arrows that say so."""
        beside = beside_arrows(self.trace, self.sheet)
        texts = {arrow: BLANK * len(text) for arrow, text in beside.items()}
        for step in now.delivered:
            arrow = self.arrow(step)
            if arrow in texts:
                text = " ".join(gradient_texts(step.contribution))
                texts[arrow] = text.ljust(len(texts[arrow]), BLANK)
        return texts

    def arrow(self, step: BackwardStep) -> str:
        """The id of the arrow that a gradient flows along."""
        return arrow_of(step, places_of(self.trace), self.sheet)

    def styles(self, now: Moment) -> dict[str, tuple[bool, str]]:
        """The arrows that gradients have flowed along: turned round, thick by norm."""
        styles = {}
        for step in now.delivered:
            width = self.thickness[step.number]
            if step is now.step:
                width *= CURRENT
            style = f'color="{GRADIENT}" penwidth={width:.2f}'
            if step is not now.step and now.chapter == "backward":
                style = f'color="{GRADIENT}b0" penwidth={width:.2f}'
            styles[self.arrow(step)] = (False, style)
        return styles

    @cached_property
    def thickness(self) -> list[float]:
        """The width of each step's arrow, by the logarithm of its norm."""
        return thicknesses(step.contribution for step in self.trace.steps)

    def plain(self, arrow: str, now: Moment) -> tuple[bool, str]:
        """An arrow that no gradient has flowed along."""
        node = self.user_of[arrow]
        if not self.made(node, now):
            return True, f'color="{PALE}" penwidth={THIN}'
        if isinstance(now.step, ForwardStep) and self.sheet.box_of[
            now.step.node
        ] == self.sheet.box_of.get(node):
            return True, f'color="{INK}" penwidth={THIN * CURRENT:.2f}'
        return True, f'color="#8a8f98" penwidth={THIN}'

    @cached_property
    def user_of(self) -> dict[str, int]:
        """The box that each arrow leads to as values flow."""
        boxes = self.sheet.boxes.items()
        return {use.id: node for node, box in boxes for use in box.uses}


def film(trace: Trace, depth: int | None = None) -> Film:
    """The frames of a trace, one for each step of its timeline.

    Raises DrawingError for more frames or boxes than can be drawn.
    """
    if len(trace.timeline) > MOST_FRAMES:
        raise DrawingError(
            f"{len(trace.timeline)} steps are more pictures than can be looked at, "
            f"which are {MOST_FRAMES}: save a page (.html), or trace a tensor that "
            f"fewer were made into"
        )
    return Film(trace, fitting(sheet(trace.graph, trace.output, trace.gradients), depth))


def heading(now: Moment) -> str:
    """Where a frame stands in the film."""
    return f"{now.chapter}, step {now.number} of {now.length}"


def too_early(step: Any) -> str:
    """What is wrong with a step of a naive order."""
    early = isinstance(step, BackwardStep) and step.early
    return f" Too early: {step.name} has not got all of its gradient." if early else ""


def marked_by(trace: Trace, now: Moment) -> list[int]:
    """The values that a step is about: one, or the two that a gradient flows between."""
    step = now.step
    if isinstance(step, BackwardStep):
        return [step.source] if step.node is None else [step.node, step.source]
    return [step.node]


def colour_of(now: Moment) -> str:
    """Vermillion where a gradient is on its way, and only there."""
    return GRADIENT if now.chapter == "backward" else INK


def filled(
    numbers: re.Pattern[str], label: str, texts: list[str], widths: list[int]
) -> str:
    """A box with other numbers, each filled up with blanks to its width."""
    place = -1

    def text_at(match: re.Match[str]) -> str:
        nonlocal place
        place += 1
        text = texts[place] if place < len(texts) else ""
        return text.ljust(widths[place] if place < len(widths) else 1, BLANK)

    return numbers.sub(text_at, label)


def widest(widths: list[int] | None, texts: list[str]) -> list[int]:
    """Widths that are enough for these texts too."""
    lengths = [len(text) for text in texts]
    if widths is None:
        return lengths
    return [max(pair) for pair in zip(widths, lengths, strict=True)]


def ringed(label: str, colour: str) -> str:
    """A box with a ring around it, which always takes the same room."""
    return (
        f'<<TABLE BORDER="2" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1" '
        f'STYLE="ROUNDED" COLOR="{colour}"><TR><TD>{label[1:-1]}</TD></TR></TABLE>>'
    )


def captioned(lines: list[str], width: float, count: int) -> str:
    """The statements for the text below a frame, as high with few lines as with many."""
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
    """Widths of arrows between thin and thick, even steps for even factors of norms."""
    norms = [float(np.linalg.norm(np.asarray(g, float))) for g in gradients]
    scales = [math.log(norm) for norm in norms if 0 < norm < math.inf]
    low, high = min(scales, default=0.0), max(scales, default=0.0)

    def thickness(norm: float) -> float:
        if not 0 < norm < math.inf:
            return THIN if norm == 0 else THICK
        share = (math.log(norm) - low) / (high - low) if high > low else 0.5
        return THIN + (THICK - THIN) * share

    return [thickness(norm) for norm in norms]
