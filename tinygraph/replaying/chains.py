"""A pass for elementwise operations: a chain of them is computed in one loop.

It does not belong to the passes that every plan goes through: compiled, a product and a
sum after it are rounded once, so that the last bits may differ. For 256x1000 numbers in
float32, a step of x σ(x) b + x takes 0.67 of the time, and one of the tanh formula of
GELU 0.81; with arrays of a tenth of that, nothing is gained.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from ..graph import Graph
from ..kernels.chains import Chain, Layout, Step
from ..ops import activation, arithmetic
from ..primitive import Primitive
from ..tape import Tape
from ..value import PYTHON_NUMBERS
from .nodes import example
from .templates import Place, WithArrays, forward_of

LONGEST = 24  # operations in a chain
MOST = 7  # arrays that a chain reads and writes
SMALL = 1 << 15  # elements of an array below which a chain does not pay
Kind = tuple[tuple[int, ...], np.dtype[Any]]
FLOATS = {np.dtype(np.float32), np.dtype(np.float64)}

# What each operation makes of elements, for compiled loops.
FORMULAS: dict[Any, str] = {
    arithmetic.add: "{0} + {1}",
    arithmetic.subtract: "{0} - {1}",
    arithmetic.multiply: "{0} * {1}",
    arithmetic.divide: "{0} / {1}",
    arithmetic.negative: "-{0}",
    arithmetic.abs: "np.abs({0})",
    arithmetic.square: "{0} * {0}",
    arithmetic.sqrt: "np.sqrt({0})",
    arithmetic.exp: "functions.exp({0})",
    arithmetic.expm1: "functions.expm1({0})",
    arithmetic.erf: "functions.erf({0})",
    arithmetic.tanh: "functions.tanh({0})",
    arithmetic.tanh_adjoint: "{0} * (one - {1} * {1})",
    activation.sigmoid: "functions.sigmoid({0})",
    activation.sigmoid_adjoint: "{0} * ({1} * (one - {1}))",
    activation.silu: "{0} * functions.sigmoid({0})",
    activation.softplus: "functions.softplus({0})",
    activation.softplus_adjoint: "{0} * functions.sigmoid({1})",
    activation.exact_gelu: "{0} * functions.normal({0})[0]",
    activation.relu: "zero if {0} <= zero else {0}",
    activation.kept: "{0} if {1} > zero else zero",
    activation.leaky_relu: "{0} if {0} > zero else {0} * {negative_slope}",
    activation.leaky_relu_adjoint: "{0} if {1} > zero else {0} * {negative_slope}",
}

POWERS = {2: "{0} * {0}", 3: "{0} * {0} * {0}"}


def with_chains_fused(graph: Graph, fixed: Collection[int]) -> Graph:
    """Chains of elementwise operations, with all of a chain in one place.

    What is used only inside of its chain is no longer in the graph. Each other value of
    a chain is computed from the inputs of the chain, by an operation that is `Fused`.
    """
    tape, fused = graph._tape, Graph()
    chains = Chains(tape, fixed)
    for nodes in chains.order:
        results, inputs = [*nodes], tape.inputs.get(nodes[0], ())
        if len(nodes) > 1:
            results, inputs = chains.results_of(nodes), chains.inputs_of(nodes)
        for node in results:
            for name, column in vars(tape.with_gradients()).items():
                if node in column:
                    getattr(fused._tape, name)[node] = column[node]
            if len(nodes) > 1:
                fused._tape.inputs[node] = inputs
                fused._tape.primitive[node] = Fused(nodes, results, node, tape, inputs)
                fused._tape.params.pop(node, None)
    return fused


class Fused(Primitive[Any]):
    """One result of a chain; its name is that of the operations that it needs."""

    def __init__(
        self,
        nodes: Sequence[int],
        results: Sequence[int],
        node: int,
        tape: Tape,
        inputs: Sequence[int],
    ) -> None:
        place = {node: number for number, node in enumerate([*inputs, *nodes])}
        steps = [
            Step(
                forward_of(tape.primitive[node]),
                formula_of(tape, node) or "",
                tuple(place[source] for source in tape.inputs[node]),
                tape.params.get(node, {}),
            )
            for node in nodes
        ]
        self.results, self.dtype = tuple(results), tape.value[node].dtype
        self.chain = Chain(steps, len(inputs), [nodes.index(each) for each in results])
        own = self.results.index(node)
        names = [tape.primitive[nodes[step]].name for step in self.chain.before(own)]
        super().__init__(lambda *arrays: self.chain(*arrays)[own], name_of(names))


def name_of(operations: Sequence[str]) -> str:
    """A name for a chain, as an identifier.

    >>> name_of(["multiply", "add"]), name_of(["add"] * 9)
    ('multiply_add', 'add_add_add_and_6_more')
    """
    if len(operations) > 4:
        operations = [*operations[:3], f"and_{len(operations) - 3}_more"]
    return "_".join(operations)


class Chains:
    """All operations of a tape in an order in which those of a chain are together.

    A chain goes on until something is computed from it by another operation, or until
    another large value is computed: waiting for that would keep more in memory.
    """

    def __init__(self, tape: Tape, fixed: Collection[int]) -> None:
        self.tape, self.fixed = tape, fixed
        self.users: dict[int, set[int]] = {node: set() for node in tape}
        for node, inputs in tape.inputs.items():
            for source in inputs:
                self.users[source].add(node)
        self.order: list[list[int]] = []
        self._open: dict[Kind, list[int]] = {}
        for node in tape:
            self._place(node)
        self._close([*self._open])

    def results_of(self, nodes: Sequence[int]) -> list[int]:
        """The nodes of a chain that something else needs."""
        inside = {*nodes}
        return [n for n in nodes if n in self.fixed or not self.users[n] <= inside]

    def inputs_of(self, nodes: Sequence[int]) -> tuple[int, ...]:
        """What a chain is computed from."""
        inside = {*nodes}
        sources = (source for node in nodes for source in self.tape.inputs[node])
        return tuple(dict.fromkeys(s for s in sources if s not in inside))

    def _place(self, node: int) -> None:
        """Put a node into a chain, or by itself."""
        if node not in self.tape.primitive:
            self.order.append([node])
            return
        kind, sources = self._kind(node), {*self.tape.inputs[node]}
        others = [k for k, nodes in self._open.items() if sources & {*nodes}]
        if kind is None:
            size = math.prod(np.shape(self.tape.value[node]))
            others += [k for k in self._open if size * 4 > math.prod(k[0])]
        self._close(k for k in dict.fromkeys(others) if k != kind)
        if kind is None:
            self.order.append([node])
            return
        before = self._open.get(kind, [])
        chain, apart = (
            [*before, node],
            sources.isdisjoint({*before, *self.inputs_of(before)}),
        )
        if apart or len(chain) > LONGEST or self._streams(chain) > MOST:
            self._close([kind])
            chain = [node]
        self._open[kind] = chain

    def _streams(self, nodes: Sequence[int]) -> int:
        """How many arrays a chain reads and writes."""
        arrays = [n for n in self.inputs_of(nodes) if np.shape(self.tape.value[n])]
        return len(arrays) + len(self.results_of(nodes))

    def _close(self, kinds: Iterable[Kind]) -> None:
        """Nothing more comes into these chains."""
        for nodes in [self._open.pop(kind) for kind in kinds if kind in self._open]:
            inputs = [example(self.tape.value[n]) for n in self.inputs_of(nodes)]
            pays = Layout.of(inputs).pays()
            self.order += [nodes] if pays else [[node] for node in nodes]

    def _kind(self, node: int) -> Kind | None:
        """The shape and type of a value that may be in a chain; None for others."""
        tape, value = self.tape, self.tape.value[node]
        if node not in tape.primitive or formula_of(tape, node) is None:
            return None
        if math.prod(np.shape(value)) < SMALL or value.dtype not in FLOATS:
            return None
        sources = [tape.value[source] for source in tape.inputs[node]]
        alike = all(
            type(source) in PYTHON_NUMBERS or source.dtype == value.dtype
            for source in sources
        )
        return (np.shape(value), value.dtype) if alike else None


def formula_of(tape: Tape, node: int) -> str | None:
    """What an operation makes of elements; None where no formula is known."""
    operation, inputs = tape.primitive[node], tape.inputs[node]
    options = tape.params.get(node, {}).values()
    if not all(type(option) in PYTHON_NUMBERS for option in options):
        return None
    if operation is arithmetic.power:
        exponent = tape.value[inputs[1]]
        plain = type(exponent) in PYTHON_NUMBERS and inputs[1] not in tape.primitive
        return POWERS.get(exponent) if plain else None
    if isinstance(operation, WithArrays):
        if any(type(given) is not Place for given in operation.given.values()):
            return None
        operation = operation.operation
    return FORMULAS.get(operation)
