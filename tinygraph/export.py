"""A graph as a table, as JSON, and as a plain graph that other tools read."""

from __future__ import annotations

import io
import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx
import numpy as np

from .errors import GraphError
from .files import write_atomically
from .legible import aligned, for_xml, shape_text
from .queries import Queries
from .value import fetched, numeric

SHORT = 64
DEEPEST = 20  # lists nested deeper are written as their text

# Names that the formats use themselves: an attribute of that name would be lost.
TAKEN_IN_JSON = {"id", "source", "target", "key"}
TAKEN = {
    *TAKEN_IN_JSON,
    *("op", "label", "name", "scope", "shape", "dtype", "requires_grad", "params"),
    "source_line",
    *("data", "value", "grad", "position", "weight", "type", "start", "end", "spells"),
    *("slices", "viz", "parent", "parents", "pid", "networkx_key", "mode", "node"),
    *("edge", "directed", "multigraph", "node_default", "edge_default"),
}
NUMBER = (int, float)


class Edge(NamedTuple):
    """One edge, between nodes that are numbered from 0."""

    source: int
    target: int
    place: int  # among the edges into the target
    key: Any
    added: dict[str, Any]  # what a user wrote on it


def uses(graph: Queries) -> Iterator[Edge]:
    """All edges, in the order of their targets and of the arguments of these."""
    numbers = {node: number for number, node in enumerate(graph)}
    for node, number in numbers.items():
        for place, (source, key) in enumerate(graph.edges_into(node)):
            added = jsonable(graph._pred[node][source][key])
            yield Edge(numbers[source], number, place, key, added)


# As JSON ------------------------------------------------------------------------------


def numbered(graph: Queries) -> nx.MultiDiGraph[int]:
    """The graph with nodes 0, 1, 2, ... in recording order, and attributes for JSON."""
    result: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    result.graph.update(jsonable(graph.graph))
    for number, node in enumerate(graph):
        result.add_node(number)
        result.nodes[number].update(described(graph, node))
    for use in uses(graph):
        key = use.key if isinstance(use.key, int | str) else repr(use.key)
        result.add_edge(use.source, use.target, key)
        added = renamed(use.added, TAKEN_IN_JSON)
        result.edges[use.source, use.target, key].update(added)
    return result


def described(graph: Queries, node: Any) -> dict[str, Any]:
    """The attributes of a node for JSON, those that a user added too."""
    added = renamed(jsonable(graph.at(node).more), TAKEN_IN_JSON)
    return own_attributes(graph, node) | added


def own_attributes(graph: Queries, node: Any) -> dict[str, Any]:
    """What a graph knows of a node, for JSON."""
    at, given = graph.at(node), graph.nodes[node]
    description = {
        "op": at.op,
        "name": at.name,
        "scope": at.scope,
        "shape": jsonable(at.shape),
        "dtype": str(at.dtype),
        "params": jsonable(at.params),
        "requires_grad": at.requires_grad,
        "value": jsonable(given.get("value")),
    }
    if given.get("grad") is not None:
        description["grad"] = jsonable(given["grad"])
    if at.source_line is not None:
        description["source_line"] = str(at.source_line)
    return description


def jsonable(entry: Any, depth: int = 0) -> Any:
    """Anything as JSON: numbers, strings, and lists and dictionaries of them."""
    if entry is None or isinstance(entry, bool | int | str):
        return entry
    if isinstance(entry, Mapping) and depth < DEEPEST:
        return {str(key): jsonable(inner, depth + 1) for key, inner in entry.items()}
    if isinstance(entry, list | tuple | set | frozenset) and depth < DEEPEST:
        return [jsonable(inner, depth + 1) for inner in entry]
    known = isinstance(entry, np.ndarray | np.generic | float)
    return numbers(entry) if known and numeric(entry) is not None else repr(entry)


def numbers(value: Any) -> Any:
    """All the numbers of a short array; range and norm of a longer one."""
    array = np.asarray(fetched(value))
    if array.size > SHORT or array.dtype.itemsize > 8:
        array = array.astype(float, copy=False)
    if array.size <= SHORT:
        return _finite(array.tolist())
    with np.errstate(over="ignore", invalid="ignore"):  # infinities are written as such
        return {
            "min": _finite(float(array.min())),
            "max": _finite(float(array.max())),
            "mean": _finite(float(array.mean())),
            "norm": _finite(float(np.linalg.norm(array))),
        }


def _finite(numbers: Any) -> Any:
    """JSON has no NaN and no infinity: they become "nan", "inf" and "-inf"."""
    if isinstance(numbers, list):
        return [_finite(number) for number in numbers]
    if isinstance(numbers, float) and not math.isfinite(numbers):
        return str(numbers)
    return numbers


def renamed(added: Mapping[str, Any], taken: set[str]) -> dict[str, Any]:
    """Attributes that a user added, renamed to user_id and the like on a clash."""
    names: dict[str, Any] = {}
    for key, entry in added.items():
        name = key
        while name in taken or name in names:
            name = f"user_{name}"
        names[name] = entry
    return names


