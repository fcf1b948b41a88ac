"""Tensor: an array with a place in a graph, which reads and calculates like NumPy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import ops
from .backward import backward
from .errors import DTypeError, GraphError, NotDifferentiableError, ShapeError
from .graph import Array, Value, new_node
from .ops.indexing import owned
from .ops.shape import Axes
from .primitive import constant

accumulating = threading.Lock()  # several threads may add to one parameter's gradient


class Tensor(Value):
    """An array that operations are recorded on.

    `data` is copied, so that nobody else can change it.  With `requires_grad`, every
    operation on the tensor is recorded, and `backward()` on a result gives it a gradient.

    Raises DTypeError for data that is not real numbers, and for integers that are to
    require a gradient.

    >>> x = Tensor([[1.0, 2.0]], requires_grad=True, name="x")
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    array([[2., 4.]])
    """

    __slots__ = ()
    __hash__ = object.__hash__
    functions: ClassVar[dict[Callable[..., Any], Callable[..., Any]]] = {}

    def __new__(
        cls,
        data: ArrayLike,
        requires_grad: bool = False,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> Tensor:
        """Make a leaf; see the class."""
        array = constant("Tensor", data)
        if dtype is not None:
            array = constant("Tensor", array.astype(dtype))
        if requires_grad and array.dtype.kind != "f":
            raise DTypeError(
                f"a tensor of {array.dtype} cannot require a gradient, which needs "
                f"floating-point numbers: Tensor(data, dtype=float, requires_grad=True)"
            )
        tensor: Tensor = cls.leaf(array, requires_grad, name)
        return tensor

    # The array ----------------------------------------------------------------------

    @property
    def data(self) -> Array:
        """The array, read-only: a recorded graph relies on it.

        A leaf may be given another array of its shape, `w.data = w.data - 0.1 * w.grad`.
        It then is a new value: what was recorded before keeps the old one.
        """
        return self._data

    @data.setter
    def data(self, data: ArrayLike) -> None:
        if self._graph is not None:
            raise GraphError(
                f"the data of {self.label()} was computed by an operation and cannot be "
                f"replaced: use a tensor of its own, y.detach()"
            )
        array = np.array(data, dtype=self._data.dtype)
        if array.shape != self._data.shape:
            raise ShapeError(
                f"data of shape {array.shape} cannot replace data of shape "
                f"{self.shape} in {self.label()}: make a new Tensor"
            )
        self.rebind(array)

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return self._data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._data.size

    def item(self) -> int | float | bool:
        """The only element, as a Python number; ValueError where there are several."""
        number: int | float | bool = self._data.item()
        return number

    def numpy(self) -> Array:
        """The array, read-only; the gradient does not flow through it."""
        return self._data

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self._data.tolist()

    def detach(self) -> Tensor:
        """A leaf with the same data, through which no gradient flows."""
        tensor: Tensor = type(self).leaf(self._data)
        return tensor

    def rebind(self, array: Array) -> None:
        """Take over `array` itself as the data of this leaf: a new value, a new node."""
        array.setflags(write=False)
        self._data, self.node = array, new_node()

    # The gradient -------------------------------------------------------------------

    @property
    def name(self) -> str | None:
        """What pictures, tables and errors call this tensor."""
        graph = self.graph
        return self._name if graph is None else graph.name_of(self.node)

    @name.setter
    def name(self, name: str | None) -> None:
        graph = self.graph
        if graph is None:
            self._name = name
        else:
            graph.nodes[self.node]["name"] = name

    @property
    def grad(self) -> Array | None:
        """The gradient after a backward pass, of the shape of the data; None before.

        A leaf adds up the gradients of several passes; a result has that of the last.
        """
        graph = self.graph
        if graph is None:
            return self._grad
        grad: Array | None = graph.nodes[self.node].get("grad")
        return grad

    @grad.setter
    def grad(self, grad: ArrayLike | None) -> None:
        array = None if grad is None else np.array(grad, dtype=self.dtype)
        if array is not None and array.shape != self.shape:
            raise ShapeError(
                f"a gradient of shape {array.shape} does not fit {self.label()} of "
                f"shape {self.shape}"
            )
        graph = self.graph
        if graph is None:
            self._grad = array
        else:
            graph.nodes[self.node]["grad"] = array

    def zero_grad(self) -> None:
        """Forget the gradient, so that the next backward pass starts from nothing."""
        self.grad = None

    def backward(self, seed: ArrayLike | None = None) -> None:
        """Compute the gradient of this tensor in everything that it was made of.

        Afterwards every tensor on the way has its `.grad`.  `seed` is the gradient of
        this tensor itself; a single number has 1.

        Raises GraphError where nothing was recorded, and ShapeError where a seed is
        missing or has another shape than the tensor.
        """
        array = self.seed(seed)
        graph = self.graph
        if graph is None:
            self.receive(array)
            return
        totals = {}
        for step in backward(self, array, graph.requiring_gradient()):
            totals[step.source] = step.total
        for node, total in totals.items():
            attributes = graph.nodes[node]
            leaf = attributes.get("tensor")
            if leaf is not None:
                leaf.receive(total)
            attributes["grad"] = np.asarray(total) if leaf is None else leaf.grad

    def receive(self, gradient: Array) -> None:
        """Add to this leaf's gradient, which is never shared with another tensor's."""
        with accumulating:
            before = self._grad
            total = np.array(gradient) if before is None else before + gradient
            self._grad = np.asarray(total)

    def seed(self, seed: ArrayLike | None) -> Array:
        """The gradient that a backward pass from this tensor starts with."""
        if not self.requires_grad:
            raise GraphError(
                f"backward from {self.label()}: no operation was recorded, because it "
                f"depends on no tensor with requires_grad=True (or was made in no_grad)"
            )
        if seed is None:
            if self.size != 1:
                raise ShapeError(
                    f"backward from {self.label()} of shape {self.shape}: only a single "
                    f"number has a gradient of its own; reduce it, with .sum() for "
                    f"instance, or pass a seed of that shape"
                )
            return np.ones(self.shape, self.dtype)
        array = np.array(seed, dtype=self.dtype)
        if array.shape != self.shape:
            raise ShapeError(
                f"backward from {self.label()} of shape {self.shape}: the seed has "
                f"shape {array.shape}, which must be the same"
            )
        return array

    def label(self) -> str:
        """How messages call this tensor: by its name, or by what made it."""
        if self.name:
            return f"tensor {self.name!r}"
        graph = self.graph
        return "a tensor" if graph is None else f"a {graph.nodes[self.node]['op']}"

    # NumPy's protocols --------------------------------------------------------------

    def __array__(self, dtype: DTypeLike = None, copy: bool | None = None) -> Array:
        return np.array(self._data, dtype=dtype, copy=copy)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any
    ) -> Any:
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        function = ufunc if method == "__call__" else None
        return self.dispatch(function, name, inputs, keywords)

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> Any:
        return self.dispatch(function, function.__name__, arguments, keywords)

    def dispatch(
        self,
        function: Callable[..., Any] | None,
        name: str,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> Any:
        """Do what a NumPy function asks for, or say that it would lose the gradient."""
        if function in self.functions:
            return self.functions[function](*arguments, **keywords)
        if function in VALUE_FUNCTIONS:
            return function(*map(plain, arguments), **keywords)  # type: ignore[misc]
        raise NotDifferentiableError(
            f"np.{name} is not differentiable here and would lose the gradient: use an "
            f"operation of tinygraph, or tensor.data for the plain array"
        )

    def __dlpack__(self, **keywords: Any) -> Any:
        return self._data.copy().__dlpack__(**keywords)

    def __dlpack_device__(self) -> tuple[Any, Any]:
        return self._data.__dlpack_device__()

    # Operators ----------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        return ops.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return ops.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return ops.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return ops.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return ops.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return ops.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return ops.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return ops.divide(other, self)

    def __pow__(self, other: Any) -> Any:
        return ops.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return ops.power(other, self)

    def __matmul__(self, other: Any) -> Any:
        return ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return ops.matmul(other, self)

    def __neg__(self) -> Any:
        return ops.negative(self)

    def __pos__(self) -> Any:
        return ops.positive(self)

    def __abs__(self) -> Any:
        return ops.abs(self)

    def __eq__(self, other: object) -> Any:
        return self._data == plain(other)

    def __ne__(self, other: object) -> Any:
        return self._data != plain(other)

    def __lt__(self, other: Any) -> Any:
        return self._data < plain(other)

    def __le__(self, other: Any) -> Any:
        return self._data <= plain(other)

    def __gt__(self, other: Any) -> Any:
        return self._data > plain(other)

    def __ge__(self, other: Any) -> Any:
        return self._data >= plain(other)

    def __getitem__(self, index: Any) -> Any:
        return ops.getitem(self, index=owned(plain(index)))

    def __setitem__(self, index: Any, value: Any) -> None:
        raise NotDifferentiableError(
            f"cannot assign into {self.label()}, because a recorded graph relies on its "
            f"data: use tinygraph.where(...), or give a leaf new data, t.data = array"
        )

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self._data)

    def __float__(self) -> float:
        return float(self._data)

    def __int__(self) -> int:
        return int(self._data)

    def __reduce__(self) -> Any:
        """A copy, or what is read back from a file, is a leaf with the same data."""
        return type(self), (np.array(self._data), self.requires_grad, self.name)

    def __repr__(self) -> str:
        array = np.array2string(self._data, separator=", ", prefix="Tensor(")
        graph = self.graph
        more = "" if self.dtype == float else f", dtype={self.dtype}"
        if graph is not None:
            more += f", op={graph.nodes[self.node]['op']}"
        elif self.requires_grad:
            more += ", requires_grad=True"
        return f"Tensor({array}{more}{f', name={self.name!r}' if self.name else ''})"

    # Methods, as NumPy's arrays have them ---------------------------------------------

    @property
    def T(self) -> Any:
        """The tensor with its axes reversed."""
        return ops.transpose(self)

    def sum(self, axis: Axes = None, keepdims: bool = False) -> Any:
        """The sum; see `tinygraph.sum`."""
        return ops.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Axes = None, keepdims: bool = False) -> Any:
        """The mean; see `tinygraph.mean`."""
        return ops.mean(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Axes = None, keepdims: bool = False) -> Any:
        """The largest element; see `tinygraph.max`."""
        return ops.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Axes = None, keepdims: bool = False) -> Any:
        """The smallest element; see `tinygraph.min`."""
        return ops.min(self, axis=axis, keepdims=keepdims)

    def prod(self, axis: Axes = None, keepdims: bool = False) -> Any:
        """The product; see `tinygraph.prod`."""
        return ops.prod(self, axis=axis, keepdims=keepdims)

    def var(self, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Any:
        """The variance; see `tinygraph.var`."""
        return ops.var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Any:
        """The standard deviation; see `tinygraph.std`."""
        return ops.std(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def cumsum(self, axis: int | None = None) -> Any:
        """The running sum; see `tinygraph.cumsum`."""
        return ops.cumsum(self, axis=axis)

    def argmax(self, axis: int | None = None) -> Any:
        """Where the largest element stands: an array, without a gradient."""
        return self._data.argmax(axis)

    def reshape(self, *shape: Any) -> Any:
        """Another shape, `t.reshape(2, 3)` or `t.reshape((2, 3))`."""
        return ops.reshape(self, shape=shape[0] if len(shape) == 1 else shape)

    def ravel(self) -> Any:
        """All elements in one row."""
        return ops.ravel(self)

    def transpose(self, *axes: Any) -> Any:
        """The axes permuted, `t.transpose(1, 0)` or `t.transpose((1, 0))`; or reversed."""
        order = axes[0] if len(axes) == 1 else axes or None
        return ops.transpose(self, axes=order)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """Two axes exchanged."""
        return ops.swapaxes(self, axis1, axis2)

    def squeeze(self, axis: Axes = None) -> Any:
        """Without axes of size 1."""
        return ops.squeeze(self, axis=axis)

    def clip(self, min: Any = None, max: Any = None) -> Any:
        """Held between `min` and `max`."""
        return ops.clip(self, min=min, max=max)

    def dot(self, other: Any) -> Any:
        """NumPy's dot product."""
        return ops.dot(self, other)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        """The sum along a diagonal."""
        return ops.trace(self, offset, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Any:
        """Each element `repeats` times."""
        return ops.repeat(self, repeats, axis)

    def astype(self, dtype: DTypeLike) -> Any:
        """Another floating-point type; NotDifferentiableError where a gradient is lost."""
        if self.requires_grad and np.dtype(dtype).kind != "f":
            raise NotDifferentiableError(
                f"astype({np.dtype(dtype)}) would lose the gradient of {self.label()}: "
                f"use tensor.data.astype(...) for the plain array"
            )
        return ops.astype(self, dtype=dtype)


def plain(value: Any) -> Any:
    """Tensors, also those inside an index or a list, as their arrays."""
    if isinstance(value, Tensor):
        return value._data
    if isinstance(value, tuple | list):
        return type(value)(map(plain, value))
    return value


# What a NumPy function is called by, and what then runs.
Tensor.functions.update(
    (getattr(np, name), getattr(ops, name))
    for name in vars(ops)
    if callable(getattr(np, name, None)) and name not in ("put", "linear")
)
Tensor.functions.update({np.amax: ops.max, np.amin: ops.min})

# Functions whose result is a truth value, a position or a shape: no gradient is lost.
VALUE_FUNCTIONS: set[Callable[..., Any] | None] = {
    getattr(np, name)
    for name in (
        "equal not_equal less less_equal greater greater_equal isnan isinf isfinite "
        "signbit allclose isclose array_equal argmax argmin argsort nonzero shape ndim "
        "size zeros_like ones_like full_like empty_like result_type array2string "
        "array_repr array_str logical_and logical_or logical_not any all count_nonzero"
    ).split()
}
