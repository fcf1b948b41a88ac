"""A recorded graph as a table, as JSON and as GraphML: names and numbers, no arrays."""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from .errors import GraphError
from .files import write_atomically

if TYPE_CHECKING:
    from .graph import Graph

SHORT = 64


def plain(graph: Graph) -> nx.MultiDiGraph[int]:
    """The graph with nodes 0, 1, 2, ... in recording order, and attributes for JSON."""
    places = {node: place for place, node in enumerate(graph._node)}
    result: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    for node, place in places.items():
        result.add_node(place, **described(graph, node))
    for node, place in places.items():
        for position, source in enumerate(graph._node[node].inputs):
            result.add_edge(places[source], place, position)
    return result


def described(graph: Graph, node: int) -> dict[str, Any]:
    """The attributes of a node for JSON."""
    at = graph._node[node]
    description = {
        "op": at.op,
        "name": at.name,
        "scope": at.scope,
        "shape": list(at.shape),
        "dtype": str(at.dtype),
        "params": {k: _jsonable(v) for k, v in at.params.items()},
        "requires_grad": at.requires_grad,
        "value": numbers(at.value),
    }
    if at.grad is not None:
        description["grad"] = numbers(at.grad)
    return description


def _jsonable(parameter: Any) -> Any:
    if isinstance(parameter, tuple | list):
        return [_jsonable(item) for item in parameter]
    if isinstance(parameter, np.ndarray | np.generic):
        return numbers(parameter)
    if parameter is None or isinstance(parameter, bool | int | float | str):
        return parameter
    return repr(parameter)


def numbers(value: Any) -> Any:
    """All the numbers of a short array; range and norm of a longer one."""
    array = np.asarray(value)
    if array.size <= SHORT:
        return _finite(array.tolist())
    flat = array.astype(float, copy=False)
    return {
        "min": _finite(float(flat.min())),
        "max": _finite(float(flat.max())),
        "mean": _finite(float(flat.mean())),
        "norm": _finite(float(np.linalg.norm(flat))),
    }


def _finite(numbers: Any) -> Any:
    """JSON has no NaN and no infinity: they become "nan", "inf" and "-inf"."""
    if isinstance(numbers, list):
        return [_finite(number) for number in numbers]
    if isinstance(numbers, float) and not math.isfinite(numbers):
        return str(numbers)
    return numbers


def to_json(graph: Graph) -> str:
    """Node-link JSON; see `Graph.to_json`."""
    return json.dumps(nx.node_link_data(plain(graph), edges="edges"), allow_nan=False)


def to_graphml(graph: Graph) -> bytes:
    """GraphML, in which every attribute is a number, a truth value or a text."""
    flat = plain(graph)
    for _, attributes in flat.nodes(data=True):
        attributes["shape"] = "x".join(map(str, attributes["shape"])) or "scalar"
        attributes["name"] = attributes["name"] or ""
        for key in ("params", "value", "grad"):
            if key in attributes:
                attributes[key] = json.dumps(attributes[key])
    buffer = io.BytesIO()
    nx.write_graphml_xml(flat, buffer)
    return buffer.getvalue()


def save(graph: Graph, path: str | os.PathLike[str]) -> None:
    """Write `.graphml` or `.json`; see `Graph.save`."""
    ending = Path(path).suffix
    if ending == ".graphml":
        write_atomically(path, to_graphml(graph))
    elif ending == ".json":
        write_atomically(path, to_json(graph).encode())
    else:
        raise GraphError(
            f"cannot save a graph as {ending!r} ({path}): use .graphml or .json, "
            f"or tinygraph.draw(...).save(...) for a picture"
        )


def table(graph: Graph) -> str:
    """One line a value, in recording order; see `Graph.summary`."""
    numbers = {node: number for number, node in enumerate(graph._node)}
    rows = [("node", "op", "name", "scope", "shape", "dtype", "inputs", "|grad|")]
    for node, number in numbers.items():
        at = graph._node[node]
        rows.append(
            (
                str(number),
                at.op,
                at.name or "",
                at.scope,
                "x".join(map(str, at.shape)) or "scalar",
                str(at.dtype),
                " ".join(str(numbers[source]) for source in at.inputs),
                "" if at.grad is None else f"{np.linalg.norm(at.grad):.3e}",
            )
        )
    return "\n".join(aligned(rows, "<" * len(rows[0])))


def aligned(rows: Sequence[tuple[str, ...]], sides: str) -> list[str]:
    """Lines in which the columns stand below one another."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            f"{text:{side}{width}}"
            for text, side, width in zip(row, sides, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
