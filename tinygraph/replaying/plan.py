"""Plan: a recorded call as one function that calls kernels, and records nothing.

Every value has a slot in one list. Running a plan fills the slots of the inputs, calls
one kernel after the other, and at the end gives the parameters their new data, all at
once: nothing is changed before every kernel has succeeded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import GraphError
from ..graph import Graph
from ..kernels.compilation import NONE, chosen
from ..optimize import Optimizer, assign
from ..primitive import Primitive
from ..tape import Tape
from ..tensor import Tensor
from ..tensor_data import read_only_view
from ..value import frozen, new_node
from .chains import Fused, with_chains_fused
from .columns import with_columns_apart
from .effects import Change, Steps
from .lowering import kernel_of_row, lowered
from .nodes import example
from .notes import Argument, Data, Gradient, Memory, Origin, Update, Variable
from .passes import simplified, without_dead_values
from .program import Call, Slots, program
from .recorder import Recorder


class Output(NamedTuple):
    """A tensor or an array in what a function returns."""

    node: int
    kind: str  # "tensor", "data" (of a tensor), "array", or "same" for an input
    requires_grad: bool = False
    grad: int | None = None  # the node of its gradient


class Escaping(NamedTuple):
    """What outlives a call: in what is returned, in leaves and in optimizers."""

    outputs: Any  # what is returned, with an `Output` in the place of each array
    changes: Sequence[Change]
    steps: Sequence[Steps]

    def nodes(self) -> Iterator[int]:
        """The nodes of all arrays; some of them several times."""
        for output in self.returned():
            yield output.node
            if output.grad is not None:
                yield output.grad
        yield from (change.node for change in self.changes if change.node is not None)
        yield from (node for steps in self.steps for _, _, node in steps.memory)

    def returned(self) -> list[Output]:
        """The tensors and arrays that are returned."""
        found: list[Output] = []
        replaced(self.outputs, found.append)
        return found


class Plan:
    """What a recorded call computes and changes; see the module."""

    def __init__(
        self,
        recorder: Recorder,
        escaping: Escaping,
        variables: Sequence[Callable[[], Any]],
        fuse: bool = False,
    ) -> None:
        nodes = {*escaping.nodes()}
        rows = {node for update in recorder.updates for node in update.nodes}
        fixed = rows | recorder.lasting
        graph = without_dead_values(recorder.graph, nodes | fixed)
        graph = simplified(with_columns_apart(graph, fixed), nodes | fixed)
        self.fused = fuse and chosen.get() is not NONE
        if self.fused:
            graph = with_chains_fused(graph, nodes | fixed)
        tape = graph._tape
        self.escaping, self.variables = escaping, variables
        self.slot = {node: slot for slot, node in enumerate(tape)}
        self.calls = [*calls_of(tape, recorder.updates, self.slot, nodes)]
        self.source, self.compute = program(self.calls)
        self._steps = [*self._planned_steps()]
        self.share(set())
        inputs = [node for node in tape if node not in tape.primitive]
        self.constants: Slots = [None] * (len(tape) + 1)  # the last for what is None
        self.origins: dict[int, Origin] = {}  # by slot
        for node in inputs:
            if node in recorder.origins:
                self.origins[self.slot[node]] = recorder.origins[node]
            else:
                self.constants[self.slot[node]] = tape.value[node]
        self._arguments = self._from(Argument)
        self._variables = self._from(Variable)
        self._leaves = [(s, leaf) for s, (leaf,) in self._from(Data)]
        self._gradients = [(s, leaf) for s, (leaf,) in self._from(Gradient)]
        self._memory = self._from(Memory)
        self._trained = [leaf for _, leaf in self._leaves if leaf._requires_grad]

    def share(self, copied: set[int]) -> None:
        """Nodes whose arrays are copied for the user, because others share them."""
        self.copied = copied
        changes = sorted(self.escaping.changes, key=lambda c: c.attribute != "_data")
        data = [change.leaf for change in changes if change.attribute == "_data"]
        self._sources = [-1 if n is None else self.slot[n] for _, _, n in changes]
        self._copies = [n for n, (_, _, node) in enumerate(changes) if node in copied]
        self._owners: list[object] = [*(leaf for leaf, _, _ in changes), *data]
        self._attributes = [*(a for _, a, _ in changes), *["node"] * len(data)]
        self._moved = len(data)

    def _planned_steps(self) -> Iterator[tuple[Optimizer, int, Sequence[int], Any]]:
        """What the steps of each optimizer change, with slots for nodes."""
        for clock, taken, missed, memory in self.escaping.steps:
            kept = [(name, place, self.slot[node]) for name, place, node in memory]
            yield clock.optimizer, taken, missed, kept

    def _from(self, kind: type[Any]) -> list[tuple[int, Any]]:
        """The inputs of one origin, with their slots."""
        return [(s, o) for s, o in self.origins.items() if type(o) is kind]

    def run(self, arguments: Sequence[Any]) -> Any:
        """Compute everything, change what the call changes, and give its result."""
        slots = self.constants.copy()
        for slot, (place,) in self._arguments:
            argument = arguments[place]
            slots[slot] = argument._data if isinstance(argument, Tensor) else argument
        for slot, (place,) in self._variables:
            slots[slot] = self.variables[place]()
        for slot, leaf in self._leaves:
            slots[slot] = leaf._data
        for slot, leaf in self._gradients:
            slots[slot] = leaf._grad
        for slot, (optimizer, name, place) in self._memory:
            slots[slot] = optimizer.memory[name][place]
        self.compute(slots)
        result = self._result(slots)
        assign(self._assignments(slots))
        return result

    # What a call leaves behind --------------------------------------------------------

    def _assignments(self, slots: Slots) -> list[tuple[object, str, Any]]:
        """All attributes that change, with their new values."""
        values = [slots[source] for source in self._sources]
        for place in self._copies:
            values[place] = np.array(values[place])
        values[: self._moved] = map(frozen, values[: self._moved])
        values += [new_node() for _ in range(self._moved)]
        found = [*zip(self._owners, self._attributes, values, strict=True)]
        for optimizer, taken, missed, memory in self._steps:
            kept = {slot: [*arrays] for slot, arrays in optimizer.memory.items()}
            for name, place, slot in memory:
                kept[name][place] = slots[slot]
            if any(missed):
                sums = [a + b for a, b in zip(optimizer.missed, missed, strict=True)]
                found.append((optimizer, "missed", sums))
            found.append((optimizer, "memory", kept))
            found.append((optimizer, "steps", optimizer.steps + taken))
        return found

    def _array(self, slots: Slots, node: int) -> Any:
        """An array for the user; a copy, if others share it."""
        array = slots[self.slot[node]]
        return np.array(array) if node in self.copied else array

    def _result(self, slots: Slots) -> Any:
        """What the function returns, around the new arrays."""
        graph: Graph | None = None

        def made(output: Output) -> Any:
            nonlocal graph
            if output.kind == "same":
                return slots[self.slot[output.node]]
            if output.kind == "array":
                return self._array(slots, output.node)
            array = frozen(self._array(slots, output.node))
            if output.kind == "data":
                return read_only_view(np.asarray(array))
            if not output.requires_grad:
                return Tensor._leaf(array)
            graph = graph or Graph()
            tape = graph._own_tape
            node = tape.record(replayed, self._trained, array, {}, "")
            if output.grad is not None:
                tape.grad[node] = self._array(slots, output.grad)
            return Tensor._result(array, graph, node)

        return replaced(self.escaping.outputs, made)


def replaced(template: Any, made: Callable[[Output], Any]) -> Any:
    """What is returned, with something made of every output."""
    if type(template) is Output:
        return made(template)
    if type(template) is list or isinstance(template, tuple):
        parts = [replaced(entry, made) for entry in template]
        kind: Any = type(template)
        return kind._make(parts) if hasattr(kind, "_make") else kind(parts)
    if type(template) is dict:
        return {key: replaced(entry, made) for key, entry in template.items()}
    return template


def calls_of(
    tape: Tape,
    updates: Sequence[Update],
    slot: Mapping[int, int],
    escaping: set[int],
) -> Iterator[Call]:
    """One call for each operation, chain, or row of an optimizer."""
    rows = {update.nodes[0]: update for update in updates}
    groups = {update.nodes[0]: update.nodes for update in updates}
    for operation in tape.primitive.values():
        if isinstance(operation, Fused):
            groups[operation.results[0]] = operation.results
    later = {node for nodes in groups.values() for node in nodes[1:]}
    operations = [n for n in slot if n in tape.primitive and n not in later]
    last = {source: node for node in operations for source in tape.inputs[node]}
    dead: dict[int, list[int]] = {}
    for source, node in last.items():
        if source in tape.primitive and source not in escaping:
            dead.setdefault(node, []).append(slot[source])
    for node in operations:
        inputs = tuple(slot[source] for source in tape.inputs[node])
        freed, parameters = tuple(dead.get(node, ())), tape.params.get(node, {})
        results = tuple(slot[part] for part in groups.get(node, (node,)))
        if node in rows:
            kernel, rest = kernel_of_row(rows[node]), parameters
        else:
            arrays = [example(tape.value[source]) for source in tape.inputs[node]]
            kernel, rest = lowered(tape.primitive[node], arrays, parameters)
        yield Call(tape.primitive[node].name, kernel, inputs, rest, results, freed)


replayed: Primitive[Any] = Primitive(lambda *leaves: None, "replayed")


@replayed.vjp_for_each
def _no_gradient(g: Any, y: Any, *leaves: Any, position: int) -> Any:
    raise GraphError(
        "the result of a replayed function has no graph to go back through: call "
        "backward() inside of the function, or call the function itself"
    )
