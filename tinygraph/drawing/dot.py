"""A recorded graph in DOT, the language of Graphviz.

Values flow from top to bottom. The main argument of an operation is straight above it,
so that a trunk forms; leaves that only this operation uses are beside it:

              x
              ↓
        W  → linear ←  b
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .box import GRADIENT, GREY, INK, data, graphviz_text, in_html, short_line
from .places import Boxes, depths, place_of, starts, unaccompanied
from .sheet import Box, Sheet, Use

ENTITY = re.compile(r"&(?=#?\w*;)")
NO_NOTES: Mapping[str, str] = {}

HEADER = f"""digraph {{
graph [rankdir=TB newrank=true bgcolor=transparent nodesep=0.3 ranksep=0.34]
graph [fontname=Arial fontsize=10 fontcolor="{GREY}" labeljust=l]
node [shape=plain fontname=Arial fontsize=11 fontcolor="{INK}"]
edge [color="#8a8f98" arrowsize=0.6 penwidth=1.2]"""
AROUND = "tailport=se headport=ne"  # what lies between the two ends
ROW = "cluster//"  # no scope has such a path
BARE = 'graph [peripheries=0 margin=0 style="" label=""]'
CLUSTER = 'style="rounded,filled" color="#d0d7de" fillcolor="#f6f8fa" margin=10'


Head = Literal["operation", "value"]


class Stroke(NamedTuple):
    """How the arrow of one use is drawn: which of its ends has a head, and its look."""

    head: Head | None
    look: str = ""  # statements for its colour and width

    def direction(self, turned: bool) -> str:
        """Graphviz's word for the end with the head; a line may be turned round."""
        if self.head is None:
            return "dir=none"
        at_end = (self.head == "operation") != turned
        return "" if at_end else "dir=back"


TO_OPERATION, WITHOUT_HEAD = Stroke("operation"), Stroke(None)


@dataclass
class Cluster:
    """The boxes of a scope, and the scopes inside it."""

    boxes: list[str] = field(default_factory=list)
    inside: dict[str, Cluster] = field(default_factory=dict)

    def at(self, path: str) -> Cluster:
        """The cluster of a scope such as "block/conv1", created if it is missing."""
        cluster = self
        for part in path.split("/") if path else []:
            cluster = cluster.inside.setdefault(part, Cluster())
        return cluster

    def lines(self, ids: Mapping[str, str], path: str = "") -> Iterator[str]:
        """The statements that draw it, with an id for each frame."""
        yield from self.boxes
        for part, cluster in self.inside.items():
            label = quoted(html.escape(short_line(part)))
            inner = f"{path}/{part}" if path else part
            yield f"subgraph {dot_name(f'cluster_{inner}')} {{"
            yield f'graph [id="{ids[inner]}" label={label} {CLUSTER}]'
            yield from cluster.lines(ids, inner)
            yield "}"


def dot_source(
    sheet: Sheet,
    notes: Mapping[str, str] = NO_NOTES,
    stroke_of: Callable[[Use], Stroke] | None = None,
) -> str:
    """The DOT text of a sheet, with `notes` beside arrows, by their ids.

    With `stroke_of`, arrows are drawn as it says. The row of an operation and its
    leaves is laid out from left to right, so DOT draws some uses from the operation
    to the leaf: they are of the class "reversed", for a page that draws heads itself.

    >>> import tinygraph as tg
    >>> from tinygraph.drawing.sheet import sheet
    >>> x = tg.Tensor(3.0, requires_grad=True, name="x")
    >>> print(dot_source(sheet((x * x).graph)).splitlines()[-2])
    "x" -> "multiply" [id="e1_1" weight=8]
    """
    alone = unaccompanied(sheet.boxes)
    branches = any(not box.leaf and n not in alone for n, box in sheet.boxes.items())
    ends_of_branches = alone if branches else set()
    style = ArrowStyle(notes, stroke_of)
    rows, others = arrows(sheet.boxes, style, ends_of_branches)
    held = {node: row for node, row in rows.items() if node not in alone}
    everything = Cluster()
    for node, statements in grouped(sheet.boxes, held).items():
        everything.at(sheet.boxes[node].scope).boxes += statements
    # Rows come first, to keep their order whatever else is drawn.
    first = [row.text for node, row in rows.items() if node not in held]
    lines = [HEADER, *first, *everything.lines(sheet.layers), *others, "}"]
    return "\n".join(lines) + "\n"


class Row(NamedTuple):
    """An operation and the leaves beside it, on one line."""

    leaves: list[int]
    uses: list[str]  # the statements of the arrows between them

    @property
    def text(self) -> str:
        """The statement that puts them on one line."""
        return f"{{rank=same; {'; '.join(self.uses)}}}"


def grouped(boxes: Boxes, held: Mapping[int, Row]) -> dict[int, list[str]]:
    """The statements of boxes, those of leaves with the operations that hold them.

    What is in a cluster stays together, so nothing comes between an operation and its
    leaves, even if something else is on the same line. Its frame is not drawn.
    """
    statements = {node: [box_statement(box)] for node, box in boxes.items()}
    for node, row in held.items():
        scope = boxes[node].scope
        near = [leaf for leaf in row.leaves if boxes[leaf].scope == scope]
        inside = [line for leaf in near for line in statements.pop(leaf)]
        inside += statements[node]
        name = quoted(f"{ROW}{boxes[node].id}")
        head = [f"subgraph {name} {{", BARE, row.text]
        statements[node] = [*head, *inside, "}"]
    return statements


def box_statement(box: Box) -> str:
    """The statement of a box."""
    attributes = f'id="{box.id}" class="{box.role}" label={box.label}'
    if box.line:
        attributes += f" tooltip={dot_name(box.line)}"
    return f"{dot_name(box.title)} [{attributes}]"


class ArrowStyle(NamedTuple):
    """How uses are drawn."""

    notes: Mapping[str, str]
    stroke_of: Callable[[Use], Stroke] | None

    def statement(
        self, use: Use, ends: tuple[str, str], more: str = "", turned: bool = False
    ) -> str:
        """The arrow of one use, from the value to the operation or turned round."""
        stroke = self.stroke_of(use) if self.stroke_of else TO_OPERATION
        parts = [f'id="{use.id}"', stroke.direction(turned), stroke.look]
        parts += [note_beside(use, self.notes), more]
        if turned and self.stroke_of:
            parts.append('class="reversed"')
        tail, head = ends[::-1] if turned else ends
        return f"{tail} -> {head} [{' '.join(filter(None, parts))}]"


def quoted(text: str) -> str:
    """A quoted text in DOT."""
    return '"' + graphviz_text(text).replace('"', '\\"') + '"'


def dot_name(text: str) -> str:
    """A quoted name in DOT, where Graphviz would decode an entity."""
    return quoted(ENTITY.sub("&amp;", text))


def arrows(
    boxes: Boxes, style: ArrowStyle, ends_of_branches: set[int]
) -> tuple[dict[int, Row], list[str]]:
    """One arrow for each use of a value: rows of those from the sides, and the others.

    An arrow in a row points to the right, so a leaf on the right gets a reversed one.
    Long arrows have a lane beside the trunk: those from results, and those from leaves
    to operations at which branches end.
    """
    depth = depths(boxes)
    start = starts(boxes, depth)
    users = Counter(use.source for box in boxes.values() for use in box.uses)
    rows: dict[int, Row] = {}
    others = []
    for node, box in boxes.items():
        if box.leaf:
            continue
        place, row = place_of(box, boxes, users, depth), Row([], [])
        sources = {use.source for use in box.uses}
        lanes = {n for n in sources if node in ends_of_branches or not boxes[n].leaf}
        for use in box.uses:
            ends = dot_name(boxes[use.source].title), dot_name(box.title)
            if use.source in (place.left, place.right):
                turned = use.source == place.right
                row.uses.append(style.statement(use, ends, "", turned))
                row.leaves.append(use.source)
            elif use.source == place.above:
                others.append(style.statement(use, ends, "weight=8"))
            elif start[use.source] < depth[node] - 1 and use.source in lanes:
                others.append(style.statement(use, ends, AROUND))
            else:
                others.append(style.statement(use, ends))
        if row.uses:
            rows[node] = row
    return rows, others


def note_beside(use: Use, notes: Mapping[str, str]) -> str:
    """The statement for a note in the colour of gradients, if there is one."""
    if use.id not in notes:
        return ""
    text = data(f" {in_html(notes[use.id])} ", GRADIENT)
    return f"label=<{text}>"
