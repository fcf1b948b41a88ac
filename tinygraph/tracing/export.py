"""A trace as a table, as JSON and as a networkx graph."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import networkx as nx
import numpy as np

from ..drawing.box import brief
from ..export import described, numbers
from ..legible import aligned, quantity
from .record import Record
from .steps import AnyStep


def as_table(record: Record) -> str:
    """One line for each step, as `print` shows a trace."""
    heading = ("step", "from", "to", "contribution", "sum", "arrived", "")
    rows: list[tuple[str, ...]] = [heading]
    for step in record.steps:
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
    order = record.order.replace("_", "-")
    first = (
        f"backward from {record.names[record.output]}, {order} order: "
        f"{quantity(len(record.steps), 'step')}"
    )
    return "\n".join([first, *aligned(rows, "><<>>><"), *wrong_sums(record)])


def wrong_sums(record: Record) -> list[str]:
    """The gradients that a naive order got wrong, each in a sentence."""
    return [
        f"wrong: the gradient of {record.names[node]} is {brief(gradient)}, "
        f"not {brief(record.correct[node])}"
        for node, gradient in record.wrong.items()
    ]


def as_json(record: Record) -> str:
    """See `Trace.to_json`."""
    places = record.places
    nodes = [
        {"id": place, "label": record.names[node], **described(record.graph, node)}
        for node, place in places.items()
    ]
    document = {
        "order": record.order,
        "output": places[record.output],
        "nodes": nodes,
        "forward": [step_entry(step, places) for step in record.forward],
        "steps": [step_entry(step, places) for step in record.steps],
        "updates": [step_entry(step, places) for step in record.updates],
    }
    return json.dumps(document, allow_nan=False)


def step_entry(step: AnyStep, places: dict[int, int]) -> dict[str, Any]:
    """A step for JSON: nodes by their place, arrays as numbers or in summary."""
    result = {}
    for field in fields(step):
        value = getattr(step, field.name)
        if field.name in ("node", "source"):
            value = places.get(value)
        elif isinstance(value, np.ndarray | np.generic | float):
            value = numbers(value)
        result[field.name] = value
    return result


def as_networkx(record: Record) -> nx.MultiDiGraph[Any]:
    """See `Trace.to_networkx`."""
    graph, names = nx.MultiDiGraph(), record.names
    for node, name in names.items():
        at = record.graph.at(node)
        graph.add_node(name, op=at.op, value=at.value, grad=record.gradients.get(node))
        for position, source in enumerate(at.inputs):
            graph.add_edge(names[source], name, position)
    for step in record.steps[1:]:
        edge = graph.edges[step.source_name, step.name, step.position]
        edge |= {"step": step.number, "gradient": step.contribution}
    return graph
