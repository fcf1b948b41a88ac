"""Explaining the steps of the engine: their names, counts and formulas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..backward import Step
from ..drawing.box import scalar
from ..graph import Graph
from ..pulling import pull
from ..value import PYTHON_NUMBERS, arrayed, brought, fetched, frozen
from .formula import accumulation, constants, formula, in_latex, plugged_in, summed
from .steps import BackwardStep


def backward_steps(
    graph: Graph, names: dict[int, str], passed: Sequence[Step]
) -> Iterator[BackwardStep]:
    """The engine's steps with names, counts and formulas."""
    expected = Counter(step.source for step in passed)
    arrived: Counter[int] = Counter()
    for number, step in enumerate(passed):
        early = step.node is not None and arrived[step.node] < expected[step.node]
        arrived[step.source] += 1
        stretched = was_broadcast(graph, step)
        yield BackwardStep(
            number=number,
            operation="seed" if step.node is None else graph.at(step.node).op,
            node=step.node,
            position=step.position,
            source=step.source,
            name="" if step.node is None else names[step.node],
            source_name=names[step.source],
            gradient=read_only(step.gradient),
            contribution=read_only(step.contribution),
            before=read_only(step.before),
            total=read_only(step.total),
            arrived=arrived[step.source],
            expected=expected[step.source],
            local=local_derivative(graph, step),
            early=early,
            formula=step_formula(graph, names, step, stretched),
            plugged=step_numbers(graph, step, stretched),
        )


def read_only(value: Any) -> Any:
    """A gradient as a read-only array; None if there is none."""
    return None if value is None else frozen(np.asarray(fetched(value)))


def vjp_of(graph: Graph, step: Step | BackwardStep, gradient: Any) -> Any:
    """The step's VJP of a gradient, before broadcasting is undone."""
    assert step.node is not None
    at = graph.at(step.node)
    result, *arguments = values_of(graph, step.node)
    gradient = brought(gradient, result)
    with np.errstate(all="ignore"):  # the backward pass has warned already
        return arrayed(
            pull(at.primitive, step.position, gradient, result, arguments, at.params)
        )


def local_derivative(graph: Graph, step: Step) -> Any:
    """The VJP of ones, if every VJP is the product of that and the gradient.

    This is so for elementwise operations; None for all others.
    """
    if step.node is None or np.shape(step.contribution) != np.shape(step.gradient):
        return None
    local = read_only(vjp_of(graph, step, np.ones_like(step.gradient)))
    if local.shape != np.shape(step.gradient):
        return None
    # A gradient whose elements all differ distinguishes products from sums.
    uneven = 1 + np.arange(local.size).reshape(local.shape) / local.size
    pulled = read_only(vjp_of(graph, step, uneven.astype(local.dtype)))
    with np.errstate(all="ignore"):
        same = np.allclose(uneven * local, pulled, 1e-4, equal_nan=True)
    return local if same else None


def was_broadcast(graph: Graph, step: Step) -> bool:
    """Whether the argument was broadcast, so that its gradient is a sum."""
    shape = np.shape(step.contribution)
    if step.node is None or shape == np.shape(step.gradient):
        return False
    return vjp_of(graph, step, step.gradient).shape != shape


def step_formula(
    graph: Graph, names: dict[int, str], step: Step, stretched: bool
) -> str:
    """The formula by which a step's contribution reaches its source."""
    if step.node is None:
        seed = in_latex(step.total) or r"\text{seed}"
        return accumulation(names[step.source], seed, first=True)
    at = graph.at(step.node)
    called = [names[step.node], *(symbol(graph, names, used) for used in at.inputs)]
    numbers = constants(at.params, values_of(graph, step.node))
    vjp = formula(at.primitive, step.position, called, numbers)
    if stretched:
        vjp = summed(vjp)
    return accumulation(names[step.source], vjp, first=step.before is None)


def values_of(graph: Graph, node: int) -> list[Any]:
    """The result of an operation, and its arguments."""
    at = graph.at(node)
    return [at.value, *(graph.at(source).value for source in at.inputs)]


def symbol(graph: Graph, names: dict[int, str], node: int) -> str:
    """The name of a value in a formula; of a Python number, the number."""
    value = graph.at(node).value
    return scalar(value) if type(value) in PYTHON_NUMBERS else names[node]


def step_numbers(graph: Graph, step: Step, stretched: bool) -> str | None:
    """The formula of a step with its numbers; None if there are too many."""
    if step.node is None:
        return None
    at, values = graph.at(step.node), values_of(graph, step.node)
    numbers = constants(at.params, values)
    vjp = plugged_in(at.primitive, step.position, step.gradient, values, numbers)
    result = in_latex(step.contribution)
    if vjp is None or result is None:
        return None
    result = result.strip("()")
    if stretched:
        return f"{summed(vjp)} = {result}"
    # One number that goes to every element is not equal to a table of them.
    spread = r"\begin" in result and r"\begin" not in vjp
    return rf"{vjp} \to {result}" if spread else f"{vjp} = {result}"
