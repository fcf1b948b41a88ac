"""Analytic against numerical gradients: of a function, or of every node of a graph.

A numerical derivative is taken by five points,

    f'(x) ≈ (f(x − 2h) − 8 f(x − h) + 8 f(x + h) − f(x + 2h)) / 12h,

which is wrong by h⁴ times the fifth derivative.  What is differentiated is Σ u f(x)
with random u: with u of ones a softmax would have no gradient at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .calculus import gradients
from .errors import ArgumentError, GraphError
from .tensor import Tensor
from .value import Array

STEP = 1e-4  # h in float64; of larger elements a part of their size


@dataclass(frozen=True)
class Row:
    """The comparison for one argument or node, at its worst element."""

    name: str
    shape: tuple[int, ...]
    index: tuple[int, ...]
    analytic: float
    numeric: float
    error: float  # |analytic − numeric| in units of the tolerance; at most 1 is right

    @property
    def ok(self) -> bool:
        """Whether every element agrees."""
        return self.error <= 1.0


@dataclass(frozen=True)
class Report:
    """The comparisons, worst first; true if all of them hold, readable if printed."""

    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether every gradient agrees."""
        return all(row.ok for row in self.rows)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        head = ("", "value", "shape", "worst element", "analytic", "numeric")
        lines = [head] + [
            (
                "ok" if row.ok else "WRONG",
                row.name,
                "x".join(map(str, row.shape)) or "scalar",
                str(list(row.index)) if row.shape else "",
                f"{row.analytic:.10g}",
                f"{row.numeric:.10g}",
            )
            for row in self.rows
        ]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join("  ".join(map(str.ljust, line, widths)) for line in lines)

    __repr__ = __str__


def check_gradients(
    f: Callable[..., Any], *inputs: Any, order: int = 1, tolerance: float = 1e-6
) -> Report:
    """Compare the gradient of `f` in every input with a numerical one, in float64.

    With `order=2` the gradients of the gradients are compared too.  The tolerance is
    relative, and absolute below 1.  Inputs at a kink, relu at 0 for instance, have no
    numerical derivative to compare with.

    >>> report = check_gradients(lambda x: x * x, [1.0, 2.0], order=2)
    >>> report.ok, sorted(row.name for row in report.rows)
    (True, ['gradient, input0', 'input0'])
    """
    arrays = [np.array(x, dtype=float) for x in inputs]
    rng = np.random.default_rng(0)
    rows = compared(f, arrays, rng, "input", tolerance)
    if order == 2:
        slopes = projected_gradient(f, arrays, rng)
        rows += compared(slopes, arrays, rng, "gradient, input", tolerance)
    elif order != 1:
        raise ArgumentError(f"check_gradients: `order` is {order}: use 1 or 2")
    return worst_first(rows)


def projected_gradient(
    f: Callable[..., Any], arrays: list[Array], rng: np.random.Generator
) -> Callable[..., Any]:
    """Σ v ∂(Σ u f)/∂x as a function of x, for random u and v."""
    u = rng.standard_normal(np.shape(value_of(f, arrays)))
    directions = [rng.standard_normal(x.shape) for x in arrays]

    def slopes(*tensors: Tensor) -> Any:
        found = gradients(f(*tensors), tensors, u, record=True)
        return sum((g * v).sum() for g, v in zip(found, directions, strict=True))

    return slopes


def value_of(f: Callable[..., Any], arrays: list[Array]) -> Array:
    """f at the arrays, which stay tensors inside it: f may differentiate, too."""
    return np.array(f(*(Tensor(x, requires_grad=True) for x in arrays)))


def compared(
    f: Callable[..., Any],
    arrays: list[Array],
    rng: np.random.Generator,
    name: str,
    tolerance: float,
) -> list[Row]:
    """One row for each argument of f."""
    tensors = [Tensor(x, requires_grad=True) for x in arrays]
    output = f(*tensors)
    u = rng.standard_normal(np.shape(output))
    if isinstance(output, Tensor) and output.requires_grad:
        analytic = gradients(output, tensors, u)
    else:
        analytic = [np.zeros(x.shape) for x in arrays]
    rows = []
    for place, x in enumerate(arrays):

        def moved(to: Array, place: int = place) -> float:
            return float(
                (value_of(f, [*arrays[:place], to, *arrays[place + 1 :]]) * u).sum()
            )

        numeric = numerical_gradient(moved, x)
        rows.append(row(f"{name}{place}", analytic[place], numeric, tolerance))
    return rows


def numerical_gradient(f: Callable[[Array], float], x: Array) -> Array:
    """∂f/∂x by five points, one element after the other."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        h = STEP * max(1.0, abs(float(x[index])))

        def at(distance: float, index: Any = index) -> float:
            moved = x.copy()
            moved[index] += distance
            return f(moved)

        far, near = at(2 * h) - at(-2 * h), at(h) - at(-h)
        gradient[index] = (8.0 * near - far) / (12.0 * h)
    return gradient


def row(name: str, analytic: Array, numeric: Array, tolerance: float) -> Row:
    """The comparison at the element that disagrees most; NaN disagrees with numbers."""
    if not analytic.size:
        return Row(name, analytic.shape, (), 0.0, 0.0, 0.0)
    with np.errstate(invalid="ignore"):
        scale = np.maximum(1.0, np.abs(numeric)) * tolerance
        errors = np.abs(analytic - numeric) / scale
    errors = np.where(np.isnan(errors), np.inf, errors)
    index = tuple(int(i) for i in np.unravel_index(int(errors.argmax()), errors.shape))
    return Row(
        name,
        analytic.shape,
        index,
        float(analytic[index]),
        float(numeric[index]),
        float(errors[index]),
    )


def worst_first(rows: list[Row]) -> Report:
    """The report, sorted."""
    return Report(tuple(sorted(rows, key=lambda row: -row.error)))


def check_graph(output: Tensor, tolerance: float = 1e-6) -> Report:
    """Compare the gradient of every node of a recorded graph with a numerical one.

    Each value is moved a little, and what depends on it is computed again.  Meant for
    graphs in float64: float32 has too few digits for a difference.

    >>> x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    >>> bool(check_graph((x * x).sum()))
    True
    """
    graph = output.graph
    if graph is None:
        raise GraphError("check_graph: no operation was recorded for this tensor")
    u = np.random.default_rng(0).standard_normal(output.shape)
    nodes = [
        node
        for node in graph.ancestors_of(output.node)
        if graph.nodes[node]["requires_grad"]
    ]
    tensors = [graph.tensor_at(type(output))(node) for node in nodes]
    analytic = gradients(output, tensors, u)
    rows = []
    for node, gradient in zip(nodes, analytic, strict=True):

        def moved(to: Array, node: int = node) -> float:
            return float((graph.run({node: to}, output) * u).sum())

        value = np.array(graph.nodes[node]["value"], dtype=float)
        numeric = numerical_gradient(moved, value)
        name = graph.name_of(node) or graph.nodes[node]["op"]
        rows.append(row(name, gradient, numeric, tolerance))
    return worst_first(rows)
