"""Recorder: notes all that a function computes in one graph, and what it cannot follow.

Operations, tensors and optimizers tell it what they do (`Mode.recorder`). It changes
nothing: the function computes what it always does, and its tensors have the graphs that
they always have. The recorder's own graph has the forward pass, the backward pass and
the update of the parameters, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from ..backward import Step, backward
from ..graph import Graph
from ..keeping import UNSHARED, Pass, sorted_out
from ..modes import current_mode
from ..ops.arithmetic import add
from ..optimize import Optimizer
from ..primitive import Primitive
from ..tensor import Tensor
from ..value import Array, Watched
from .nodes import Nodes
from .notes import Clock, Memory, Origin, OtherwiseError, Update
from .templates import (
    WithArrays,
    filled,
    is_numbers,
    mapped,
    parted,
    same_bits,
    settled_in,
    watched_in,
)
from .user_code import is_decision_of_library
from .watched import (
    BOOLEANS,
    CHOOSE,
    OUTSIDE,
    Dice,
    WatchedArray,
    WatchedGenerator,
    unwatched,
)


class Recorder(Nodes):
    """What one call of a function computes; see the module."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[Update] = []
        self._memory: dict[tuple[int, str, int], int] = {}

    # What tensors hand out ------------------------------------------------------------

    def watched_array(self, array: Array, origin: Origin) -> WatchedArray:
        """An array that the function gets to see as a watched one."""
        return WatchedArray(self, array, self.leaf(array, origin))

    def watched(self, tensor: Tensor) -> WatchedArray:
        """The data of a tensor."""
        node = self.node_of_tensor(tensor)
        return WatchedArray(self, tensor._data, node, read_only=True)

    def watched_grad(self, tensor: Tensor) -> WatchedArray | None:
        """The gradient of a tensor."""
        graph = tensor.graph
        if graph is None:
            grad, node = tensor._grad, self.node_of_gradient(tensor)
        else:
            grad = graph._tape.gradient(tensor.node)
            node = None if grad is None else self.node_of_array(grad)
        if grad is None:
            return None
        if node is None:
            self.refuse(f"reads a gradient from before: {OUTSIDE}")
            node = self.leaf(grad)
        return WatchedArray(self, grad, node)

    def watched_parameters(self, parameters: Mapping[int, Any]) -> ParametersOfNodes:
        """The parameters of a graph's operations, watched where they were."""
        return ParametersOfNodes(self, parameters)

    def rewatched(self, value: Any) -> Any:
        """Parameters with watched arrays for those that the recorder knows."""

        def watch(entry: Any) -> Any:
            known = type(entry) is np.ndarray and self.node_of_array(entry)
            return WatchedArray(self, entry, known) if known else entry

        return mapped(value, watch)

    # What is computed -----------------------------------------------------------------

    def applied(
        self,
        operation: Primitive[Any],
        values: list[Any],
        tensors: list[Tensor],
        arguments: tuple[Any, ...],
        parameters: dict[str, Any],
    ) -> Tensor:
        """An operation is applied to tensors."""
        inputs = [self.node_of(argument) for argument in arguments]
        own = [v.settled() if isinstance(v, Watched) else v for v in values]
        for value, node in zip(own, inputs, strict=True):
            if type(value) is np.ndarray:
                self.know(value, node)
        pairs = zip(arguments, own, strict=True)
        given = tuple(a if isinstance(a, Tensor) else v for a, v in pairs)
        plain = settled_in(parameters)
        with paused():
            result = operation._compute_and_record(own, tensors, given, plain)
        self.know_tensor(
            result, self._note_applied(operation, inputs, parameters, result._data)
        )
        return result

    def applied_to_arrays(
        self, operation: Primitive[Any], values: list[Any], parameters: dict[str, Any]
    ) -> Any:
        """An operation is applied to arrays, some of which may be watched."""
        with paused():
            result = operation.compute(unwatched(values), unwatched(parameters))
        if not watched_in([values, parameters]) or self.closed:
            return result
        if not is_numbers(result):
            self.refuse(f"calls {operation.name}, which gives no array: {OUTSIDE}")
            return result
        inputs = [self.node_of(value) for value in values]
        node = self._note_applied(operation, inputs, parameters, result)
        return WatchedArray(self, result, node)

    def _note_applied(
        self, operation: Any, inputs: list[int], parameters: dict[str, Any], value: Any
    ) -> int:
        """Note an operation; watched arrays among its parameters are inputs, too."""
        found: list[WatchedArray] = []
        parameters = self.rewatched(parameters)
        template = parted(parameters, found, len(inputs))
        if not found:
            return self.note(operation, inputs, parameters, value)
        if any(a.dtype.kind == "b" for a in watched_in(parameters.get("index"))):
            self.refuse(BOOLEANS)
        places = {n for n in template if watched_in(parameters[n])}
        written = {n: v for n, v in parameters.items() if n not in places}
        given = {n: v for n, v in template.items() if n in places}
        extended = WithArrays(operation, len(inputs), given)
        inputs = [*inputs, *(array._node for array in found)]
        return self.note(extended, inputs, written, value)

    def called(
        self,
        name: str,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> Any:
        """A function of NumPy's is called with watched arrays."""
        with paused():
            result = function(*unwatched(arguments), **unwatched(keywords))
        if self.closed:
            return result
        if not is_numbers(result):
            self.refuse(f"calls {name}, which gives no array of numbers: {OUTSIDE}")
            return result
        node = self._note_call(name, function, arguments, keywords, result)
        return WatchedArray(self, result, node)

    def _note_call(
        self,
        name: str,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        result: Any,
    ) -> int:
        found: list[WatchedArray] = []
        positional, named = parted(arguments, found), parted(keywords, found)

        def call(*arrays: Any) -> Any:
            return function(*filled(positional, arrays), **filled(named, arrays))

        inputs = [array._node for array in found]
        return self.note(Primitive(call, name), inputs, {}, result)

    def decided(self, value: Any, node: int) -> bool:
        """Code decides by a value. If it is an operation's, the plan checks the value.

        The caller is `__bool__`.
        """
        decision = bool(value)
        if not is_decision_of_library():
            self.refuse(f"decides by a value: {CHOOSE}")
        elif not self.closed:

            def check(value: Any) -> bool:
                if bool(value) is not decision:
                    raise OtherwiseError
                return decision

            self.lasting.add(
                self.note(Primitive(check), [node], {}, np.bool_(decision))
            )
        return decision

    # Random numbers -------------------------------------------------------------------

    def drawing(self, generator: Any) -> Any:
        """A generator whose numbers are drawn again in a replay."""
        dice = self.dice.get(id(generator))
        if dice is not None:
            return WatchedGenerator(self, dice)
        if type(generator) is not WatchedGenerator:
            self.refuse(
                "uses a random generator that its variables do not lead to: make it "
                "an argument"
            )
        return generator

    def drawn(self, dice: Dice, name: str, arguments: Any, keywords: Any) -> Any:
        """Random numbers are drawn."""

        def draw(*arguments: Any, **keywords: Any) -> Any:
            return dice.draw(name, arguments, keywords)

        result = draw(*unwatched(arguments), **unwatched(keywords))
        if self.closed:
            return result
        if type(result) is not np.ndarray:
            self.refuse("draws a single number: draw an array, size=(1,)")
            return result
        node = self._note_call(name, draw, arguments, keywords, result)
        self.lasting.add(node)
        return WatchedArray(self, result, node)

    # The backward pass ----------------------------------------------------------------

    def backward(self, output: Tensor, seed: Array, graph: Graph | None) -> None:
        """`Tensor.backward`, noted: every leaf gets its gradient."""
        if graph is None:
            self._receive(output, seed, False, self.leaf(seed))
            return
        tape, noted = graph._tape, dict[int, int]()

        def steps() -> Iterator[Step]:
            needed = graph._requiring_gradient()
            for step, node in self._noted_steps(output, seed, needed):
                noted[step.source] = node
                yield step

        received, kept, missing = sorted_out(steps(), tape, UNSHARED + 1)
        for node, total in kept.items():
            self.know(total, noted[node])
        for node, (total, own) in received.items():
            kept[node] = self._receive(tape.tensor[node], total, own, noted[node])
        tape.grad.update(kept)
        tape.postpone(kept, missing, Pass(output.node, seed))

    def totals(self, output: Tensor, seed: Array, needed: Any) -> dict[int, Any]:
        """The gradients that `calculus` asks for, watched."""
        return {
            step.source: WatchedArray(self, step.total, noted)
            for step, noted in self._noted_steps(output, seed, needed)
        }

    def _noted_steps(
        self, output: Tensor, seed: Array, needed: Any
    ) -> Iterator[tuple[Step, int]]:
        """The steps of a backward pass, and the node that each sum is noted under.

        There are two passes, step by step: one on arrays, as always, and one on
        tensors, which is noted here, and in no other graph. They give the same bits, or
        the call is not replayed.
        """
        plain = backward(output, seed, needed)
        noted = backward(output, Tensor(seed), needed, record=True)
        while True:
            with paused():
                step = next(plain, None)
            with without_graph():
                tensors = next(noted, None)
            if step is None or tensors is None:
                return
            if not same_bits(step.total, tensors.total._data):
                self.refuse("computes a gradient that is rounded otherwise if recorded")
            yield step, self.node_of_tensor(tensors.total)

    def _receive(self, leaf: Tensor, total: Any, own: bool, noted: int) -> Array:
        """Add to the gradient of a leaf."""
        before = self.node_of_gradient(leaf)
        array = leaf._receive(total, own)
        if before is not None:
            noted = self.note(add, (before, noted), {}, array)
        self.replaced[id(leaf)] = leaf
        self.know(array, noted)
        return array

    # The update -----------------------------------------------------------------------

    def stepped(self, optimizer: Optimizer, rows: Sequence[Sequence[Any]]) -> None:
        """An optimizer is about to give the parameters their new data."""
        clock = self.clocks.get(id(optimizer))
        if clock is None:
            self.refuse(
                "uses an optimizer that its variables do not lead to: make it outside "
                "of the function"
            )
            clock = self.clocks[id(optimizer)] = Clock(optimizer)
        clock.steps += 1
        for place, row in enumerate(rows):
            grad = self.node_of_gradient(optimizer.parameters[place])
            if grad is not None:
                self._note_row(clock, place, grad, row)

    def _note_row(self, clock: Clock, place: int, grad: int, row: Any) -> None:
        optimizer = clock.optimizer
        earlier = [u for u in self.updates if u.clock is clock and u.place == place]
        ordinal = 1 + len(earlier)
        memory = [self._node_of_memory(clock, s, place) for s in optimizer.slots]
        inputs = [self.node_of(optimizer.parameters[place]), grad, *memory]
        nodes = []
        for column, name in enumerate([type(optimizer).__name__, *optimizer.slots]):
            update = partial(column_of, clock, place, ordinal, column)
            operation = Primitive(update, name)
            nodes.append(self.note(operation, inputs, {}, row[column]))
            self.know(row[column], nodes[-1])
        for slot, node in zip(optimizer.slots, nodes[1:], strict=True):
            self._memory[id(optimizer), slot, place] = node
        self.updates.append(Update(clock, place, ordinal, tuple(nodes)))

    def _node_of_memory(self, clock: Clock, slot: str, place: int) -> int:
        key = id(clock.optimizer), slot, place
        if key not in self._memory:
            value = clock.memory_before[slot][place]
            if value is None:
                value = np.zeros_like(clock.optimizer.parameters[place]._data)
            origin = Memory(clock.optimizer, slot, place)
            self._memory[key] = self.leaf(value, origin)
        return self._memory[key]


class ParametersOfNodes:
    """The parameters of operations by node, with watched arrays among them."""

    def __init__(self, recorder: Recorder, parameters: Mapping[int, Any]) -> None:
        self._recorder = recorder
        self._parameters = parameters

    def get(self, node: int, absent: Any) -> Any:
        """The parameters at a node."""
        return self._recorder.rewatched(self._parameters.get(node, absent))


@contextmanager
def without_graph() -> Iterator[None]:
    """Compute tensors that no graph but the recorder's has."""
    token = current_mode.set(current_mode.get()._replace(recording=False))
    try:
        yield
    finally:
        current_mode.reset(token)


@contextmanager
def paused() -> Iterator[None]:
    """Compute as always, and note nothing."""
    token = current_mode.set(current_mode.get()._replace(recorder=None))
    try:
        yield
    finally:
        current_mode.reset(token)


def column_of(
    clock: Clock, place: int, ordinal: int, column: int, /, *arrays: Any
) -> Any:
    """The data, or one slot, that an optimizer's step gives a parameter."""
    count = clock.count(place) + ordinal
    return clock.optimizer.update(count, *arrays)[column]
