"""Passes: small functions from a graph to a graph that computes the same with less.

They are what a compiler of tensor programs does between recording and running. Each
returns a new graph with the same numbers for its nodes. `fixed` are the nodes that have
to stay: results, and what has an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import Any

from ..graph import Graph
from ..tape import Tape
from ..value import PYTHON_NUMBERS
from .templates import is_row
from .user_code import is_library

Pass = Callable[[Graph, Collection[int]], Graph]


def without_dead_values(graph: Graph, fixed: Collection[int]) -> Graph:
    """Only what the fixed nodes are computed from.

    The gradient of an input that needs none, for instance, is recorded and never read.
    """
    tape, needed = graph._tape, {*fixed}
    for node in reversed(tape):
        if node in needed:
            needed.update(tape.inputs.get(node, ()))
    return with_columns(tape, needed)


def with_constants_folded(graph: Graph, fixed: Collection[int]) -> Graph:
    """What is computed from constants alone becomes a constant: its recorded value.

    A user's operation may draw random numbers, so it stays.
    """
    tape = graph._tape
    constant = {n for n in tape if n not in tape.primitive and is_constant(tape, n)}
    for node, inputs in tape.inputs.items():
        known = is_library(getattr(tape.primitive[node], "__module__", None))
        if known and node not in fixed and constant.issuperset(inputs):
            constant.add(node)
    folded = with_columns(tape, tape)
    for node in constant & tape.primitive.keys():
        for column in (folded._tape.primitive, folded._tape.inputs):
            del column[node]
        folded._tape.params.pop(node, None)
    return without_dead_values(folded, {*fixed, *used(folded)})


def with_common_values_once(graph: Graph, fixed: Collection[int]) -> Graph:
    """An operation on the same inputs, with the same parameters, is computed once."""
    tape, first, same = graph._tape, dict[Hashable, int](), dict[int, int]()
    merged = with_columns(tape, tape)
    for node in tape:
        inputs = tuple(same.get(source, source) for source in tape.inputs.get(node, ()))
        if node in tape.primitive:
            merged._tape.inputs[node] = inputs
        key = identity(tape, node, inputs)
        if key is None or first.setdefault(key, node) == node or node in fixed:
            continue
        same[node] = first[key]
    kept = {node for node in tape if node not in same}
    return with_columns(merged._tape, kept)


PASSES: tuple[Pass, ...] = (
    without_dead_values,
    with_constants_folded,
    with_common_values_once,
)


def simplified(graph: Graph, fixed: Collection[int]) -> Graph:
    """The graph after all passes."""
    for simplify in PASSES:
        graph = simplify(graph, fixed)
    return graph


def with_columns(tape: Tape, nodes: Iterable[int]) -> Graph:
    """A graph of some of the nodes of a tape, in its order."""
    graph, chosen = Graph(), {*nodes}
    for name, column in vars(tape.with_gradients()).items():
        setattr(graph._tape, name, {n: e for n, e in column.items() if n in chosen})
    return graph


def used(graph: Graph) -> set[int]:
    """The nodes that something is computed from."""
    return {source for inputs in graph._tape.inputs.values() for source in inputs}


def is_constant(tape: Tape, node: int) -> bool:
    """Whether a leaf has the same value in every replay."""
    return node not in tape.tensor and "origin" not in tape.more.get(node, {})


def identity(tape: Tape, node: int, inputs: tuple[int, ...]) -> Hashable | None:
    """What nodes of the same value share; None where nothing is known of it."""
    if node in tape.primitive:
        parameters = hashable(tape.params.get(node, {}))
        known = is_library(getattr(tape.primitive[node], "__module__", None))
        if parameters is None or not known:
            return None
        return id(tape.primitive[node]), inputs, parameters
    value = tape.value[node]
    if type(value) in PYTHON_NUMBERS and is_constant(tape, node):
        return type(value), repr(value)
    return None


def hashable(value: Any) -> Hashable | None:
    """Parameters as something that can be compared; None where they hold an array."""
    if isinstance(value, Mapping):
        entries = [(name, hashable(entry)) for name, entry in value.items()]
    elif is_row(type(value)):
        entries = [("", hashable(entry)) for entry in value]
    elif isinstance(value, slice):
        return slice, repr(value)
    else:
        plain = isinstance(value, int | float | str | type | type(None))
        return (type(value), repr(value)) if plain or value is ... else None
    whole = all(entry is not None for _, entry in entries)
    return (type(value), *entries) if whole else None
