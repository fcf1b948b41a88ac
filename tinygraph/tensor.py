"""Tensor: an array with a place in a graph, which reads and computes like NumPy.

A result points to its graph, and a leaf does not; graphs point to leaves and not to
results. So there is no reference cycle.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar, cast

import numpy as np
from numpy.typing import DTypeLike

from .arguments import (
    SEQUENCES,
    constant,
    numbers,
    refuse_integers,
    stacked,
    tensor_in,
    upstream,
)
from .errors import GraphError, ShapeError
from .graph import Graph
from .methods import Methods
from .modes import current_mode
from .operators import Operand, Operators, plain
from .tensor_data import TensorData, read_only_view
from .value import (
    ARRAY,
    ELSEWHERE,
    Array,
    brought,
    copied,
    fetched,
    frozen,
    new_node,
    settled,
)

T = TypeVar("T", bound="Tensor")
accumulating = threading.Lock()  # several threads may add to one parameter's gradient


def in_place_without_recording(
    operation: Callable[[Any, Any], Any],
) -> Callable[[T, Operand], T]:
    """An operator like `-=`: inside `no_grad`, it gives a parameter new data, as in
    PyTorch; elsewhere, it makes a new tensor.
    """

    def apply(tensor: T, other: Operand) -> T:
        recording = current_mode.get().recording
        if recording or tensor._graph is not None or not tensor._requires_grad:
            return operation(tensor, other)
        tensor.data = operation(plain(tensor), plain(other))
        return tensor

    return apply


class Tensor(Operators, Methods):
    """An array whose operations are recorded.

    With `requires_grad`, every operation on the tensor is recorded, and `backward()` on
    a result gives it `.grad`. `data` is copied, so nobody else can change it. A list
    of tensors is stacked. Copying a tensor that requires a gradient is recorded: the
    gradient flows through.

    Raises DTypeError for data other than real numbers, and for integers with
    `requires_grad`.

    >>> x = Tensor([[1.0, 2.0]], requires_grad=True, name="x")
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    array([[2., 4.]])
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
    node: int  # names the value in every graph that holds it
    _data: Any  # an array, or one of NumPy's scalars
    _graph: Graph | None  # the graph of a result; a leaf has none
    _grad: Array | None  # a leaf keeps its own gradient and name
    _name: str | None
    _requires_grad: bool
    _view: Any  # what `data` has handed out, if it has

    def __new__(
        cls,
        data: Any,
        requires_grad: bool = False,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> Self:
        """Make a leaf; see the class."""
        if type(data) in SEQUENCES and tensor_in(data) is not None:
            data = stacked(data)
        if isinstance(data, Tensor):
            if data._requires_grad and current_mode.get().recording:
                copied: Self = cast(Any, data)._copied(name, dtype)
                return copied
            data = plain(data)
        array = constant("Tensor", data)
        if dtype is not None:
            array = constant("Tensor", array.astype(dtype))
        refuse_integers(array.dtype, requires_grad)
        return cls._leaf(array, requires_grad, name)

    @classmethod
    def _leaf(
        cls, data: Array, requires_grad: bool = False, name: str | None = None
    ) -> Self:
        """A tensor that no operation computed, around `data` itself, without a copy."""
        self = object.__new__(cls)
        self._data = frozen(data if type(data) is ARRAY else settled(data))
        self._requires_grad, self._name = requires_grad, name
        self._graph = self._grad = None
        self.node = new_node()
        return self

    @classmethod
    def _result(
        cls, data: Array, graph: Graph, node: int, requires_grad: bool = True
    ) -> Self:
        """The tensor of the value at `node` of `graph`."""
        self = object.__new__(cls)
        self._data, self._graph, self.node = data, graph, node
        self._requires_grad = requires_grad
        return self

    @property
    def graph(self) -> Graph | None:
        """The graph that recorded this tensor; None for a leaf."""
        if self._graph is not None and self._graph._merged_into is not None:
            self._graph = self._graph._current()
        return self._graph

    def _copied(self, name: str | None, dtype: DTypeLike | None) -> Self:
        """A recorded copy, through which the gradient flows."""
        copied = +self  # an operation, which is recorded
        if dtype is not None:
            copied = copied.astype(dtype)
        if name is not None:
            copied.name = name
        return copied

    # The array ----------------------------------------------------------------------

    @property
    def data(self) -> Array:
        """The array, read-only: a recorded graph relies on it.

        You may give a leaf new data of the same shape, `w.data -= 0.1 * w.grad`.
        It is then a new value: graphs recorded before keep the old one. An array of
        another library is handed out as a copy.
        """
        if (recorder := current_mode.get().recorder) is not None:
            watched: Array = recorder.watched(self)
            return watched
        if not isinstance(self._data, np.ndarray):
            if type(data := self._data) in ELSEWHERE:
                return data.copy()
            self._data = frozen(np.asarray(self._data))
        view: TensorData | None = getattr(self, "_view", None)
        if view is None or view.source is not self._data:  # or the data is new
            view = read_only_view(self._data, self if self._graph is None else None)
            self._view = view
        return view

    @data.setter
    def data(self, data: Any) -> None:
        if self._graph is not None:
            raise GraphError(
                f"the data of {self._label()} was computed, and cannot be replaced: "
                f"use a new leaf, y.detach()"
            )
        if isinstance(data, TensorData) and data.source is self._data:
            return  # `w.data -= step` has assigned it already
        array = copied(numbers("data", data), self._data.dtype)
        if array.shape != self._data.shape:
            raise ShapeError(
                f"data of shape {array.shape} cannot replace data of shape "
                f"{self.shape} in {self._label()}: make a new Tensor"
            )
        self._rebind(array)

    def numpy(self) -> Array:
        """The array as NumPy's, read-only; the gradient does not flow through it."""
        return fetched(self.data)

    __iadd__ = in_place_without_recording(operator.add)
    __isub__ = in_place_without_recording(operator.sub)
    __imul__ = in_place_without_recording(operator.mul)
    __itruediv__ = in_place_without_recording(operator.truediv)

    def detach(self) -> Self:
        """A leaf with the same data, through which no gradient flows."""
        return self._leaf(plain(self))

    def _rebind(self, array: Array) -> None:
        """Make `array` itself the data of this leaf, which gets a new node."""
        self._data, self.node = frozen(array), new_node()

    @property
    def name(self) -> str | None:
        """The name of this tensor in pictures, tables and errors."""
        graph = self.graph
        return self._name if graph is None else graph.name_of(self.node)

    @name.setter
    def name(self, name: str | None) -> None:
        graph = self.graph
        if graph is None:
            self._name = name
        else:
            graph._tape.name[self.node] = name

    # The gradient -------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether operations on the tensor are recorded, and gradients flow to it.

        You may change it for a leaf, to freeze a layer for instance. The leaf is then
        a new value: graphs recorded before do not change.
        """
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, needed: bool) -> None:
        if self._graph is not None:
            raise GraphError(
                f"requires_grad of {self._label()} follows from its arguments: "
                f"use a new leaf, y.detach()"
            )
        refuse_integers(self.dtype, needed)
        self._requires_grad, self.node = needed, new_node()

    @property
    def grad(self) -> Array | None:
        """The gradient after a backward pass, of the shape of the data; None before.

        A leaf accumulates the gradients of several passes; a result has the last one.
        """
        if (recorder := current_mode.get().recorder) is not None:
            watched: Array | None = recorder.watched_grad(self)
            return watched
        graph = self.graph
        if graph is None:
            return self._grad
        grad = graph._tape.gradient(self.node)
        if type(grad) in ELSEWHERE:
            return grad.copy()
        return None if grad is None else frozen(np.asarray(grad))

    @grad.setter
    def grad(self, grad: Operand | None) -> None:
        array = None if grad is None else copied(numbers("grad", grad), self.dtype)
        array = brought(array, self._data)
        if array is not None and array.shape != self.shape:
            raise ShapeError(
                f"a gradient of shape {array.shape} does not fit {self._label()} of "
                f"shape {self.shape}"
            )
        graph = self.graph
        if graph is None:
            self._grad = array
            note_cleared([self])
        else:
            graph._tape.grad[self.node] = array
            graph._tape.postpone([self.node])

    def zero_grad(self) -> None:
        """Clear the gradient, so that the next backward pass starts afresh."""
        self.grad = None

    def backward(self, seed: Operand | None = None) -> None:
        """Compute the gradient of this tensor with respect to all it was computed from.

        Afterwards every tensor on the way has its `.grad`. `seed` is the gradient of
        this tensor itself; for a single number it is 1.

        Raises GraphError where nothing was recorded, and ShapeError for a seed that is
        missing or does not have the shape of the tensor.
        """
        array = self._seed(seed)
        graph = self.graph
        if graph is None:
            self._receive(array)
            return
        if (recorder := current_mode.get().recorder) is not None:
            recorder.backward(self, array, graph)
            return
        from tinygraph.keeping import give_gradients

        give_gradients(self, array, graph)

    def _receive(self, gradient: Array, own: bool = False) -> Array:
        """Add `gradient` to this leaf's `.grad`, and return the sum.

        No two tensors share a `.grad`: a first gradient is copied, unless it is `own`,
        computed for this leaf alone.
        """
        with accumulating:
            before = self._grad
            if before is not None:
                total: Any = before + gradient
                gradient = total if type(total) in ELSEWHERE else np.asarray(total)
            elif type(gradient) in ELSEWHERE:
                gradient = gradient.copy()
            elif not (own and gradient.base is None and gradient.flags.writeable):
                gradient = np.array(gradient)
            self._grad = gradient
        return gradient

    def _seed(self, seed: Operand | None) -> Array:
        """The gradient from which a backward pass starts."""
        if not self.requires_grad:
            raise GraphError(
                f"backward from {self._label()}: no operation was recorded, because it "
                f"depends on no tensor with requires_grad=True (or was made in no_grad)"
            )
        if seed is None:
            data = self._data
            if data.size != 1:
                raise ShapeError(
                    f"backward from {self._label()} of shape {self.shape}: only a "
                    f"single number has the gradient 1; reduce it, with .sum() for "
                    f"instance, or pass a seed of that shape"
                )
            one: Array = np.ones(data.shape, data.dtype)
            return brought(one, data) if type(data) in ELSEWHERE else one
        array = upstream(seed, self._data)
        if array.shape != self.shape:
            raise ShapeError(
                f"backward from {self._label()} of shape {self.shape}: the seed has "
                f"shape {array.shape}, which must be the same"
            )
        return array

    def _label(self) -> str:
        """The tensor in messages: its name, or the operation that made it."""
        if self.name:
            return f"tensor {self.name!r}"
        graph = self.graph
        return "a tensor" if graph is None else f"a {graph.at(self.node).op}"

    def __copy__(self) -> Any:
        """The same result again; for a leaf, another leaf."""
        graph = self.graph
        if graph is None:
            return type(self)(plain(self), self._requires_grad, self._name)
        return self._result(self._data, graph, self.node, self._requires_grad)

    def __reduce__(self) -> Any:
        """Deep copies and pickles: leaves without gradients, results with graphs.

        Leaves that are copied or pickled with a result remain leaves of its graph.
        """
        graph = self.graph
        if graph is not None:
            from .pickling import reduced_result

            return reduced_result(self, graph)
        return type(self), (copied(plain(self)), self._requires_grad, self._name)

    def _repr_html_(self) -> str | None:
        """A notebook shows a tensor by the page of its trace."""
        from .tracing.trace import in_notebook

        return in_notebook(self)

    def __repr__(self) -> str:
        array = np.array2string(self.data, separator=", ", prefix="Tensor(")
        graph = self.graph
        more = "" if self.dtype == float else f", dtype={self.dtype}"
        if graph is not None:
            more += f", op={graph.at(self.node).op}"
        elif self.requires_grad:
            more += ", requires_grad=True"
        return f"Tensor({array}{more}{f', name={self.name!r}' if self.name else ''})"


def note_cleared(leaves: Iterable[Tensor]) -> None:
    """Tell a recorder, if there is one, that the gradients of leaves were replaced."""
    if (recorder := current_mode.get().recorder) is not None:
        recorder.cleared(leaves)
