"""Methods: the methods of a tensor, as NumPy's arrays and micrograd's values have them.

Each of them is an operation of that name.  What NumPy's arrays have besides is answered
by NumPy's function of that name, and what PyTorch's have, by a sentence.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any, NoReturn

import numpy as np
from numpy.typing import DTypeLike

from . import ops
from .errors import MissingNameError, NotDifferentiableError
from .ops.shape import Axes
from .value import Value

# NumPy's functions that are methods of its arrays, too.
OF_NUMPY = {
    *("all", "any", "argmin", "argsort", "choose", "compress", "conj", "conjugate"),
    *("cumprod", "diagonal", "imag", "nonzero", "ptp", "real", "searchsorted", "take"),
}
PROPERTIES = {"imag", "real"}
IN_PLACE = {
    "sort": "np.sort(t)",
    "partition": "np.partition(t, k)",
    "fill": "t.data = np.full(t.shape, value)",
    "put": "np.where(condition, value, t)",
    "resize": "t.reshape(shape)",
}


class Methods(Value):
    """What a tensor can be asked for by a method."""

    __slots__ = ()

    @property
    def T(self) -> Any:
        """The tensor with its axes reversed."""
        return ops.transpose(self)

    @property
    def mT(self) -> Any:
        """The matrices over the last two axes, transposed."""
        return ops.swapaxes(self, -1, -2)

    # Elements -------------------------------------------------------------------------

    def exp(self) -> Any:
        """e to the power of each element; see `tinygraph.exp`."""
        return ops.exp(self)

    def log(self) -> Any:
        """The natural logarithm; see `tinygraph.log`."""
        return ops.log(self)

    def sqrt(self) -> Any:
        """The square root; see `tinygraph.sqrt`."""
        return ops.sqrt(self)

    def abs(self) -> Any:
        """The absolute value; see `tinygraph.abs`."""
        return ops.abs(self)

    def sin(self) -> Any:
        """The sine; see `tinygraph.sin`."""
        return ops.sin(self)

    def cos(self) -> Any:
        """The cosine; see `tinygraph.cos`."""
        return ops.cos(self)

    def tanh(self) -> Any:
        """The hyperbolic tangent; see `tinygraph.tanh`."""
        return ops.tanh(self)

    def relu(self) -> Any:
        """max(t, 0); see `tinygraph.relu`."""
        return ops.relu(self)

    def sigmoid(self) -> Any:
        """1 / (1 + e^−t); see `tinygraph.sigmoid`."""
        return ops.sigmoid(self)

    def softmax(self, axis: int = -1) -> Any:
        """Positive numbers that sum to 1 along an axis; see `tinygraph.softmax`."""
        return ops.softmax(self, axis=axis)

    def clip(self, min: Any = None, max: Any = None) -> Any:
        """Held between `min` and `max`."""
        return ops.clip(self, min=min, max=max)

    def round(self, decimals: int = 0) -> Any:
        """Rounded to so many decimals; its gradient is 0."""
        return np.round(self, decimals)

    def copy(self) -> Any:
        """A tensor of its own; the gradient flows through it."""
        return type(self)(self)  # type: ignore[call-arg]

    # Reductions -----------------------------------------------------------------------

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

    def flatten(self) -> Any:
        """All elements in one row."""
        return ops.ravel(self)

    def ravel(self) -> Any:
        """All elements in one row."""
        return ops.ravel(self)

    def transpose(self, *axes: Any) -> Any:
        """The axes permuted, `t.transpose(1, 0)` or `t.transpose((1, 0))`."""
        order = axes[0] if len(axes) == 1 else axes or None
        return ops.transpose(self, axes=order)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """Two axes exchanged."""
        return ops.swapaxes(self, axis1, axis2)

    def squeeze(self, axis: Axes = None) -> Any:
        """Without axes of size 1."""
        return ops.squeeze(self, axis=axis)

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
        """Another type; NotDifferentiableError where that would lose a gradient."""
        if self._requires_grad and np.dtype(dtype).kind != "f":
            raise NotDifferentiableError(
                f"astype({np.dtype(dtype)}) would lose the gradient: "
                f"use tensor.data.astype(...) for the plain array"
            )
        return ops.astype(self, dtype=dtype)

    # Names from elsewhere -------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked for by Python, NumPy and notebooks
            raise AttributeError(f"a tensor has no attribute {name!r}")
        if name in OF_NUMPY:
            function = functools.partial(getattr(np, name), self)
            return function() if name in PROPERTIES else function
        if name in IN_PLACE:
            return functools.partial(not_in_place, name)
        names = importlib.import_module(".names", __package__)
        raise MissingNameError(names.missing(name, "a tensor", names.OF_TENSORS))


def not_in_place(name: str, *_: Any, **__: Any) -> NoReturn:
    """Say what to write instead of a method that would write into the array."""
    raise NotDifferentiableError(
        f"{name}: t.{name}(...) would write into the data of a tensor, which a "
        f"recorded graph relies on: write {IN_PLACE[name]}"
    )
