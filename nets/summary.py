"""What a network consists of, and what it costs, layer by layer."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import tinygraph as tg

from .layers.tree import (
    fields_of,
    is_layer,
    named_parts,
    parameters,
    set_training,
    tensors,
    walk,
)

Shape = tuple[int, ...]
MARK = "layer "  # before the number of a row, in the scope that its operations have


@dataclass(frozen=True)
class Row:
    """One layer: its name, its class, and what it gives and costs.

    `shape` is that of its output, None for a layer that is not called.
    """

    name: str
    kind: str
    shape: Shape | None
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Summary:
    """The layers of a network that compute, in the order of their calls.

    `str` gives a table. `parameters` and `multiply_adds` are the sums over all rows.
    """

    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """The number of numbers that training changes."""
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """The multiplications, each with an addition, in products and convolutions."""
        return sum(row.multiply_adds for row in self.rows)

    def __str__(self) -> str:
        head = ("layer", "", "output", "parameters", "multiply-adds")
        total = ("total", "", "", f"{self.parameters:,}", f"{self.multiply_adds:,}")
        table = [head, *map(cells, self.rows), total]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [line_of(row, widths) for row in table]
        rule = "-" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def cells(row: Row) -> tuple[str, ...]:
    """The texts of a row."""
    shape = "not called" if row.shape is None else " × ".join(map(str, row.shape))
    return (
        row.name,
        row.kind,
        shape or "a number",
        f"{row.parameters:,}",
        f"{row.multiply_adds:,}",
    )


def line_of(row: tuple[str, ...], widths: list[int]) -> str:
    """Cells side by side; numbers end at the same place."""
    texts = [text.ljust(width) for text, width in zip(row[:3], widths[:3], strict=True)]
    numbers = zip(row[3:], widths[3:], strict=True)
    return "  ".join(texts + [text.rjust(width) for text, width in numbers]).rstrip()


def summary(network: Any, shape: Shape, dtype: DTypeLike = np.float32) -> Summary:
    """Run a network once on zeros of a shape, the batch included, and sum it up.

    Multiply-adds are those of convolutions, of products with weights and of products
    with one another, as in attention; batch norm, pooling and activations are not
    counted. `dtype` is np.int64 for a network that takes class or character numbers.
    The network is left as it is: a copy runs, without dropout and without touching
    running statistics.

    >>> from nets import Flatten, Linear, Network
    >>> layers = [Flatten(), Linear.random(np.random.default_rng(0), 12, 5)]
    >>> print(summary(Network({"fc": layers}), (1, 3, 2, 2)))
    layer           output  parameters  multiply-adds
    -------------------------------------------------
    fc     Flatten  1 × 12           0              0
    fc     Linear   1 × 5           65             60
    -------------------------------------------------
    total                           65             60
    """
    calls: list[Call] = []
    run = Observer(calls).observed(network)
    set_training(run, False)
    x = tg.Tensor(np.zeros(shape, dtype))
    for tensor in tensors(network).values():
        data: Any = tensor.data
        if not isinstance(data, np.ndarray):  # the network was moved to another library
            x.data = np.asarray(x.data, like=data)
            break
    if np.issubdtype(dtype, np.floating):
        x.requires_grad = True  # so that everything is recorded
        x = x * 1  # and is no parameter
    output = run(x)
    return Summary(tuple(rows_of(network, calls, products(output, len(calls)))))


def rows_of(network: Any, calls: list[Call], costs: list[int]) -> Iterator[Row]:
    """A row for each call of a layer that computes, and for what was not called."""
    layers: dict[int, tuple[str, Any]] = {}
    for name, part in walk(network):
        layers.setdefault(id(part), (name, part))
    own = own_parameters(network)
    for call, cost in zip(calls, costs, strict=True):
        name, layer = layers[id(call.layer)]
        count = own.pop(id(layer), 0)
        if count or cost or is_last(layer):
            yield Row(name, type(layer).__name__, call.shape, count, cost)
    for place, count in own.items():
        if count:
            name, layer = layers[place]
            yield Row(name, type(layer).__name__, None, count, 0)


def is_last(layer: Any) -> bool:
    """Whether a layer has no layers inside."""
    return not any(is_layer(part) for _, part in walk(layer) if part is not layer)


def own_parameters(network: Any) -> dict[int, int]:
    """By the identity of a layer: its parameters outside the layers inside it.

    One that two layers use is counted where it is met first.
    """
    left = {id(tensor): tensor.size for tensor in parameters(network).values()}
    counts: dict[int, int] = {}
    for _, part in walk(network):
        if is_layer(part):
            found = sum(left.pop(id(t), 0) for t in tensors_outside(part))
            counts[id(part)] = counts.get(id(part), 0) + found
    return counts


def tensors_outside(layer: Any) -> Iterator[Any]:
    """The tensors in a layer's fields, lists, tuples and dictionaries."""
    for _, part in named_parts(layer):
        if isinstance(part, tg.Tensor):
            yield part
        elif not is_layer(part):
            yield from tensors_outside(part)


