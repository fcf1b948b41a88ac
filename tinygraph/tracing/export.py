"""A trace as a table, as JSON and as a networkx graph."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from ..drawing.box import brief
from ..export import aligned, described, numbers
from .steps import AnyStep

if TYPE_CHECKING:
    from .trace import Trace


def table(trace: Trace) -> str:
    """One line a step, as `print` shows a trace."""
    heading = ("step", "from", "to", "contribution", "sum", "arrived", "")
    rows = [heading]
    for step in trace.steps:
        rows.append(
            (
                str(step.number),
                step.name or "seed",
                step.source_name,
                brief(step.contribution),
                brief(step.total),
                f"{step.arrived} of {step.expected}",
                "too early" if step.early else "",
            )
        )
    order = trace.order.replace("_", "-")
    first = (
        f"backward from {trace.names[trace.output]}, {order} order: "
        f"{steps_in_words(len(trace))}"
    )
    return "\n".join([first, *aligned(rows, "><<>>><"), *mistakes(trace)])


def steps_in_words(count: int) -> str:
    """1 step, 2 steps."""
    return f"{count} step{'s' * (count != 1)}"


def mistakes(trace: Trace) -> list[str]:
    """What a wrong order did to the gradients, in sentences."""
    return [
        f"wrong: the gradient of {trace.names[node]} is {brief(gradient)}, "
        f"not {brief(trace.correct[node])}"
        for node, gradient in trace.wrong.items()
    ]


def as_json(trace: Trace) -> str:
    """See `Trace.to_json`."""
    places = trace.places
    nodes = [
        {"id": place, "label": trace.names[node], **described(trace.graph, node)}
        for node, place in places.items()
    ]
    document = {
        "order": trace.order,
        "output": places[trace.output],
        "nodes": nodes,
        "forward": [jsonable(step, places) for step in trace.forward],
        "steps": [jsonable(step, places) for step in trace.steps],
        "updates": [jsonable(step, places) for step in trace.updates],
    }
    return json.dumps(document, allow_nan=False)


def jsonable(step: AnyStep, places: dict[int, int]) -> dict[str, Any]:
    """A step with nodes by their place and arrays as numbers or in summary."""
    result = {}
    for field in fields(step):
        value = getattr(step, field.name)
        if field.name in ("node", "source"):
            value = places.get(value)
        elif isinstance(value, np.ndarray | np.generic | float):
            value = numbers(value)
        result[field.name] = value
    return result


def as_networkx(trace: Trace) -> nx.MultiDiGraph:
    """See `Trace.to_networkx`."""
    graph, names = nx.MultiDiGraph(), trace.names
    for node, name in names.items():
        at = trace.graph._node[node]
        graph.add_node(name, op=at.op, value=at.value, grad=trace.gradients.get(node))
        for position, source in enumerate(at.inputs):
            graph.add_edge(names[source], name, position)
    for step in trace.steps[1:]:
        edge = graph.edges[step.source_name, step.name, step.position]
        edge |= {"step": step.number, "gradient": step.contribution}
    return graph
