"""Tape: what a graph holds of its values, one column for each thing that is known.

A column is a dictionary from a value's node to the entry, and there is no object for
each value: to record an operation is to write three or four entries, and Python's
cyclic collector has nothing to visit however long the computation grows.  `tape[node]`
is the row of one value, a `Node`: attributes for the engine, a dictionary for networkx.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .value import SCALAR_DTYPES, Value, new_node

if TYPE_CHECKING:
    from .primitive import Primitive

NO_PARAMETERS: Mapping[str, Any] = {}  # a plain one: f(**proxy) takes twice as long


class Tape(MutableMapping[int, "Node"]):
    """The values of a graph, in the order in which they were recorded.

    Only `value` has an entry for every node; a column that says nothing of a node has
    none.
    """

    def __init__(self) -> None:
        self.value: dict[int, Any] = {}  # an array, or a Python number
        self.primitive: dict[int, Primitive] = {}  # of what an operation made
        self.inputs: dict[int, tuple[int, ...]] = {}  # in argument order
        self.params: dict[int, Mapping[str, Any]] = {}
        self.scope: dict[int, str] = {}
        self.tensor: dict[int, Any] = {}  # the leaf itself, unless a plain constant
        self.leaf_requires_grad: dict[int, bool] = {}
        self.label: dict[int, str | None] = {}  # the name that the user gave a result
        self.grad: dict[int, Any] = {}  # ∂L/∂value, after a backward pass
        self.more: dict[int, dict[str, Any]] = {}  # what networkx or a user adds

    def record(
        self,
        primitive: Primitive,
        arguments: Iterable[Any],
        value: Any,
        parameters: Mapping[str, Any],
        scope: str,
    ) -> int:
        """Write down an operation and its result, after the leaves it was made of."""
        values, inputs = self.value, []
        for argument in arguments:
            if not isinstance(argument, Value):
                source = new_node()
                values[source] = argument
                if scope:
                    self.scope[source] = scope
            elif (source := argument.node) not in values:
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

    def add_leaf(self, tensor: Value, scope: str) -> None:
        """Write down a value that no operation made."""
        node = tensor.node
        self.value[node], self.tensor[node] = tensor._data, tensor
        self.leaf_requires_grad[node] = tensor._requires_grad
        if scope:
            self.scope[node] = scope

    def append(self, other: Tape) -> None:
        """Write down all that another tape holds, after what stands here."""
        for own, others in zip(vars(self).values(), vars(other).values(), strict=True):
            for node, entry in others.items():
                own.setdefault(node, entry)

    def requires_grad(self, node: int) -> bool:
        """Whether a gradient flows to a node."""
        return node in self.primitive or self.leaf_requires_grad.get(node, False)

    def __getitem__(self, node: int) -> Node:
        if node not in self.value:
            raise KeyError(node)
        return Node(self, node)

    def __setitem__(self, node: int, attributes: Mapping[str, Any]) -> None:
        self.value[node] = None
        self[node].update(attributes)

    def __delitem__(self, node: int) -> None:
        del self.value[node]
        for column in vars(self).values():
            column.pop(node, None)

    def __contains__(self, node: object) -> bool:
        return node in self.value

    def __iter__(self) -> Iterator[int]:
        return iter(self.value)

    def __reversed__(self) -> Iterator[int]:
        return reversed(self.value)

    def __len__(self) -> int:
        return len(self.value)


def column(name: str, absent: Any = None) -> Any:
    """An attribute of `Node` that stands in a column of the tape."""

    def read(node: Node) -> Any:
        return getattr(node.tape, name).get(node.key, absent)

    def write(node: Node, entry: Any) -> None:
        getattr(node.tape, name)[node.key] = entry

    return property(read, write, doc=f"The entry in `Tape.{name}`.")


class Node(MutableMapping[str, Any]):
    """One value of a tape: attributes for the engine, a dictionary for networkx.

    The keys are those of `KEYS`, `grad` only after a backward pass, and whatever a user
    adds.
    """

    __slots__ = ("key", "tape")
    KEYS = (
        *("op", "name", "scope", "shape", "dtype", "value", "params", "requires_grad"),
        *("inputs", "primitive", "tensor", "grad"),
    )
    DERIVED = ("op", "shape", "dtype")  # they follow from the rest

    value = column("value")
    primitive = column("primitive")
    inputs = column("inputs", ())
    params = column("params", NO_PARAMETERS)
    scope = column("scope", "")
    tensor = column("tensor")
    label = column("label")
    grad = column("grad")
    more = column("more", NO_PARAMETERS)

    def __init__(self, tape: Tape, key: int) -> None:
        self.tape = tape
        self.key = key

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
        """What the user calls the value."""
        name: str | None = self.label if self.tensor is None else self.tensor._name
        return name

    @name.setter
    def name(self, name: str | None) -> None:
        self.label = name

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient flows to the value."""
        return self.tape.requires_grad(self.key)

    @requires_grad.setter
    def requires_grad(self, needed: bool) -> None:
        self.tape.leaf_requires_grad[self.key] = needed

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return np.shape(self.value)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        value = self.value
        dtype = SCALAR_DTYPES.get(type(value))
        return np.asarray(value).dtype if dtype is None else dtype

    def __getitem__(self, key: str) -> Any:
        if key in self.KEYS and not (key == "grad" and self.grad is None):
            return getattr(self, key)
        return self.more[key]

    def __setitem__(self, key: str, entry: Any) -> None:
        if key in self.DERIVED:
            return
        if key in self.KEYS:
            setattr(self, key, entry)
        else:
            self.more = {**self.more, key: entry}

    def __delitem__(self, key: str) -> None:
        if key == "grad":
            self.grad = None
        else:
            self.more = {name: self.more[name] for name in self.more if name != key}

    def __iter__(self) -> Iterator[str]:
        own = (key for key in self.KEYS if key != "grad" or self.grad is not None)
        return itertools.chain(own, self.more)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<{self.op} {self.name or ''} {self.shape}>"

    def copy(self) -> dict[str, Any]:
        """The attributes in a dictionary; the array is shared, nobody changes it."""
        return dict(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return self.copy()
