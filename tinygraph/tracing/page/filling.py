"""Filling the template of the page, which works without a network or a server.

Graphviz lays the graph out once. The page's scripts then only fill in numbers and set
attributes of boxes and arrows; everything they know comes from the `document` made
here.
"""

from __future__ import annotations

import base64
import html
import json
import math
import re
import zlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from ...callers import SourceLine
from ...drawing.box import gradient_texts
from ...drawing.dot import WITHOUT_HEAD, dot_source
from ...drawing.render import render
from ...drawing.sheet import Sheet
from ...export import numbers
from ..elements import slopes
from ..export import as_table
from ..layout import arrow_of, beside_arrows, sheet_of
from ..moment import sentence
from ..record import Record
from ..remarks import remarks
from ..steps import AnyStep, BackwardStep, ForwardStep, UpdateStep
from .arrays import SHORT, array_summary
from .mathml import mathml

HERE = Path(__file__).parent
# In this order; the first two know nothing of traces.
SCRIPTS = (
    "elements",
    "arrays",
    "layers",
    "reasons",
    "panel",
    "drawing",
    "graph",
    "player",
)
MANY_BOXES = 150  # above this, layers are closed until the reader opens them


def page(record: Record, title: str, depth: int | None = None) -> str:
    """The page, as HTML; see `Trace.save`."""
    drawn = sheet_of(record, depth)
    notes = beside_arrows(record, drawn)
    svg = render(dot_source(drawn, notes, lambda use: WITHOUT_HEAD), "svg").decode()
    data = json.dumps(PageData(record, drawn).contents(title), allow_nan=False)
    parts = {
        "title": html.escape(title),
        "style": file_text("style.css"),
        "script": "\n".join(file_text(f"scripts/{name}.js") for name in SCRIPTS),
        "drawing": svg[svg.index("<svg") :],
        "data": data.replace("<", "\\u003c"),
        "table": html.escape(as_table(record)),
    }
    return Template(file_text("template.html")).substitute(parts)


UNPACKING = Template("""<!DOCTYPE html><meta charset="utf-8">$noscript
<script type="module">
const packed = Uint8Array.from(atob("$packed"), (letter) => letter.charCodeAt(0));
const unpacked = new DecompressionStream("deflate");
const page = new Response(new Blob([packed]).stream().pipeThrough(unpacked));
const text = await page.text();
document.open();
document.write(text);
document.close();
</script>""")


def in_frame(page: str) -> str:
    """A page inside another document, such as a notebook; neither can see the other.

    It is compressed to a third of its length, since a notebook stores what it shows.
    """
    noscript = page[page.index("<noscript>") : page.index("</noscript>")]
    packed = base64.b64encode(zlib.compress(page.encode(), 9)).decode()
    inside = UNPACKING.substitute(noscript=f"{noscript}</noscript>", packed=packed)
    return (
        '<iframe title="Backward pass, step by step" sandbox="allow-scripts" '
        f'srcdoc="{html.escape(inside)}" '
        f'style="width: 100%; height: 640px; border: 0"></iframe>'
    )


@cache
def file_text(name: str) -> str:
    """A file next to this one."""
    return (HERE / name).read_text(encoding="utf-8")


class Entries:
    """A list in which each thing has one entry, however many steps refer to it."""

    def __init__(
        self, key_of: Callable[[Any], Hashable], entry_of: Callable[..., Any]
    ) -> None:
        self.key_of, self.entry_of = key_of, entry_of
        self.places: dict[Hashable, int] = {}
        self.things: list[Any] = []  # kept alive, so that no other gets the same id
        self.entries: list[Any] = []

    def place_of(self, thing: Any, **options: Any) -> int | None:
        """The place of a thing's entry in the list; None for None."""
        if thing is None:
            return None
        key = self.key_of(thing)
        if key not in self.places:
            self.places[key] = len(self.entries)
            self.things.append(thing)
            self.entries.append(self.entry_of(thing, **options))
        return self.places[key]


