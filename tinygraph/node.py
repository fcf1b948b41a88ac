"""What a graph holds of a value, and what a user holds of it.

`Node` is the record in the graph: the value, the operation that made it, its inputs.
`Value` is the handle outside, of which `Tensor` is made: an array and its place in a
graph.  Results point to their graph and leaves do not; nodes point to leaves and not to
results.  So there is no reference cycle.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .graph import Graph
    from .primitive import Primitive

Array = NDArray[Any]
new_node = itertools.count().__next__
SCALAR_DTYPES = {kind: np.dtype(kind) for kind in (bool, int, float)}
NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})
NODE_KEYS = (
    "op",
    "name",
    "scope",
    "shape",
    "dtype",
    "value",
    "params",
    "requires_grad",
    "inputs",
    "primitive",
    "tensor",
    "grad",
)


def frozen(value: Any) -> Any:
    """A result that nobody can change: a read-only array, or one of NumPy's scalars.

    Scalars are kept as NumPy gives them, since it calculates with them in an eighth of
    the time that it takes for an array without axes.
    """
    if isinstance(value, np.generic):
        return value
    array = np.asarray(value)
    array.setflags(write=False)
    return array


class Value:
    """An array with a place in a graph; `Tensor` adds the operators.

    `node` names the value in every graph that holds it.  A result carries its graph;
    a leaf has none, and keeps its own name and gradient.
    """

    __slots__ = (
        "__weakref__",
        "_data",
        "_grad",
        "_graph",
        "_name",
        "_requires_grad",
        "node",
    )
    _data: Any  # an array, or one of NumPy's scalars
    _graph: Graph | None
    _grad: Array | None
    _name: str | None
    _requires_grad: bool
    node: int

    @classmethod
    def leaf(
        cls, data: Array, requires_grad: bool = False, name: str | None = None
    ) -> Any:
        """A value that no operation made, around `data` itself: no copy is taken."""
        self = object.__new__(cls)
        self._data = frozen(np.asarray(data))
        self._requires_grad, self._name = requires_grad, name
        self._graph = self._grad = None
        self.node = new_node()
        return self

    @classmethod
    def recorded(
        cls, data: Array, graph: Graph, node: int, requires_grad: bool = True
    ) -> Any:
        """The value that stands at `node` of `graph`."""
        self = object.__new__(cls)
        self._data, self._graph, self.node = data, graph, node
        self._requires_grad = requires_grad
        return self

    @property
    def graph(self) -> Graph | None:
        """The graph that recorded this value; None for a leaf."""
        if self._graph is not None and self._graph.merged_into is not None:
            self._graph = self._graph.current()
        return self._graph


class Node(MutableMapping[str, Any]):
    """A value in a graph: attributes for the engine, a dictionary for networkx.

    The keys are those of `NODE_KEYS`, `grad` only after a backward pass, and whatever a
    user adds.  One small object holds what a dictionary of eleven keys would.
    """

    __slots__ = (
        "grad",
        "inputs",
        "label",
        "more",
        "params",
        "primitive",
        "requires_grad",
        "scope",
        "tensor",
        "value",
    )
    grad: Any  # ∂L/∂value, after a backward pass
    inputs: Sequence[int]  # the nodes that it was made of, in argument order
    label: str | None  # the name that the user gave to a result
    more: dict[str, Any] | None  # what networkx or a user adds
    params: Mapping[str, Any]
    primitive: Primitive | None  # the operation that made it; None for a leaf
    requires_grad: bool
    scope: str
    tensor: Value | None  # the leaf itself, unless it is a plain constant
    value: Any  # an array, or a Python number

    def __init__(
        self,
        value: Any = None,
        scope: str = "",
        primitive: Primitive | None = None,
        inputs: Sequence[int] = (),
        params: Mapping[str, Any] = NO_PARAMETERS,
        tensor: Value | None = None,
        requires_grad: bool = False,
    ) -> None:
        self.value = value
        self.scope = scope
        self.primitive = primitive
        self.inputs = inputs
        self.params = params
        self.tensor = tensor
        self.requires_grad = requires_grad
        self.grad = self.label = self.more = None

    @classmethod
    def of_leaf(cls, tensor: Value, scope: str) -> Node:
        """The node of a value that no operation made."""
        return cls(
            tensor._data,
            scope,
            tensor=tensor,
            requires_grad=tensor._requires_grad,
        )

    @property
    def op(self) -> str:
        """The operation's name, or the role of a leaf."""
        if self.primitive is not None:
            return self.primitive.name
        if self.tensor is None:
            return "constant"
        return "parameter" if self.requires_grad else "input"

    @property
    def name(self) -> str | None:
        """What the user calls the value."""
        return self.label if self.tensor is None else self.tensor._name

    @name.setter
    def name(self, name: str | None) -> None:
        self.label = name

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return np.shape(self.value)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        dtype = SCALAR_DTYPES.get(type(self.value))
        return self.value.dtype if dtype is None else dtype

    def __getitem__(self, key: str) -> Any:
        if key in NODE_KEYS and not (key == "grad" and self.grad is None):
            return getattr(self, key)
        return (self.more or {})[key]

    def __setitem__(self, key: str, value: Any) -> None:
        if key in ("op", "shape", "dtype"):
            return  # copies of a node are told these, too: they follow from the rest
        if key in NODE_KEYS:
            setattr(self, key, value)
        else:
            self.more = {**(self.more or {}), key: value}

    def __delitem__(self, key: str) -> None:
        if key == "grad":
            self.grad = None
        else:
            self.more = {**(self.more or {})}
            del self.more[key]

    def __iter__(self) -> Iterator[str]:
        own = (key for key in NODE_KEYS if key != "grad" or self.grad is not None)
        return itertools.chain(own, self.more or ())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<{self.op} {self.name or ''} {self.shape}>"

    def copy(self) -> Node:
        """A node of the same content; the array is shared, since nobody changes it."""
        node = Node(self.value, self.scope, self.primitive, self.inputs, self.params)
        node.tensor, node.requires_grad = self.tensor, self.requires_grad
        node.grad, node.label = self.grad, self.label
        node.more = dict(self.more) if self.more else None
        return node

    def __deepcopy__(self, memo: dict[int, Any]) -> Node:
        return self.copy()
