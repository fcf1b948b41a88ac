"""The updates that would follow a backward pass; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..graph import Graph
from ..optimize import SGD, Optimizer
from ..tensor import Tensor
from .explain import read_only
from .formula import upright
from .steps import BackwardStep, UpdateStep

Sums = dict[Tensor, tuple[int, Any]]  # each leaf's node, and its whole gradient


def updates_after(
    graph: Graph,
    names: dict[int, str],
    steps: Iterable[BackwardStep],
    optimizer: Optimizer | None,
    lr: float | None,
) -> list[UpdateStep]:
    """The updates of an optimiser, or of gradient descent with `lr`; else none."""
    if lr is not None:
        optimizer = SGD(parameters_of(graph, names), lr)
    return list(update_steps(graph, names, steps, optimizer)) if optimizer else []


def parameters_of(graph: Graph, nodes: Iterable[int]) -> list[Tensor]:
    """The leaves that a gradient flows to, each listed once."""
    values = map(graph.at, nodes)
    found = (at.tensor for at in values if at.requires_grad)
    return list(dict.fromkeys(leaf for leaf in found if isinstance(leaf, Tensor)))


def update_steps(
    graph: Graph,
    names: dict[int, str],
    steps: Iterable[BackwardStep],
    optimizer: Optimizer,
) -> Iterator[UpdateStep]:
    """The step that an optimizer would take with the gradients of a backward pass."""
    sums, parameters = sums_by_leaf(graph, steps), optimizer.parameters
    gradients = [sums[leaf][1] if leaf in sums else None for leaf in parameters]
    after = optimizer.preview(gradients)
    rule = rule_of(optimizer)
    for leaf, gradient, value in zip(parameters, gradients, after, strict=True):
        if gradient is not None:
            node = sums[leaf][0]
            yield UpdateStep(
                node=node,
                name=names[node],
                rule=rule,
                before=read_only(leaf._data),
                gradient=read_only(gradient),
                after=read_only(value),
                formula=update_formula(names[node], rule, optimizer.lr),
            )


def sums_by_leaf(graph: Graph, steps: Iterable[BackwardStep]) -> Sums:
    """The gradient of each leaf, which may be several nodes, and its latest node."""
    sums: Sums = {}
    for node, total in {step.source: step.total for step in steps}.items():
        leaf = graph.at(node).tensor
        if isinstance(leaf, Tensor):
            sums[leaf] = (node, total if leaf not in sums else sums[leaf][1] + total)
    return sums


def rule_of(optimizer: Optimizer) -> str:
    """The name of what the optimizer does."""
    is_plain = type(optimizer) is SGD and not (
        optimizer.momentum or optimizer.weight_decay
    )
    return "gradient descent" if is_plain else type(optimizer).__name__


def update_formula(name: str, rule: str, lr: float) -> str:
    """The update in LaTeX."""
    name = upright(name)
    plain = rule == "gradient descent"
    change = rf"{lr:g}\, \overline{{{name}}}" if plain else r"\Delta"
    return rf"{name} \leftarrow {name} - {change}"