def formula_entry(latex: str) -> str:
    """A formula as MathML, in parts between which a line may be broken."""
    parts = re.split(r"(?= (?:=|\\to|\\leftarrow) )", latex)
    return "".join(map(mathml, parts))


def slope_entry(record: Record, step: BackwardStep) -> Any:
    """The derivatives between single elements, if there are few, row by row."""
    found = slopes(record, step, SHORT)
    return None if found is None else [numbers(row) for row in found]


def line_entry(line: SourceLine | None) -> dict[str, str] | None:
    """The line of the user's code that recorded a value, if it is known."""
    return None if line is None else {"text": line.text, "where": line.where}


@dataclass(frozen=True, eq=False)
class PageData:
    """The data that the page's scripts read."""

    record: Record
    drawn: Sheet
    arrays: Entries = field(default_factory=lambda: Entries(id, array_summary))
    formulas: Entries = field(default_factory=lambda: Entries(str, formula_entry))

    def contents(self, title: str) -> dict[str, Any]:
        """All of it, for JSON."""
        record, drawn = self.record, self.drawn
        return {
            "title": title,
            "order": record.order,
            "output": record.places[record.output],
            "chapters": [len(record.forward), len(record.steps), len(record.updates)],
            "nodes": [self.node(node) for node in record.names],
            "boxes": {box.id: box.scope for box in drawn.boxes.values()},
            "layers": [{"path": path, "id": id} for path, id in drawn.layers.items()],
            "closed": len(drawn.boxes) > MANY_BOXES,
            "steps": [self.step(step) for step in record.timeline],
            "remarks": [{"step": at, "text": text} for at, text in remarks(record)],
            "tensors": self.arrays.entries,
            "formulas": self.formulas.entries,
        }

    def node(self, node: int) -> dict[str, Any]:
        """A value: its name, the box that shows it, and what it holds."""
        record, at = self.record, self.record.graph.at(node)
        right = record.correct[node] if node in record.wrong else None
        return {
            "name": record.names[node],
            "op": at.op,
            "scope": at.scope,
            "box": self.drawn.box_of[node],
            "inputs": [record.places[used] for used in at.inputs],
            "expected": record.expected.get(node, 0),
            "value": self.arrays.place_of(at.value, image=at.op == "input"),
            "correct": self.arrays.place_of(right),
            "line": line_entry(at.source_line),
        }

    def step(self, step: AnyStep) -> dict[str, Any]:
        """A step of any chapter."""
        if isinstance(step, BackwardStep):
            return self.backward(step)
        node, say = self.record.places[step.node], sentence(self.record, step)
        if isinstance(step, ForwardStep):
            return {"kind": "forward", "node": node, "say": say}
        return {"kind": "update", "node": node, **self.update(step), "say": say}

    def update(self, step: UpdateStep) -> dict[str, Any]:
        """What an update changes, and how."""
        return {
            "formula": self.formulas.place_of(step.formula),
            "before": self.arrays.place_of(step.before),
            "gradient": self.arrays.place_of(step.gradient),
            "after": self.arrays.place_of(step.after),
        }

    def backward(self, step: BackwardStep) -> dict[str, Any]:
        """A step of the backward chapter."""
        places, array = self.record.places, self.arrays.place_of
        with np.errstate(over="ignore"):
            norm = float(np.linalg.norm(np.asarray(step.contribution, float)))
        return {
            "kind": "seed" if step.node is None else "vjp",
            "node": None if step.node is None else places[step.node],
            "position": step.position,
            "source": places[step.source],
            "arrow": arrow_of(step, self.record, self.drawn),
            "formula": self.formulas.place_of(step.formula),
            "plugged": self.formulas.place_of(step.plugged),
            "gradient": array(step.gradient),
            "local": array(step.local),
            "contribution": array(step.contribution),
            "before": array(step.before),
            "total": array(step.total),
            "arrived": step.arrived,
            "early": step.early,
            "slopes": slope_entry(self.record, step),
            "texts": gradient_texts(step.total),
            "norm": norm if math.isfinite(norm) else None,
            "say": sentence(self.record, step),
        }
