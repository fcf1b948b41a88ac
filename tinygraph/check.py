"""Gradients compared with numerical ones: of a function, or of all nodes of a graph.

The function compared is Σ u f(x) with random u: with ones for u, the gradient of a
softmax would be zero. `differences.py` has the numerical derivative.
"""

from __future__ import annotations

import math
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .arguments import numbers
from .backward import tensor_reader
from .calculus import gradients
from .differences import Slope, error_of, settled, slopes_of, verdict_on
from .errors import ArgumentError, DTypeError, GraphError
from .legible import aligned, shape_text
from .tensor import Tensor
from .value import Array, fetched

__all__ = ["check_gradients", "check_graph"]

CALLS = 16  # of a function at one point: if all agree, it is not random

# The verdicts, the gravest first, and what each means.
VERDICTS = {
    "WRONG": "the gradient is not the slope of the function: look at the VJPs in it",
    "random": "calls at the same point gave different values: create the generator "
    "inside the function, from a fixed seed",
    "undefined": "the function has no finite value there, so it has no slope",
    "edge": "the function is finite on one side only: move the input inside its domain",
    "kink": "the slopes from the left and from the right differ, and the gradient lies "
    "between them: move the input away from the kink or jump to compare it",
    "tie": "equal elements compete there: how they share the gradient is a convention, "
    "so only the sum of their shares was compared, and it is right",
    "ok": "",
}
SEVERITY = {verdict: place for place, verdict in enumerate(VERDICTS)}


@dataclass(frozen=True)
class Comparison:
    """The comparison for one argument or node, at its worst element."""

    name: str
    shape: tuple[int, ...]
    index: tuple[int, ...]
    analytic: float
    numeric: float
    error: float  # |analytic − numeric| in units of the tolerance; at most 1 is right
    verdict: str = "ok"  # one of the words in `VERDICTS`
    slopes: tuple[float, float] | None = None  # on the left and right, if they differ

    @property
    def ok(self) -> bool:
        """Whether every element was compared, and agrees."""
        return self.verdict == "ok"

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        sides = self.slopes or ()
        numeric = " | ".join(f"{slope:.4g}" for slope in sides)
        return (
            self.verdict,
            self.name,
            shape_text(self.shape),
            str(list(self.index)) if self.shape else "",
            f"{self.analytic:.10g}",
            numeric or f"{self.numeric:.10g}",
        )


@dataclass(frozen=True)
class Report:
    """The comparisons, worst first; true if all agree, and readable when printed.

    At a kink, at a tie or for a random function, a gradient is shown to be neither
    right nor wrong: the report is false, and so is its `wrong`.
    """

    rows: tuple[Comparison, ...]

    @property
    def ok(self) -> bool:
        """Whether every gradient was compared, and agrees."""
        return all(row.ok for row in self.rows)

    @property
    def wrong(self) -> bool:
        """Whether a gradient is wrong for certain."""
        return any(row.verdict == "WRONG" for row in self.rows)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        head = ("", "value", "shape", "worst element", "analytic", "numeric")
        lines = [head, *(row.cells for row in self.rows)]
        table = aligned(lines, "<" * len(head))
        said = dict.fromkeys(row.verdict for row in self.rows if not row.ok)
        notes = (textwrap.fill(f"{word}: {VERDICTS[word]}", 80) for word in said)
        return "\n".join([*table, *notes])

    __repr__ = __str__


