"""Tape: the data of a recorded graph, in columns.

A column is a dictionary from a node to one attribute of its value, such as the array or
the inputs. There is no object for each value: recording an operation writes a few
dictionary entries, and Python's cyclic collector has nothing to visit, however long the
computation is. `tape[node]` is the row of one value, a `Node`: attributes for the
engine, a dictionary for networkx.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from .callers import SourceLine
from .errors import GraphError
from .legible import scope_path
from .modes import note_reading
from .value import PYTHON_NUMBERS, arrayed, new_node

# Never written to. Not a MappingProxyType: ** takes twice as long to unpack one.
NO_PARAMETERS: Mapping[str, Any] = {}


class Operation(Protocol):
    """What a graph uses of a `Primitive`, which is in a room above this one."""

    name: str
    argument_names: list[str]
    required: int  # arguments that may not be left out
    vjps: list[Any]  # the VJP of each argument

    @property
    def signature(self) -> inspect.Signature:
        """How it is called."""
        ...

    def vjp_at(self, position: int) -> Any:
        """The VJP of one argument among any number."""

    def compute(self, values: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Its forward function, on arrays."""


@runtime_checkable
class TensorLike(Protocol):
    """What a graph uses of a `Tensor`, which is in a room above this one."""

    node: int
    _data: Any
    _requires_grad: bool

    @property
    def graph(self) -> Any:
        """The graph that recorded it; None for a leaf."""


class BackwardPass(Protocol):
    """What a graph uses of a `Pass`, which is in a room above this one."""

    def again(self, tape: Tape) -> None:
        """Give a tape the gradients that it did not keep."""