def to_json(graph: Queries) -> str:
    """Node-link JSON; see `Graph.to_json`."""
    data = nx.node_link_data(numbered(graph), edges="edges")
    return json.dumps(data, allow_nan=False)


# As texts, numbers and truth values alone ---------------------------------------------


def plain(graph: Queries) -> nx.MultiDiGraph[int]:
    """The graph as networkx's own kind; see `Graph.plain`."""
    result: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    [attributes] = flat([jsonable(graph.graph)], {"name": (str,)})
    result.graph.update(attributes)
    added = flat([jsonable(graph.at(node).more) for node in graph], {"weight": NUMBER})
    for number, node in enumerate(graph):
        result.add_node(number)
        result.nodes[number].update(flat_own(graph, node) | added[number])
    edges = list(uses(graph))
    added = flat([use.added for use in edges], {"weight": NUMBER})
    for use, more in zip(edges, added, strict=True):
        position = use.key if isinstance(use.key, int) else use.place
        key = f"e{use.target}_{use.place}"  # no other edge of the graph has it
        result.add_edge(use.source, use.target, key)
        attributes = {"position": int(position), **more}
        result.edges[use.source, use.target, key].update(attributes)
    return result


def flat_own(graph: Queries, node: Any) -> dict[str, Any]:
    """What a graph knows of a node, in texts and a truth value."""
    known, at = own_attributes(graph, node), graph.at(node)
    texts = {
        "label": at.name or at.op,
        "op": at.op,
        "name": at.name or "",
        "scope": at.scope,
        "shape": shape_text(at.shape),
        "dtype": known["dtype"],
        "params": json.dumps(known["params"]),
        "data": json.dumps(known["value"]),
    }
    if "grad" in known:
        texts["grad"] = json.dumps(known["grad"])
    if "source_line" in known:
        texts["source_line"] = known["source_line"]
    flat = {key: for_xml(text) for key, text in texts.items()}
    return {**flat, "requires_grad": at.requires_grad}


def flat(
    rows: Sequence[Mapping[str, Any]], free: Mapping[str, tuple[type, ...]]
) -> list[dict[str, Any]]:
    """Attributes that a user added, each of one type throughout; None is left out.

    Names consist of letters, digits and underscores. A name that a format uses itself
    gets the prefix user_, unless it is in `free` and of that type.
    """
    columns: dict[str, list[Any]] = {}
    for row in rows:
        for key, entry in row.items():
            columns.setdefault(key, []).append(entry)
    kinds = {key: kind_of(entries) for key, entries in columns.items()}
    taken = {
        key: TAKEN - {key} if kinds[key] in free.get(key, ()) else TAKEN
        for key in columns
    }
    names: dict[str, str] = {}
    for key in columns:
        name = re.sub("[^0-9A-Za-z_]", "_", key)
        while name in taken[key] or name in names.values() or not name[:1].isalpha():
            name = f"user_{name}"
        names[key] = name
    return [
        {
            names[key]: of_kind(entry, kinds[key])
            for key, entry in row.items()
            if entry is not None
        }
        for row in rows
    ]


def kind_of(entries: Sequence[Any]) -> type:
    """The type that all entries of an attribute can have."""
    types = {type(entry) for entry in entries if entry is not None}
    if types == {bool}:
        return bool
    if types == {int}:  # in 64 bits, or else as a text
        return int if all(abs(entry or 0) < 2**63 for entry in entries) else str
    return float if types and types <= {int, float} else str


def of_kind(entry: Any, kind: type) -> Any:
    """An entry as a text, number or truth value: lists become JSON."""
    if kind is str:
        return for_xml(entry if isinstance(entry, str) else json.dumps(entry))
    return kind(entry)


def to_graphml(graph: Queries) -> bytes:
    """GraphML, in which every attribute is a number, a truth value or a text."""
    buffer = io.BytesIO()
    nx.write_graphml_xml(plain(graph), buffer)
    return buffer.getvalue()


def save(graph: Queries, path: str | os.PathLike[str]) -> None:
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


# As a table ---------------------------------------------------------------------------


def table(graph: Queries) -> str:
    """One line a value, in recording order; see `Graph.summary`."""
    numbers = {node: number for number, node in enumerate(graph)}
    rows: list[tuple[str, ...]]
    rows = [("node", "op", "name", "scope", "shape", "dtype", "inputs", "|grad|")]
    for node, number in numbers.items():
        at = graph.at(node)
        row = [
            str(number),
            at.op,
            at.name or "",
            at.scope,
            shape_text(at.shape),
            str(at.dtype),
            " ".join(str(numbers[source]) for source in at.inputs),
            "" if at.grad is None else norm_text(at.grad),
        ]
        rows.append(tuple(row))
    return "\n".join(aligned(rows, "<" * len(rows[0])))


def norm_text(gradient: Any) -> str:
    """The Euclidean norm of a gradient."""
    with np.errstate(over="ignore"):
        return f"{np.linalg.norm(fetched(gradient)):.3e}"
