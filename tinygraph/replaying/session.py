"""Session: one call of a function that is recorded, from its arguments to a plan."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import numpy as np

from ..tensor import Tensor
from ..tensor_data import TensorData, read_only_view
from ..value import ARRAY, one_elsewhere
from .arguments import ATOMS, is_free, sorted_out
from .clones import Clones, assigns_outside, functions_of
from .effects import changes_of, steps_of
from .notes import Argument, Data, Variable
from .plan import Escaping, Output, Plan
from .recorder import Recorder
from .side_effects import noticed
from .surroundings import Surroundings, random_states
from .templates import mapped
from .trial import tried_out
from .watched import WatchedArray

REQUIRES_GRAD = attrgetter("_requires_grad")


def for_user(value: Any) -> Any:
    """The array that a function returns, for a watched one."""
    if type(value) is not WatchedArray:
        return value
    array = value._array
    return read_only_view(np.asarray(array)) if value._read_only else array


class Session:
    """One recording; its plan is for calls to which it `fits`."""

    def __init__(self, function: Callable[..., Any], arguments: Any) -> None:
        self.recorder = Recorder()
        self.variables: list[Callable[[], Any]] = []
        self.arrays: list[Any] = []  # arguments that may be others in a replay
        self.objects: list[Any] = []  # arguments that may not
        sorted_out(arguments, self.arrays, self.objects)
        own: Any = getattr(function, "__func__", function)
        functions = functions_of(own)
        assigning = [f for f in functions.values() if assigns_outside(f)]
        fixed = () if assigning else functions
        self.surroundings = Surroundings([function, *self.objects], fixed)
        self._expect()
        self._states = random_states()
        self.function: Callable[..., Any] = function
        if assigning:
            self._refuse("assigns to a variable outside of it", assigning[0])
        elif functions:
            clone = Clones(functions, self._watched).of(own)
            self.function = clone
            if isinstance(function, types.MethodType):
                self.function = types.MethodType(clone, function.__self__)
        if self.surroundings.problem is not None:
            self._refuse(self.surroundings.problem, own)

    def _refuse(self, reason: str, function: Any) -> None:
        """Refuse to replay, because of the function as a whole."""
        recorder, code = self.recorder, getattr(function, "__code__", None)
        recorder.refuse(reason)
        if code is not None and recorder.refusal is not None:
            file, line = code.co_filename, code.co_firstlineno
            recorder.refusal = recorder.refusal._replace(file=file, line=line)

    def _expect(self) -> None:
        """Tell the recorder of all that the function may use."""
        recorder, seen = self.recorder, self.surroundings
        for tensor in seen.tensors:
            if tensor.graph is None:
                recorder.expect_leaf(tensor, Data(tensor))
        for place, value in enumerate(self.arrays):
            if isinstance(value, Tensor):
                recorder.expect_leaf(value, Argument(place))
        for optimizer in seen.optimizers:
            recorder.expect_optimizer(optimizer)
        for generator in seen.generators:
            recorder.expect_generator(generator)

    def elsewhere(self) -> bool:
        """Whether the function sees arrays of another library, which calculates."""
        seen = (*self.surroundings.tensors, *self.arrays, *self.objects)
        return (
            one_elsewhere(getattr(value, "_data", value) for value in seen) is not None
        )

    # The call -------------------------------------------------------------------------

    def call(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Call the function, note what it computes, and return what it returns."""
        places = iter(range(len(self.arrays)))
        positional = mapped(arguments, lambda value: self._given(value, places))
        named = mapped(keywords, lambda value: self._given(value, places))
        recorder = self.recorder
        with recorder.recording():
            with noticed(recorder.refuse):
                returned = self.function(*positional, **named)
            self._compare()
            self.outputs = mapped(returned, self._output)
            self.changes, self.steps = changes_of(recorder), steps_of(recorder)
        return mapped(returned, for_user)

    def restored(self) -> bool:
        """Whether nothing but generators has changed; they are set back."""
        leaves = self.recorder.before.values()
        for dice in self.recorder.dice.values():
            dice.generator.bit_generator.state = dice.before
        return (
            all(b.leaf.node == b.node and b.leaf._grad is b.grad for b in leaves)
            and not any(clock.steps for clock in self.recorder.clocks.values())
            and self.surroundings.changed() is None
        )

    def _given(self, value: Any, places: Iterator[int]) -> Any:
        """An argument as the function gets it."""
        if isinstance(value, np.random.Generator):
            return self.recorder.drawing(value)
        if not is_free(value):
            return value
        place = next(places)
        tensor = isinstance(value, Tensor)
        return value if tensor else self.recorder.watched_array(value, Argument(place))

    def _watched(self, value: Any, read: Callable[[], Any]) -> Any:
        """A variable as the function gets it; `read` gives it as it is later."""
        if isinstance(value, np.random.Generator):
            return self.recorder.drawing(value)
        self.variables.append(read)
        place = len(self.variables) - 1
        return self.recorder.watched_array(value, Variable(place))

    def _compare(self) -> None:
        """Refuse where the function has changed what it sees."""
        if (what := self.surroundings.changed()) is not None:
            self.recorder.refuse(f"changes {what}: return what is to change")
        if random_states() != self._states:
            self.recorder.refuse("draws from a global random generator: pass one")

    def _output(self, value: Any) -> Any:
        """An `Output` for an array or tensor that is returned, other things as is."""
        kind, recorder = type(value), self.recorder
        if kind is WatchedArray:
            same = value._node in recorder.origins
            shown = "data" if value._read_only else "same" if same else "array"
            return Output(recorder.keep(value._node, value._array), shown)
        if isinstance(value, Tensor):
            return self._output_of_tensor(value)
        if kind is ARRAY or kind is TensorData:
            return Output(recorder.keep(recorder.node_of(value), value), "array")
        if kind not in ATOMS and not any(value is known for known in self.objects):
            recorder.refuse(f"returns a {kind.__name__}: return tensors and arrays")
        return value

    def _output_of_tensor(self, tensor: Tensor) -> Any:
        recorder, before = self.recorder, self.recorder.before.get(id(tensor))
        if before is not None and isinstance(before.origin, Data):
            return tensor  # the leaf itself
        if type(tensor) is not Tensor:
            recorder.refuse(f"returns a {type(tensor).__name__}: return a tensor")
        graph, grad = tensor.graph, None
        if graph is not None:
            total = graph._tape.gradient(tensor.node)
            grad = None if total is None else recorder.kept_node_of(total)
        node = recorder.keep(recorder.node_of_tensor(tensor), tensor._data)
        return Output(node, "tensor", tensor._requires_grad, grad)

    # The plan -------------------------------------------------------------------------

    def plan(self, fuse: bool = False) -> Plan | None:
        """The plan; None, and a refusal, for what cannot be replayed."""
        plan = self._tried_plan(fuse)
        self.recorder.forget_arrays()
        return plan

    def _tried_plan(self, fuse: bool) -> Plan | None:
        if self.recorder.refusal is not None:
            return None
        escaping = Escaping(self.outputs, self.changes, self.steps)
        self.recorder.closed = False
        try:
            plan = Plan(self.recorder, escaping, self.variables, fuse)
            reason = tried_out(plan, self.recorder)
            if fuse and reason is not None:
                plan = Plan(self.recorder, escaping, self.variables)
                reason = tried_out(plan, self.recorder)
        except Exception as error:  # the call itself has succeeded
            self._refuse(f"has no plan: {type(error).__name__}: {error}", self.function)
            return None
        if reason is not None:
            self._refuse(reason, self.function)
            return None
        return plan
