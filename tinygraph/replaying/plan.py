"""Plan: a recorded call as a flat list of kernels, which is run without recording.

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
from ..optimize import assign
from ..primitive import Primitive
from ..tensor import Tensor
from ..tensor_data import read_only_view
from ..value import ARRAY, frozen, new_node
from .effects import Change, Steps
from .notes import Argument, Data, Gradient, Memory, Origin, Update, Variable
from .recorder import Recorder
from .templates import forward_of

Slots = list[Any]


class Output(NamedTuple):
    """A tensor or an array in what a function returns."""

    node: int
    kind: str  # "tensor", "data" (of a tensor), "array", or "same" for an input
    requires_grad: bool = False
    grad: int | None = None  # the node of its gradient


class Call(NamedTuple):
    """A kernel, the slots that it reads and writes, and those not read again.

    The row of an optimizer has several results, and a slot for each.
    """

    kernel: Callable[..., Any]
    inputs: tuple[int, ...]
    parameters: Mapping[str, Any]
    result: Any  # a slot, or a tuple of slots
    dead: tuple[int, ...]


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
    ) -> None:
        tape, nodes = recorder.graph._own_tape, [*escaping.nodes()]
        order = needed_of(recorder, nodes)
        self.escaping, self.variables = escaping, variables
        self.slot = {node: slot for slot, node in enumerate(order)}
        self.calls = [*calls_of(recorder, self.slot, {*nodes})]
        self.copied: set[int] = set()  # nodes whose arrays are copied for the user
        inputs = [node for node in order if node not in tape.primitive]
        self.constants: Slots = [None] * len(order)
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

    def compute(self, slots: Slots) -> None:
        """Call every kernel."""
        for kernel, inputs, parameters, result, dead in self.calls:
            value = kernel(*[slots[i] for i in inputs], **parameters)
            if type(result) is int:
                slots[result] = value
            else:
                for slot, part in zip(result, value, strict=True):
                    slots[slot] = part
            for slot in dead:
                slots[slot] = None

    # What a call leaves behind --------------------------------------------------------

    def _assignments(self, slots: Slots) -> list[tuple[object, str, Any]]:
        """All attributes that change, with their new values."""
        found: list[tuple[object, str, Any]] = []
        for leaf, attribute, node in self.escaping.changes:
            if node is None:
                found.append((leaf, attribute, None))
            elif attribute == "_grad":
                found.append((leaf, attribute, self._own(slots, node)))
            else:
                data = frozen(self._shown(slots, node))
                found += (leaf, attribute, data), (leaf, "node", new_node())
        for clock, taken, missed, memory in self.escaping.steps:
            optimizer = clock.optimizer
            kept = {slot: [*arrays] for slot, arrays in optimizer.memory.items()}
            for name, place, node in memory:
                kept[name][place] = slots[self.slot[node]]
            sums = [a + b for a, b in zip(optimizer.missed, missed, strict=True)]
            found += (optimizer, "missed", sums), (optimizer, "memory", kept)
            found.append((optimizer, "steps", optimizer.steps + taken))
        return found

    def _own(self, slots: Slots, node: int) -> Any:
        """An array that the user may write into."""
        array = slots[self.slot[node]]
        whole = type(array) is ARRAY and array.base is None and array.flags.writeable
        return array if whole and node not in self.copied else np.array(array)

    def _shown(self, slots: Slots, node: int) -> Any:
        """An array that the user may only read."""
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
                return self._own(slots, output.node)
            array = frozen(self._shown(slots, output.node))
            if output.kind == "data":
                return read_only_view(np.asarray(array))
            if not output.requires_grad:
                return Tensor._leaf(array)
            graph = graph or Graph()
            tape = graph._own_tape
            node = tape.record(replayed, self._trained, array, {}, "")
            if output.grad is not None:
                tape.grad[node] = self._own(slots, output.grad)
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


def needed_of(recorder: Recorder, escaping: Sequence[int]) -> list[int]:
    """The nodes that something depends on, in the order of the recording."""
    tape = recorder.graph._own_tape
    rows = {node: update.nodes for update in recorder.updates for node in update.nodes}
    needed = {*escaping, *recorder.lasting}
    for node in reversed(tape):
        if node in needed:
            needed.update(tape.inputs.get(node, ()))
            needed.update(rows.get(node, ()))
    return [node for node in tape if node in needed]


def calls_of(
    recorder: Recorder, slot: Mapping[int, int], escaping: set[int]
) -> Iterator[Call]:
    """One call for each operation, or for each row of an optimizer."""
    tape = recorder.graph._own_tape
    rows = {update.nodes[0]: update for update in recorder.updates}
    in_rows = {node for update in recorder.updates for node in update.nodes[1:]}
    operations = [n for n in slot if n in tape.primitive and n not in in_rows]
    last = {source: node for node in operations for source in tape.inputs[node]}
    dead: dict[int, list[int]] = {}
    for source, node in last.items():
        if source in tape.primitive and source not in escaping:
            dead.setdefault(node, []).append(slot[source])
    for node in operations:
        inputs = tuple(slot[source] for source in tape.inputs[node])
        freed, parameters = tuple(dead.get(node, ())), tape.params.get(node, {})
        if node in rows:
            update = rows[node]
            results = tuple(slot[part] for part in update.nodes)
            yield Call(kernel_of(update), inputs, {}, results, freed)
        else:
            kernel = forward_of(tape.primitive[node])
            yield Call(kernel, inputs, parameters, slot[node], freed)


def kernel_of(update: Update) -> Callable[..., Any]:
    """What gives a parameter's row in an optimizer's step."""
    clock, place, ordinal, _ = update
    optimizer = clock.optimizer

    def row(*arrays: Any) -> Any:
        return optimizer.update(clock.count(place) + ordinal, *arrays)

    return row


replayed: Primitive[Any] = Primitive(lambda *leaves: None, "replayed")


@replayed.vjp_for_each
def _no_gradient(g: Any, y: Any, *leaves: Any, position: int) -> Any:
    raise GraphError(
        "the result of a replayed function has no graph to go back through: call "
        "backward() inside of the function, or call the function itself"
    )
