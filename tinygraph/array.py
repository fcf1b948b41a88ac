"""ArrayValue: a value that reads and calculates as a NumPy array does.

Operators, NumPy functions and methods are operations of this package, so they are
recorded; a NumPy function that is none of them is refused by name.
"""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from . import ops
from .arguments import listed
from .errors import DTypeError, NotDifferentiableError, ShapeError
from .methods import Methods
from .modes import current_mode
from .ops.arithmetic import add, divide, multiply, negative, positive, power, subtract
from .ops.indexing import owned
from .ops.linear import matmul
from .value import Array, plain


class ArrayValue(Methods):
    """A value with the attributes, operators and methods of an array."""

    __slots__ = ()
    __hash__ = object.__hash__

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

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self._data.tolist()

    def stacked(self, values: Any) -> Any:
        """Tensors and numbers in a list, or in lists within it, as one tensor."""
        parts = [listed(value) for value in values]
        shapes = dict.fromkeys(map(np.shape, map(plain, parts)))
        if len(shapes) > 1:
            raise ShapeError(
                f"a list of tensors of the shapes {', '.join(map(str, shapes))} makes "
                f"no array: they must have one shape"
            )
        return ops.stack(parts)

    # Other libraries' arrays on the left: what is refused of them is refused here ----

    __pandas_priority__ = 5000  # more than a DataFrame's, so that it leaves * to us

    @property
    def _mask(self) -> Any:
        """What np.ma asks for before it calculates with the bare data."""
        if self._requires_grad and current_mode.get().recording:
            raise NotDifferentiableError(
                "np.ma: a masked array does not record, and the gradient would be "
                "lost: use masked.filled(0.0), and tg.where for what is masked"
            )
        raise AttributeError("a tensor has no mask")

    # NumPy's protocols --------------------------------------------------------------

    def __array__(
        self, dtype: DTypeLike | None = None, copy: bool | None = None
    ) -> Array:
        if self._requires_grad and current_mode.get().recording:
            raise NotDifferentiableError(
                f"np.asarray: a tensor of shape {self.shape} that requires a gradient "
                f"would become a plain array, and the gradient would be lost: put "
                f"tensors together with tg.stack([...]) and use NumPy's functions on "
                f"them, or take tensor.data (or tensor.detach()) where no gradient is "
                f"wanted"
            )
        return np.array(self._data, dtype=dtype, copy=copy)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any
    ) -> Any:
        if method == "__call__":
            return self.dispatch(ufunc, inputs, keywords)
        if ufunc in VALUE_FUNCTIONS:
            return getattr(ufunc, method)(*map(plain, inputs), **keywords)
        ours = FUNCTIONS.get(ufunc)
        return protocol().ufunc_method(ufunc, ours, method, inputs, keywords)

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> Any:
        return self.dispatch(function, arguments, keywords)

    def dispatch(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> Any:
        """Do what a NumPy function asks for, or say that it would lose the gradient."""
        ours = FUNCTIONS.get(function)
        if ours is not None and not keywords and type(function) is np.ufunc:
            return ours(*arguments)
        if function in VALUE_FUNCTIONS:
            given = {name: plain(value) for name, value in keywords.items()}
            return function(*map(plain, arguments), **given)
        return protocol().called(function, ours, arguments, keywords)

    def __dlpack__(self, **keywords: Any) -> Any:
        return np.array(self).__dlpack__(**keywords)

    def __dlpack_device__(self) -> tuple[Any, Any]:
        return np.asarray(self._data).__dlpack_device__()

    # Operators ----------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        return add(self, other)

    def __radd__(self, other: Any) -> Any:
        return add(other, self)

    def __sub__(self, other: Any) -> Any:
        return subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return divide(other, self)

    def __pow__(self, other: Any) -> Any:
        return power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return power(other, self)

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(other, self)

    def __neg__(self) -> Any:
        return negative(self)

    def __pos__(self) -> Any:
        return positive(self)

    def __abs__(self) -> Any:
        return ops.abs(self)

    def __floordiv__(self, other: Any) -> Any:
        return np.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return np.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return np.remainder(self, other)

    def __rmod__(self, other: Any) -> Any:
        return np.remainder(other, self)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __round__(self, decimals: int | None = None) -> Any:
        return np.round(self, decimals or 0)

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
            "cannot assign into a tensor, because a recorded graph relies on its data: "
            "use tinygraph.where(...), or give a leaf new data, t.data = array"
        )

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self._data)

    # Numbers --------------------------------------------------------------------------

    def __float__(self) -> float:
        return float(self.number("float"))

    def __int__(self) -> int:
        return int(self.number("int"))

    def __complex__(self) -> complex:
        return complex(self.number("complex"))

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise DTypeError(
                f"a tensor of {self.dtype} is no index: use int(tensor.item())"
            )
        return operator.index(self._data)

    def number(self, kind: str) -> Any:
        """The data, for Python's `float` and its like.

        Raises NotDifferentiableError where a derivative is being taken: math.sin(x)
        asks for a float, and the gradient would be lost.
        """
        mode = current_mode.get()
        if self._requires_grad and mode.differentiating and mode.recording:
            raise NotDifferentiableError(
                f"{kind}: a tensor would become a Python number while a derivative is "
                f"taken, and the gradient would be lost: use NumPy's functions, np.sin "
                f"for math.sin, and tg.stack([...]) for an array that is filled one by "
                f"one; tensor.item() is a number without a gradient"
            )
        if self.size != 1:
            raise DTypeError(
                f"{kind}: a tensor of shape {self.shape} is no single number: reduce "
                f"it, with .sum() for instance, or take one element"
            )
        return self._data if self._data.ndim == 0 else self._data.reshape(())

    def __format__(self, specification: str) -> str:
        if not specification:
            return str(self)
        if self.size != 1:
            raise DTypeError(
                f"format: {specification!r} fits a single number, and this tensor has "
                f"shape {self.shape}: format its elements, or use np.array2string"
            )
        return format(self.item(), specification)


def protocol() -> Any:
    """What NumPy's functions do on tensors: read when one is called that needs it."""
    return importlib.import_module(".compositions.protocol", __package__)


# What a NumPy function is called by, and what then runs.
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    getattr(np, name): getattr(ops, name)
    for name in (*ops.__all__, "trace")
    if hasattr(np, name) and name != "put"  # NumPy's put writes into its argument
}
FUNCTIONS |= {np.amax: ops.max, np.amin: ops.min}

# Functions whose result is a truth value, a position or a shape: no gradient is lost.
VALUE_FUNCTIONS: set[Callable[..., Any]] = {
    *(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal),
    *(np.isnan, np.isinf, np.isfinite, np.isclose, np.allclose, np.array_equal),
    *(np.logical_and, np.logical_or, np.logical_not, np.any, np.all, np.signbit),
    *(np.argmax, np.argmin, np.argsort, np.nonzero, np.count_nonzero),
    *(np.shape, np.ndim, np.size, np.result_type),
    *(np.zeros_like, np.ones_like, np.empty_like),
    *(np.array2string, np.array_repr, np.array_str),
    *(np.save, np.savez, np.savez_compressed, np.savetxt),
}
