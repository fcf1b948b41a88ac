"""A trace as one page that needs nothing else: no network, no library, no server.

Graphviz lays the graph out once.  The page's script then only gives classes to boxes
and arrows, and fills in numbers: `page.js` reads the document that is made here.
"""

from __future__ import annotations

import base64
import html
import json
import math
import re
import zlib
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np

from ..drawing.box import gradient_texts
from ..drawing.dot import dot
from ..drawing.render import render
from ..drawing.sheet import Sheet, sheet
from .formula import mathml
from .layout import arrow_of, beside_arrows, fitting
from .moment import sentence
from .notes import notes
from .steps import AnyStep, BackwardStep, ForwardStep, UpdateStep
from .tensors import summary

if TYPE_CHECKING:
    from .trace import Trace

HERE = Path(__file__).parent
TOPICS = ("_tensors", "_layers", "_panel", "", "_graph", "_player")
MANY_BOXES = 150  # from here on layers are closed until the reader opens them


def page(trace: Trace, title: str, depth: int | None = None) -> str:
    """The page, as HTML; see `Trace.save`."""
    drawn = fitting(sheet(trace.graph, trace.output, trace.gradients), depth)
    svg = render(dot(drawn, heads=False, notes=beside_arrows(trace, drawn)), "svg")
    text = svg.decode()
    data = json.dumps(document(trace, title, drawn), allow_nan=False)
    parts = {
        "title": html.escape(title),
        "style": part("page.css"),
        "script": "\n".join(part(f"page{topic}.js") for topic in TOPICS),
        "drawing": text[text.index("<svg") :],
        "data": data.replace("<", "\\u003c"),
        "table": html.escape(str(trace)),
    }
    return Template(part("page.html")).substitute(parts)


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


def framed(page: str) -> str:
    """A page inside another document, such as a notebook; neither sees the other.

    It is packed, to a third of its length, because a notebook keeps all that it shows.
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
def part(name: str) -> str:
    """A file that stands beside this one."""
    return (HERE / name).read_text(encoding="utf-8")


class Listed:
    """Things that a page holds once, however many steps show them."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}
        self.kept: list[Any] = []  # so that no other array gets the same id
        self.entries: list[Any] = []

    def array(self, array: Any, image: bool = False) -> int | None:
        """Where the summary of an array stands in the list."""
        if array is None:
            return None
        if id(array) not in self.places:
            self.places[id(array)] = len(self.entries)
            self.kept.append(array)
            self.entries.append(summary(array, image))
        return self.places[id(array)]

    def formula(self, latex: str | None) -> int | None:
        """Where a formula stands in the list, as MathML."""
        if latex is None:
            return None
        if latex not in self.places:
            self.places[latex] = len(self.entries)
            # In two parts, between which a line may end.
            parts = re.split(r"(?= (?:=|\\to|\\leftarrow) )", latex)
            self.entries.append("".join(map(mathml, parts)))
        return self.places[latex]


def document(trace: Trace, title: str, drawn: Sheet) -> dict[str, Any]:
    """All that the page's script reads."""
    arrays, formulas = Listed(), Listed()
    nodes = [node_entry(trace, drawn, arrays, node) for node in trace.names]
    steps = [
        step_entry(trace, drawn, arrays, formulas, step) for step in trace.timeline
    ]
    return {
        "title": title,
        "order": trace.order,
        "output": trace.places[trace.output],
        "chapters": [len(trace.forward), len(trace.steps), len(trace.updates)],
        "nodes": nodes,
        "boxes": {box.id: box.scope for box in drawn.boxes.values()},
        "layers": [{"path": path, "id": id} for path, id in drawn.layers.items()],
        "closed": len(drawn.boxes) > MANY_BOXES,
        "steps": steps,
        "notes": [{"step": place, "text": text} for place, text in notes(trace)],
        "tensors": arrays.entries,
        "formulas": formulas.entries,
    }


def node_entry(trace: Trace, drawn: Sheet, arrays: Listed, node: int) -> dict[str, Any]:
    """A value: what it is called, where it is drawn, what it holds."""
    at, places = trace.graph._node[node], trace.places
    right = trace.correct[node] if node in trace.wrong else None
    return {
        "name": trace.names[node],
        "op": at.op,
        "scope": at.scope,
        "box": drawn.box_of[node],
        "inputs": [places[used] for used in at.inputs],
        "expected": trace.expected.get(node, 0),
        "value": arrays.array(at.value, image=at.op == "input"),
        "correct": arrays.array(right),
    }


def step_entry(
    trace: Trace, drawn: Sheet, arrays: Listed, formulas: Listed, step: AnyStep
) -> dict[str, Any]:
    """A step of any chapter."""
    places = trace.places
    if isinstance(step, ForwardStep):
        return {
            "kind": "forward",
            "node": places[step.node],
            "say": sentence(trace, step),
        }
    if isinstance(step, UpdateStep):
        return {
            "kind": "update",
            "node": places[step.node],
            "formula": formulas.formula(step.formula),
            "before": arrays.array(step.before),
            "gradient": arrays.array(step.gradient),
            "after": arrays.array(step.after),
            "say": sentence(trace, step),
        }
    return backward_entry(trace, drawn, arrays, formulas, step)


def backward_entry(
    trace: Trace, drawn: Sheet, arrays: Listed, formulas: Listed, step: BackwardStep
) -> dict[str, Any]:
    """A step of the backward chapter."""
    places = trace.places
    with np.errstate(over="ignore"):
        norm = float(np.linalg.norm(np.asarray(step.contribution, float)))
    return {
        "kind": "seed" if step.node is None else "vjp",
        "node": None if step.node is None else places[step.node],
        "position": step.position,
        "source": places[step.source],
        "arrow": arrow_of(step, trace, drawn),
        "formula": formulas.formula(step.formula),
        "plugged": formulas.formula(step.plugged),
        "gradient": arrays.array(step.gradient),
        "local": arrays.array(step.local),
        "contribution": arrays.array(step.contribution),
        "before": arrays.array(step.before),
        "total": arrays.array(step.total),
        "arrived": step.arrived,
        "early": step.early,
        "texts": gradient_texts(step.total),
        "norm": norm if math.isfinite(norm) else None,
        "say": sentence(trace, step),
    }