def check_gradients(
    f: Callable[..., Any], *inputs: Any, order: int = 1, tolerance: float = 1e-6
) -> Report:
    """Compare the gradient of `f` in every input with a numerical one, in float64.

    With `order=2` the gradients of the gradients are compared too. The tolerance is
    relative, and absolute below 1. The report is true if every gradient was compared
    and agrees. Where one cannot be compared, its row says why: at a "kink" (relu
    at 0), at a "tie" (the maximum of equal elements), at the "edge" of the domain, and
    for a "random" function. A gradient outside the slopes of a kink is still WRONG, as
    are shares that do not add up at a tie, and NaN where the function has a slope.

    Raises ArgumentError for another `order` or a tolerance that is not positive, and
    DTypeError for a result less precise than float64, too coarse for differences.

    >>> report = check_gradients(lambda x: x * x, [1.0, 2.0], order=2)
    >>> report.ok, sorted(row.name for row in report.rows)
    (True, ['gradient, input0', 'input0'])
    >>> from tinygraph import relu
    >>> report = check_gradients(relu, [-1.0, 0.0])
    >>> report.ok, report.wrong, report.rows[0].verdict, report.rows[0].index
    (False, False, 'kink', (1,))
    """
    if order not in (1, 2):
        raise ArgumentError(f"check_gradients: `order` is {order}: use 1 or 2")
    above_zero("check_gradients", tolerance)
    given = (fetched(numbers("check_gradients", x)) for x in inputs)
    arrays = [np.array(x, dtype=float) for x in given]
    rng = np.random.default_rng(0)
    rows = compare_arguments(f, arrays, rng, "input", tolerance)
    if order == 2 and not any(row.verdict == "random" for row in rows):
        slopes = projected_gradient(f, arrays, rng)
        rows += compare_arguments(slopes, arrays, rng, "gradient, input", tolerance)
    return worst_first(rows)


def check_graph(output: Tensor, tolerance: float = 1e-6) -> Report:
    """Compare the gradient of every node of a recorded graph with a numerical one.

    Each value is moved a little, and everything that depends on it is computed again.
    The report is that of `check_gradients`.

    Raises GraphError where nothing was recorded, and DTypeError for values less precise
    than float64, too coarse for differences.

    >>> x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    >>> bool(check_graph((x * x).sum()))
    True
    """
    above_zero("check_graph", tolerance)
    graph = output.graph
    if graph is None:
        raise GraphError("check_graph: no operation was recorded for this tensor")
    u = np.random.default_rng(0).standard_normal(output.shape)
    nodes = [
        node
        for node in graph.ancestors_of(output.node)
        if graph.nodes[node]["requires_grad"]
    ]
    tensors = [*map(tensor_reader(output, graph), nodes)]
    for tensor in tensors:
        enough_digits("check_graph", tensor._label(), tensor.dtype)
    analytic = gradients(output, tensors, u)
    rows = []
    for node, tensor, gradient in zip(nodes, tensors, analytic, strict=True):

        def at(arrays: list[Array], node: int = node) -> float:
            return float((graph.run({node: arrays[0]}, output) * u).sum())

        name = graph.name_of(node) or graph.nodes[node]["op"]
        rows += comparison(at, [np.array(tensor.data)], [gradient], [name], tolerance)
    return worst_first(rows)


def worst_first(rows: list[Comparison]) -> Report:
    """The report, sorted."""
    return Report(tuple(sorted(rows, key=lambda r: (SEVERITY[r.verdict], -r.error))))


def above_zero(operation: str, tolerance: float) -> None:
    """Raise ArgumentError for a tolerance that is not a positive, finite number."""
    if not 0 < tolerance < math.inf:
        raise ArgumentError(
            f"{operation}: `tolerance` is {tolerance}: use a positive, finite number"
        )


def enough_digits(operation: str, what: str, dtype: np.dtype[Any]) -> None:
    """Raise DTypeError for numbers whose differences are mostly rounding error."""
    if dtype.kind == "f" and dtype.itemsize < 8:
        raise DTypeError(
            f"{operation}: {what} is {dtype}, which is too coarse for "
            f"numerical differences: compute in float64"
        )


# Functions ----------------------------------------------------------------------------


def compare_arguments(
    f: Callable[..., Any],
    arrays: list[Array],
    rng: np.random.Generator,
    name: str,
    tolerance: float,
) -> list[Comparison]:
    """One row for each argument of f."""
    tensors = [Tensor(x, requires_grad=True) for x in arrays]
    output = f(*tensors)
    value = np.array(array_of(output))
    enough_digits("check_gradients", "the result", value.dtype)
    u = rng.standard_normal(value.shape)
    if isinstance(output, Tensor) and output.requires_grad:
        analytic = gradients(output, tensors, u)
    else:
        analytic = [np.zeros(x.shape) for x in arrays]
    names = [f"{name}{place}" for place in range(len(arrays))]
    if differs(f, arrays, value, calls=1):
        return random_rows(names, analytic)

    def at(moved: list[Array]) -> float:
        return float((value_of(f, moved) * u).sum())

    rows = comparison(at, arrays, analytic, names, tolerance)
    if not all(row.ok for row in rows) and differs(f, arrays, value, CALLS):
        return random_rows(names, analytic)
    return rows


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
    """f at the arrays, given as tensors: f may differentiate, too."""
    return np.array(array_of(f(*(Tensor(x, requires_grad=True) for x in arrays))))