class Unkept(NamedTuple):
    """What is known of an array that a graph does not keep."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Tape(Mapping[int, "Node"]):
    """The values of a graph, in the order in which they were recorded.

    Only `value` has an entry for every node.  (`values()` are the rows, as in every
    mapping.)
    """

    def __init__(self) -> None:
        self.value: dict[int, Any] = {}  # of every node: an array, or a Python number
        self.primitive: dict[
            int, Operation
        ] = {}  # results only: the operation that computed them
        self.inputs: dict[int, tuple[int, ...]] = {}  # in argument order
        self.params: dict[int, Mapping[str, Any]] = {}
        self.scope: dict[int, str] = {}
        self.tensor: dict[int, Any] = {}  # the leaf itself, unless a plain constant
        self.leaf_requires_grad: dict[int, bool] = {}
        self.name: dict[int, str | None] = {}  # a name that the user gave a result
        self.grad: dict[int, Any] = {}  # ∂L/∂value, after a backward pass
        self.later: dict[int, BackwardPass] = {}  # gradients computed when asked for
        self.source_line: dict[int, SourceLine] = {}  # inside `source_lines`
        self.more: dict[int, dict[str, Any]] = {}  # what networkx or a user adds

    def record(
        self,
        primitive: Operation,
        arguments: Iterable[Any],
        value: Any,
        parameters: Mapping[str, Any],
        scope: str,
    ) -> int:
        """Record an operation and its result, after arguments that are new leaves."""
        values, inputs = self.value, []
        for argument in arguments:
            source = getattr(argument, "node", None)  # a tensor has one
            if source is None:
                source = new_node()
                values[source] = argument
                if scope:
                    self.scope[source] = scope
            elif source not in values:
                self.add_leaf(argument, scope)
            inputs.append(source)
        node = new_node()
        values[node] = value
        self.primitive[node] = primitive
        self.inputs[node] = tuple(inputs)
        if parameters:
            self.params[node] = parameters
        if scope:
            self.scope[node] = scope
        return node

    def add_leaf(self, tensor: TensorLike, scope: str) -> None:
        """Record a value that no operation computed."""
        node = tensor.node
        self.value[node], self.tensor[node] = tensor._data, tensor
        self.leaf_requires_grad[node] = tensor._requires_grad
        if scope:
            self.scope[node] = scope

    def note_line(self, node: int, line: SourceLine) -> None:
        """An operation was recorded in a line, and leaves that nothing used before."""
        new = (n for n in self.inputs[node] if n not in self.primitive)
        for recorded in (node, *new):
            self.source_line.setdefault(recorded, line)

    def append(self, other: Tape) -> None:
        """Append every column of another tape; entries of this tape win."""
        for own, others in zip(vars(self).values(), vars(other).values(), strict=True):
            for node, entry in others.items():
                own.setdefault(node, entry)
        for node, added in other.more.items():  # both may have added to a shared leaf
            self.more[node] = {**added, **self.more[node]}

    def requires_grad(self, node: int) -> bool:
        """Whether a gradient flows to a node.

        Every result requires one: an operation is recorded only if an argument does.
        """
        return node in self.primitive or self.leaf_requires_grad.get(node, False)

    def gradient(self, node: int) -> Any:
        """The gradient of a value, after a backward pass; None before."""
        if node in self.later:
            self.later[node].again(self)
        return self.grad.get(node)

    def has_gradient(self, node: int) -> bool:
        """Whether a value has a gradient, which may have to be computed again."""
        return node in self.later or self.grad.get(node) is not None

    def postpone(
        self,
        known: Iterable[int],
        missing: Iterable[int] = (),
        computed_by: BackwardPass | None = None,
    ) -> None:
        """Gradients are known, or a backward pass computes them when asked for."""
        for node in known:
            self.later.pop(node, None)
        if computed_by is not None:
            for node in missing:
                self.grad.pop(node, None)
                self.later[node] = computed_by

    def with_gradients(self) -> Tape:
        """This tape, after all gradients have been computed that it did not keep."""
        for computed_by in {*self.later.values()}:
            computed_by.again(self)
        return self

    def __getitem__(self, node: int) -> Node:
        if node not in self.value:
            raise KeyError(node)
        return Node(self, node)

    def __contains__(self, node: object) -> bool:
        return node in self.value

    def __iter__(self) -> Iterator[int]:
        return iter(self.value)

    def __reversed__(self) -> Iterator[int]:
        return reversed(self.value)

    def __len__(self) -> int:
        return len(self.value)


def column(name: str, absent: Any = None) -> Any:
    """An attribute of `Node` that is a column of the tape."""

    def read(node: Node) -> Any:
        return getattr(node.tape, name).get(node.number, absent)

    return property(read, doc=f"The entry in `Tape.{name}`.")


class Node(MutableMapping[str, Any]):
    """One value of a tape: attributes for the engine, a dictionary for networkx.

    The keys are those of `KEYS`, `grad` only after a backward pass, `source_line` only
    if it was recorded, and whatever a user adds. `inputs` is not a key: the edges of a
    graph say where values come from.
    """

    __slots__ = ("number", "tape")
    KEYS = (
        "op",
        "name",
        "scope",
        "shape",
        "dtype",
        "value",
        "params",
        "requires_grad",
        "primitive",
        "tensor",
        "grad",
        "source_line",
    )

    primitive = column("primitive")
    inputs = column("inputs", ())
    params = column("params", NO_PARAMETERS)
    scope = column("scope", "")
    tensor = column("tensor")
    source_line = column("source_line")
    more = column("more", NO_PARAMETERS)

    def __init__(self, tape: Tape, number: int) -> None:
        self.tape = tape
        self.number = number  # of the node in its graph

    @property
    def value(self) -> Any:
        """The array or number; None for an array that the graph does not keep.

        Reading it while a step is recorded is noticed.
        """
        note_reading("reads the value of a node")
        value = self.tape.value[self.number]
        return None if type(value) is Unkept else value

    @property
    def grad(self) -> Any:
        """The gradient. Reading it while a step is recorded is noticed."""
        note_reading("reads the grad of a node")
        return self.tape.gradient(self.number)

    @property
    def op(self) -> str:
        """The operation's name, or the role of a leaf."""
        if self.primitive is not None:
            name: str = self.primitive.name
            return name
        if self.tensor is None:
            return "constant"
        return "parameter" if self.requires_grad else "input"

    @property
    def name(self) -> str | None:
        """What the user calls the value, in this graph or everywhere."""
        name = self.tape.name.get(self.number)
        if name is None and self.tensor is not None:
            name = self.tensor._name
        return name if name is None else str(name)

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient flows to the value."""
        return self.tape.requires_grad(self.number)

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        value = self.tape.value[self.number]
        return value.shape if type(value) is Unkept else np.shape(self.value)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        value = self.tape.value[self.number]
        if type(value) is Unkept:
            return value.dtype
        dtype = PYTHON_NUMBERS.get(type(self.value))
        return arrayed(value).dtype if dtype is None else dtype

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key) if self._has(key) else self.more[key]

    def _has(self, key: str) -> bool:
        """Whether it is one of the keys, and not one that is absent."""
        if key == "grad":
            note_reading("reads the grad of a node")
            return self.tape.has_gradient(self.number)
        if key == "source_line":
            return self.number in self.tape.source_line
        return key in self.KEYS

    def __setitem__(self, key: str, entry: Any) -> None:
        if key == "name":
            self.tape.name[self.number] = None if entry is None else str(entry)
        elif key == "scope":
            self.tape.scope[self.number] = scope_path(str(entry))
        elif key not in self.KEYS:
            self.tape.more[self.number] = {**self.more, key: entry}
        elif not (key in self and alike(entry, self[key])):  # networkx may copy entries
            raise unchangeable_error(f"the `{key}` of a node")

    def __delitem__(self, key: str) -> None:
        if key in self.KEYS:
            raise unchangeable_error(f"the `{key}` of a node")
        more = dict(self.more)
        del more[key]
        self.tape.more[self.number] = more

    def __iter__(self) -> Iterator[str]:
        own = filter(self._has, self.KEYS)
        return itertools.chain(own, self.more)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<{self.op} {self.name or ''} {self.shape}>"

    def copy(self) -> dict[str, Any]:
        """The attributes as a dictionary; the read-only array is shared."""
        return dict(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return self.copy()


def alike(entry: Any, recorded: Any) -> bool:
    """Whether an entry is what was recorded anyway."""
    if any(hasattr(value, "__array_function__") for value in (entry, recorded)):
        return entry is recorded
    return entry is recorded or bool(entry == recorded)


def unchangeable_error(what: str) -> GraphError:
    """The error for changing what tensors rely on, with the remedy."""
    return GraphError(
        f"{what} cannot be changed, because tensors rely on this graph: "
        f"change a copy, graph.copy()"
    )