@dataclass
class Call:
    """A call of a layer, and the shape of its output afterwards."""

    layer: Any
    shape: Shape | None = None


@dataclass
class Observer:
    """Makes copies of layers that add a `Call` for each call of theirs."""

    calls: list[Call]

    def __post_init__(self) -> None:
        self.copies: dict[int, Any] = {}  # so that one that is shared stays shared

    def observed(self, value: Any) -> Any:
        """A copy of a layer with observed layers inside; other values themselves."""
        if isinstance(value, dict):
            return type(value)((k, self.observed(v)) for k, v in value.items())
        if type(value) in (list, tuple):
            return type(value)(map(self.observed, value))
        if not is_layer(value):
            return value
        if id(value) not in self.copies:
            self.copies[id(value)] = made = copy.copy(value)
            for name, field in fields_of(value):
                object.__setattr__(made, name, self.observed(field))
            if callable(value):
                object.__setattr__(made, "__class__", self.class_for(value))
        return self.copies[id(value)]

    def class_for(self, layer: Any) -> type:
        """A class like a layer's, whose calls are observed."""
        kind, calls = type(layer), self.calls

        def observed_call(*inputs: Any, **options: Any) -> Any:
            calls.append(call := Call(layer))
            with tg.scope(f"{MARK}{len(calls) - 1}"):
                output = kind.__call__(*inputs, **options)
            call.shape = shape_of(output)
            return output

        return type(
            kind.__name__, (kind,), {"__slots__": (), "__call__": observed_call}
        )


def shape_of(output: Any) -> Shape | None:
    """The shape of an output; of several, as a cell of a network has, of the first."""
    while isinstance(output, list | tuple) and output:
        output = output[0]
    return getattr(output, "shape", None)


def products(output: Any, calls: int) -> list[int]:
    """The multiply-adds of each call, from the graph that was recorded."""
    counts = [0] * calls
    for graph in graphs_of(output):
        for node, op in graph.nodes(data="op"):
            if op not in COUNTED:
                continue
            uses = sorted(graph.in_edges(node, keys=True), key=lambda use: use[2])
            inputs = [graph.nodes[use[0]] for use in uses]
            kinds = {value["op"] for value in inputs[:2]}
            if "constant" in kinds and "parameter" not in kinds:
                continue  # a mean, as pooling takes it
            scope = graph.nodes[node]["scope"].split("/")
            marks = [name for name in scope if name.startswith(MARK)]
            shapes = [value["shape"] for value in inputs]
            count = COUNTED[op](graph.nodes[node]["shape"], shapes, graph.nodes[node])
            counts[int(marks[-1].removeprefix(MARK))] += count
    return counts


def graphs_of(output: Any) -> list[Any]:
    """The graphs that recorded an output, or several outputs: each of them once."""
    outputs = output if isinstance(output, list | tuple) else [output]
    graphs = {id(t.graph): t.graph for t in outputs if isinstance(t, tg.Tensor)}
    return [graph for graph in graphs.values() if graph is not None]


def of_einsum(_: Shape, inputs: list[Shape], node: Any) -> int:
    """The product of the sizes of all axes."""
    terms = node["params"]["subscripts"].split("->")[0].split(",")
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, inputs, strict=True):
        sizes |= dict(zip(term, shape, strict=True))
    return math.prod(sizes.values())


# From an operation to the multiply-adds of an output shape and of input shapes.
COUNTED: dict[str, Callable[[Shape, list[Shape], Any], int]] = {
    "conv2d": lambda y, x, node: math.prod(y) * math.prod(x[1][1:]),
    "conv2d_image": lambda y, x, node: math.prod(x[0]) * math.prod(x[1][1:]),
    "linear": lambda y, x, node: math.prod(y) * x[1][1],
    "matmul": lambda y, x, node: math.prod(y) * x[0][-1],
    "einsum": of_einsum,
}
