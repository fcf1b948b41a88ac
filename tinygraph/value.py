"""Value: what a user holds of a value, an array and its place in a graph.

What the graph holds of it stands on the graph's `Tape`.  Results point to their graph
and leaves do not; tapes point to leaves and not to results.  So there is no reference
cycle.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .graph import Graph

Array = NDArray[Any]
ARRAY = np.ndarray
ONLY_NUMBERS: set[type] = {np.ndarray, np.memmap}  # arrays without more to them
new_node = itertools.count().__next__
SCALAR_DTYPES = {kind: np.dtype(kind) for kind in (bool, int, float)}


def frozen(value: Any) -> Any:
    """A result that nobody can change: a read-only array, or one of NumPy's scalars.

    Scalars are kept as NumPy gives them, since it calculates with them in an eighth of
    the time that it takes for an array without axes.
    """
    if type(value) is not ARRAY:
        if isinstance(value, np.generic):
            return value
        value = np.asarray(value)
    value.setflags(False)  # write=False, in half the time of the keyword
    return value


def numeric(entry: Any) -> Any:
    """An entry of a graph as an array or a number; None where it is neither.

    >>> numeric([1, 2]), numeric("text")
    (array([1, 2]), None)
    """
    if type(entry) in SCALAR_DTYPES:
        return entry
    try:
        array = np.asarray(entry._data if isinstance(entry, Value) else entry)
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in "biuf" else None


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of an array, tensor or number: `np.shape` without its four calls."""
    shape: tuple[int, ...] = getattr(value, "shape", ())
    return shape


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
        "_view",
        "node",
    )
    _data: Any  # an array, or one of NumPy's scalars
    _graph: Graph | None
    _grad: Array | None
    _name: str | None
    _requires_grad: bool
    _view: Any  # what `data` has handed out, if it has
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


def plain(value: Any) -> Any:
    """Tensors, also those inside an index or a list, as their arrays."""
    if type(value) is ARRAY:
        return value
    if isinstance(value, Value):
        return value._data
    if isinstance(value, tuple | list):
        return type(value)(map(plain, value))
    return value