def array_of(output: Any) -> Any:
    """The result of a function, as an array."""
    return output.data if isinstance(output, Tensor) else output


def differs(
    f: Callable[..., Any], arrays: list[Array], value: Array, calls: int
) -> bool:
    """Whether another call at the same point gives another value."""
    for _ in range(calls):
        again = value_of(f, arrays)
        if again.shape != value.shape:
            return True
        if not np.allclose(again, value, rtol=1e-12, atol=1e-12, equal_nan=True):
            return True
    return False


def random_rows(names: list[str], analytic: list[Array]) -> list[Comparison]:
    """The rows of a random function, without numbers: they could not be compared."""
    nan = math.nan
    return [
        Comparison(name, np.shape(gradient), (), nan, nan, math.inf, "random")
        for name, gradient in zip(names, analytic, strict=True)
    ]


# Elements -----------------------------------------------------------------------------


def comparison(
    f: Callable[[list[Array]], float],
    arrays: list[Array],
    analytic: Sequence[Array],
    names: Sequence[str],
    tolerance: float,
) -> list[Comparison]:
    """One row for each array, with its worst element."""
    found: list[dict[tuple[int, ...], Comparison]] = []
    for place, (x, name) in enumerate(zip(arrays, names, strict=True)):
        rows = {}
        for index in np.ndindex(x.shape):
            slopes = slopes_of(moving(f, arrays, [(place, index)]), float(x[index]))
            gradient = float(analytic[place][index])
            blank = Comparison(name, x.shape, index, gradient, 0.0, 0.0)
            rows[index] = completed(blank, slopes, tolerance)
        found.append(rows)
    settle_ties(f, arrays, found, tolerance)
    return [
        worst_first(list(rows.values())).rows[0]
        if rows
        else Comparison(name, x.shape, (), 0.0, 0.0, 0.0)
        for rows, x, name in zip(found, arrays, names, strict=True)
    ]


def completed(row: Comparison, found: Sequence[Slope], tolerance: float) -> Comparison:
    """The row of one element, completed by its slopes."""
    last = found[-1]
    return replace(
        row,
        numeric=last.middle,
        error=error_of(row.analytic, last.middle, tolerance),
        verdict=verdict_on(row.analytic, found, tolerance),
        slopes=None if settled(found) else (last.left, last.right),
    )


def moving(
    f: Callable[[list[Array]], float],
    arrays: list[Array],
    places: Iterable[tuple[int, tuple[int, ...]]],
) -> Callable[[float], float]:
    """f as a function of the distance that some elements have moved together."""
    elements = list(places)

    def at(distance: float) -> float:
        moved = [x.copy() for x in arrays]
        for place, index in elements:
            moved[place][index] += distance
        return f(moved)

    return at


def settle_ties(
    f: Callable[[list[Array]], float],
    arrays: list[Array],
    found: list[dict[tuple[int, ...], Comparison]],
    tolerance: float,
) -> None:
    """Turn kinks into ties: equal elements that have a slope if they move together.

    How they share the gradient is a convention, but their shares add up to that slope.
    """
    equal = defaultdict(list)
    for place, rows in enumerate(found):
        for index, row in rows.items():
            if row.verdict == "kink":
                equal[float(arrays[place][index])].append((place, index))
    for value, elements in equal.items():
        together = slopes_of(moving(f, arrays, elements), value)
        if len(elements) > 1 and settled(together):
            shares = sum(found[place][index].analytic for place, index in elements)
            right = error_of(shares, together[-1].middle, tolerance) <= 1.0
            for place, index in elements:
                row = found[place][index]
                verdict = "tie" if right else "WRONG"
                found[place][index] = replace(row, verdict=verdict)
