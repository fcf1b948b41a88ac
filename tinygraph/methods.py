"""Methods: a tensor's methods, named as those of NumPy's arrays.

Each is the operation of that name. The other methods of arrays call NumPy's functions;
a method that only PyTorch's tensors have raises an error that says what to write.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, Self, overload

import numpy as np
from numpy.typing import DTypeLike

from .errors import MissingNameError, NotDifferentiableError
from .names import OF_TENSORS, missing
from .operators import Operand, plain, rounded
from .registry import OPERATIONS

Axes = int | tuple[int, ...] | None

PROPERTIES = {"imag", "real"}
IN_PLACE = {
    "sort": "np.sort(t)",
    "partition": "np.partition(t, k)",
    "fill": "t.data = np.full(t.shape, value)",
    "put": "np.where(condition, value, t)",
    "resize": "t.reshape(shape)",
}


class Methods:
    """The methods of a tensor."""

    __slots__ = ()
    _data: Any
    _requires_grad: bool

    # NumPy's functions that are methods of its arrays too: `__getattr__` finds them.
    imag: Self
    real: Self
    choose: Callable[..., Self]
    compress: Callable[..., Self]
    conj: Callable[..., Self]
    conjugate: Callable[..., Self]
    cumprod: Callable[..., Self]
    diagonal: Callable[..., Self]
    ptp: Callable[..., Self]
    take: Callable[..., Self]
    all: Callable[..., Any]
    any: Callable[..., Any]
    argmin: Callable[..., Any]
    argsort: Callable[..., Any]
    nonzero: Callable[..., Any]
    searchsorted: Callable[..., Any]

    @property
    def T(self) -> Self:
        """The tensor with its axes reversed."""
        return OPERATIONS["transpose"](self)

    @property
    def mT(self) -> Self:
        """The matrices over the last two axes, transposed."""
        return OPERATIONS["swapaxes"](self, -1, -2)

    # Elements -------------------------------------------------------------------------

    def exp(self) -> Self:
        """e to the power of each element; see `tinygraph.exp`."""
        return OPERATIONS["exp"](self)

    def log(self) -> Self:
        """The natural logarithm; see `tinygraph.log`."""
        return OPERATIONS["log"](self)

    def sqrt(self) -> Self:
        """The square root; see `tinygraph.sqrt`."""
        return OPERATIONS["sqrt"](self)

    def abs(self) -> Self:
        """The absolute value; see `tinygraph.abs`."""
        return OPERATIONS["abs"](self)

    def sin(self) -> Self:
        """The sine; see `tinygraph.sin`."""
        return OPERATIONS["sin"](self)

    def cos(self) -> Self:
        """The cosine; see `tinygraph.cos`."""
        return OPERATIONS["cos"](self)

    def tanh(self) -> Self:
        """The hyperbolic tangent; see `tinygraph.tanh`."""
        return OPERATIONS["tanh"](self)

    def relu(self) -> Self:
        """max(t, 0); see `tinygraph.relu`."""
        return OPERATIONS["relu"](self)

    def sigmoid(self) -> Self:
        """1 / (1 + e^−t); see `tinygraph.sigmoid`."""
        return OPERATIONS["sigmoid"](self)

    def softmax(self, axis: int = -1) -> Self:
        """Positive numbers that sum to 1 along an axis; see `tinygraph.softmax`."""
        return OPERATIONS["softmax"](self, axis=axis)

    def clip(self, min: Any = None, max: Any = None) -> Self:
        """Held between `min` and `max`."""
        return OPERATIONS["clip"](self, min=min, max=max)

    def round(self, decimals: int = 0) -> Self:
        """Rounded to `decimals` places; the gradient is 0."""
        return rounded(self, decimals)

    def copy(self) -> Self:
        """A copy; the gradient flows through it."""
        return type(self)(self)  # type: ignore[call-arg]

    # Reductions -----------------------------------------------------------------------

    def sum(self, axis: Axes = None, keepdims: bool = False) -> Self:
        """The sum; see `tinygraph.sum`."""
        return OPERATIONS["sum"](self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Axes = None, keepdims: bool = False) -> Self:
        """The mean; see `tinygraph.mean`."""
        return OPERATIONS["mean"](self, axis=axis, keepdims=keepdims)

    def max(self, axis: Axes = None, keepdims: bool = False) -> Self:
        """The largest element; see `tinygraph.max`."""
        return OPERATIONS["max"](self, axis=axis, keepdims=keepdims)

    def min(self, axis: Axes = None, keepdims: bool = False) -> Self:
        """The smallest element; see `tinygraph.min`."""
        return OPERATIONS["min"](self, axis=axis, keepdims=keepdims)

    def prod(self, axis: Axes = None, keepdims: bool = False) -> Self:
        """The product; see `tinygraph.prod`."""
        return OPERATIONS["prod"](self, axis=axis, keepdims=keepdims)

    def var(self, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Self:
        """The variance; see `tinygraph.var`."""
        return OPERATIONS["var"](self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Self:
        """The standard deviation; see `tinygraph.std`."""
        return OPERATIONS["std"](self, axis=axis, ddof=ddof, keepdims=keepdims)

    def cumsum(self, axis: int | None = None) -> Self:
        """The running sum; see `tinygraph.cumsum`."""
        return OPERATIONS["cumsum"](self, axis=axis)

    def argmax(self, axis: int | None = None) -> Any:
        """The index of the largest element, as an array without a gradient."""
        return plain(self).argmax(axis)

    @overload
    def reshape(self, shape: tuple[int, ...], /) -> Self: ...
    @overload
    def reshape(self, *shape: int) -> Self: ...
    def reshape(self, *shape: Any) -> Self:
        """Another shape, `t.reshape(2, 3)` or `t.reshape((2, 3))`."""
        return OPERATIONS["reshape"](self, shape=shape[0] if len(shape) == 1 else shape)

    def flatten(self) -> Self:
        """All elements in one row."""
        return OPERATIONS["ravel"](self)

    def ravel(self) -> Self:
        """All elements in one row."""
        return OPERATIONS["ravel"](self)

    @overload
    def transpose(self, axes: tuple[int, ...] | None, /) -> Self: ...
    @overload
    def transpose(self, *axes: int) -> Self: ...
    def transpose(self, *axes: Any) -> Self:
        """The axes permuted, `t.transpose(1, 0)` or `t.transpose((1, 0))`."""
        order = axes[0] if len(axes) == 1 else axes or None
        return OPERATIONS["transpose"](self, axes=order)

    def swapaxes(self, axis1: int, axis2: int) -> Self:
        """Two axes exchanged."""
        return OPERATIONS["swapaxes"](self, axis1, axis2)

    def squeeze(self, axis: Axes = None) -> Self:
        """Without axes of size 1."""
        return OPERATIONS["squeeze"](self, axis=axis)

    def dot(self, other: Operand) -> Self:
        """NumPy's dot product."""
        return OPERATIONS["dot"](self, other)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        """The sum along a diagonal."""
        return OPERATIONS["trace"](self, offset, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Self:
        """Each element `repeats` times."""
        return OPERATIONS["repeat"](self, repeats, axis)

    def astype(self, dtype: DTypeLike) -> Self:
        """Another type; NotDifferentiableError where that would lose a gradient."""
        if self._requires_grad and np.dtype(dtype).kind != "f":
            raise NotDifferentiableError(
                f"astype({np.dtype(dtype)}) would lose the gradient: "
                f"use tensor.data.astype(...) for the plain array"
            )
        return OPERATIONS["astype"](self, dtype=dtype)

    # Names from elsewhere -------------------------------------------------------------

    def _found(self, name: str) -> Any:
        """A NumPy function as a method; MissingNameError says what else to write."""
        if name.startswith("_"):  # asked for by Python, NumPy and notebooks
            raise AttributeError(f"a tensor has no attribute {name!r}")
        if name in OF_NUMPY:
            function = functools.partial(getattr(np, name), self)
            return function() if name in PROPERTIES else function
        if name in IN_PLACE:
            return functools.partial(not_in_place, name)
        raise MissingNameError(missing(name, "a tensor", OF_TENSORS))

    if not TYPE_CHECKING:  # or checkers would find any name in a tensor
        __getattr__ = _found


OF_NUMPY = Methods.__annotations__.keys() - {"_data", "_requires_grad"}


def not_in_place(name: str, *_: Any, **__: Any) -> NoReturn:
    """Say what to write instead of a method that would write into the array."""
    raise NotDifferentiableError(
        f"{name}: t.{name}(...) would write into the data of a tensor, which a "
        f"recorded graph relies on: write {IN_PLACE[name]}"
    )
