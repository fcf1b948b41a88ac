"""Operators: what makes a tensor read and compute like a NumPy array.

Operators and NumPy's functions are operations of this package, so they are recorded; a
NumPy function that is not one of them is refused by name.
"""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from .errors import DTypeError, NotDifferentiableError
from .modes import current_mode
from .registry import FUNCTIONS, NOT_RECORDED, OPERATIONS
from .value import ARRAY, Array, Arrays, Number, arrayed, is_basic, owned

# What an operator takes on its other side.
Operand: TypeAlias = """
    Operators
    | Arrays
    | Sequence[Operators | Number]
    | Sequence[Sequence[Operators | Number]]
"""
# Of these, checkers know only that they take arrays.
floor_divide: Any = np.floor_divide
remainder: Any = np.remainder
rounded: Any = np.round


def plain(value: Any) -> Any:
    """Replace tensors, also those inside lists and tuples, by their arrays."""
    if type(value) is ARRAY:
        return value
    if isinstance(value, Operators):
        recorder = current_mode.get().recorder
        return value._data if recorder is None else recorder.watched(value)
    if isinstance(value, tuple | list):
        return type(value)(map(plain, value))
    return value


class Operators:
    """The attributes and operators of an array, and NumPy's protocols."""

    __slots__ = ()
    __hash__ = object.__hash__
    _data: Any  # an array, or one of NumPy's scalars
    _requires_grad: bool

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
        number: int | float | bool = plain(self).item()
        return number

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return plain(self).tolist()

    # Operators ----------------------------------------------------------------------

    def __add__(self, other: Operand) -> Self:
        return OPERATIONS["add"](self, other)

    def __radd__(self, other: Operand) -> Self:
        return OPERATIONS["add"](other, self)

    def __sub__(self, other: Operand) -> Self:
        return OPERATIONS["subtract"](self, other)

    def __rsub__(self, other: Operand) -> Self:
        return OPERATIONS["subtract"](other, self)

    def __mul__(self, other: Operand) -> Self:
        return OPERATIONS["multiply"](self, other)

    def __rmul__(self, other: Operand) -> Self:
        return OPERATIONS["multiply"](other, self)

    def __truediv__(self, other: Operand) -> Self:
        return OPERATIONS["divide"](self, other)

    def __rtruediv__(self, other: Operand) -> Self:
        return OPERATIONS["divide"](other, self)

    def __pow__(self, other: Operand) -> Self:
        return OPERATIONS["power"](self, other)

    def __rpow__(self, other: Operand) -> Self:
        return OPERATIONS["power"](other, self)

    def __matmul__(self, other: Operand) -> Self:
        return OPERATIONS["matmul"](self, other)

    def __rmatmul__(self, other: Operand) -> Self:
        return OPERATIONS["matmul"](other, self)

    def __neg__(self) -> Self:
        return OPERATIONS["negative"](self)

    def __pos__(self) -> Self:
        return OPERATIONS["positive"](self)

    def __abs__(self) -> Self:
        return OPERATIONS["abs"](self)

    def __floordiv__(self, other: Operand) -> Self:
        return floor_divide(self, other)

    def __rfloordiv__(self, other: Operand) -> Self:
        return floor_divide(other, self)

    def __mod__(self, other: Operand) -> Self:
        return remainder(self, other)

    def __rmod__(self, other: Operand) -> Self:
        return remainder(other, self)

    def __divmod__(self, other: Operand) -> tuple[Self, Self]:
        return self // other, self % other

    def __rdivmod__(self, other: Operand) -> tuple[Self, Self]:
        return self.__rfloordiv__(other), self.__rmod__(other)

    def __round__(self, decimals: int | None = None) -> Self:
        return rounded(self, decimals or 0)

    def __eq__(self, other: object) -> Any:
        return plain(self) == plain(other)

    def __ne__(self, other: object) -> Any:
        return plain(self) != plain(other)

    def __lt__(self, other: Any) -> Any:
        return plain(self) < plain(other)

    def __le__(self, other: Any) -> Any:
        return plain(self) <= plain(other)

    def __gt__(self, other: Any) -> Any:
        return plain(self) > plain(other)

    def __ge__(self, other: Any) -> Any:
        return plain(self) >= plain(other)

    def __getitem__(self, index: Any) -> Self:
        if not is_basic(index):
            index = owned(plain(index))
        return OPERATIONS["getitem"](self, index=index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise NotDifferentiableError(
            "cannot assign into a tensor, because a recorded graph relies on its data: "
            "use tinygraph.where(...), or give a leaf new data, t.data = array"
        )

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Self]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(plain(self))

    # Numbers --------------------------------------------------------------------------

    def __float__(self) -> float:
        return float(self._number("float"))

    def __int__(self) -> int:
        return int(self._number("int"))

    def __complex__(self) -> complex:
        return complex(self._number("complex"))

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise DTypeError(
                f"a tensor of {self.dtype} is not an index: use int(tensor.item())"
            )
        return operator.index(plain(self))

    def _number(self, kind: str) -> Any:
        """The data, for Python's `float` and its like.

        Raises NotDifferentiableError where a derivative is being taken: math.sin(x)
        asks for a float, and the gradient would be lost.
        """
        mode = current_mode.get()
        if self._requires_grad and mode.differentiating and mode.recording:
            raise NotDifferentiableError(
                f"{kind}: a tensor would become a Python number while a derivative is "
                f"taken, and the gradient would be lost: use NumPy's functions (np.sin "
                f"for math.sin), and tg.stack([...]) instead of filling an array; "
                f"tensor.item() is a number without a gradient"
            )
        if self.size != 1:
            raise DTypeError(
                f"{kind}: a tensor of shape {self.shape} is not a single number: "
                f"reduce it, with .sum() for instance, or take one element"
            )
        data = plain(self)
        return data if data.ndim == 0 else data.reshape(())

    def __format__(self, specification: str) -> str:
        if not specification:
            return str(self)
        if self.size != 1:
            raise DTypeError(
                f"format: {specification!r} fits a single number, and this tensor has "
                f"shape {self.shape}: format its elements, or use np.array2string"
            )
        return format(self.item(), specification)

    # For pandas and np.ma, when their array is the left operand ----------------------

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

    def _as_array(
        self, dtype: DTypeLike | None = None, copy: bool | None = None
    ) -> Array:
        if self._requires_grad and current_mode.get().recording:
            raise NotDifferentiableError(
                f"np.asarray: a tensor of shape {self.shape} that requires a gradient "
                f"would become a plain array, and the gradient would be lost: "
                f"combine tensors with tg.stack([...]) and use NumPy's functions on "
                f"them, or take tensor.data (or tensor.detach()) if you need no "
                f"gradient"
            )
        return np.array(plain(self), dtype=dtype, copy=copy)

    # If type checkers saw `__array__`, they would take `array @ t` for an array, but it
    # is a tensor. So to them, a tensor is only a buffer.
    if TYPE_CHECKING:

        def __buffer__(self, flags: int, /) -> memoryview: ...
    else:
        __array__ = _as_array

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any
    ) -> Any:
        if method == "__call__":
            return self._dispatch(ufunc, inputs, keywords)
        if ufunc in NOT_RECORDED:
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
        return self._dispatch(function, arguments, keywords)

    def _dispatch(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> Any:
        """Call the operation of a NumPy function, or refuse to lose a gradient."""
        ours = FUNCTIONS.get(function)
        if ours is not None and not keywords and type(function) is np.ufunc:
            return ours(*arguments)
        if function in NOT_RECORDED:
            given = {name: plain(value) for name, value in keywords.items()}
            return function(*map(plain, arguments), **given)
        return protocol().called(function, ours, arguments, keywords)

    def __dlpack__(self, *, copy: bool | None = None, **keywords: Any) -> Any:
        if not isinstance(self._data, np.ndarray | np.generic):  # of another library
            return self._data.__dlpack__(**keywords)
        if copy is False:  # shared, and marked as read-only
            return np.asarray(self).__dlpack__(copy=False, **keywords)
        return np.array(self).__dlpack__(**keywords)

    def __dlpack_device__(self) -> tuple[Any, Any]:
        return arrayed(self._data).__dlpack_device__()


def protocol() -> Any:
    """`compositions.protocol`, imported on first use: it is a room above this one."""
    return importlib.import_module(".compositions.protocol", __package__)
