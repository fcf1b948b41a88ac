"""TensorData: the array that `t.data` is, read-only, with errors that help.

Nobody may write into it, because a recorded graph relies on it. But for a leaf,

    w.data -= lr * w.grad

works: it is an assignment in disguise, which gives the leaf new data and a new node.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import ReadOnlyError
from .operators import plain
from .value import PLAIN_ARRAYS, Array


def in_place(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator like `-=`, which gives the leaf that owns the data the result."""

    def operator(data: TensorData, other: Any) -> Any:
        if data.flags.writeable:  # a copy
            np.copyto(data, operation(np.asarray(data), other), casting="same_kind")
            return data
        leaf = data.leaf() if data.leaf is not None else None
        if leaf is None or leaf._data is not data.source:
            raise ReadOnlyError(
                "this array is read-only, because a recorded graph relies on it: "
                "w.data -= step and the like work on the current data of a leaf; "
                "otherwise write array = array - step"
            )
        leaf.data = operation(data.source, plain(other))
        return leaf.data

    return operator


class TensorData(np.ndarray[Any, Any]):
    """A read-only view of a tensor's array, otherwise a plain array.

    Results computed from it are plain arrays, and copies can be written into.
    """

    source: Array | None = None  # the tensor's array at that time
    leaf: Callable[[], Any] | None = None  # the tensor, if it may be given other data

    def __array_wrap__(
        self, array: Any, context: Any = None, return_scalar: bool = False, /
    ) -> Any:
        result = np.asarray(array)
        return result[()] if return_scalar else result

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any
    ) -> Any:
        """A function of plain arrays; NumPy's `at` would write into a read-only one."""
        arrays = [np.asarray(x) if type(x) is TensorData else x for x in inputs]
        if not options and method == "__call__":
            return ufunc(*arrays)
        out = options.get("out", ())
        require_writeable(inputs[:1] if method == "at" else out)
        if out:
            options["out"] = tuple(map(as_plain_array, out))
        result = getattr(ufunc, method)(*arrays, **options)
        return out[0] if len(out) == 1 else result

    def __array_function__(
        self, function: Any, types: Any, inputs: Any, options: Any
    ) -> Any:
        """A function of NumPy; one that writes into its first argument needs a copy."""
        if function in WRITING:
            require_writeable([*inputs[:1], *map(options.get, WRITTEN)])
        return super().__array_function__(function, types, inputs, options)

    def __repr__(self) -> str:
        return repr(np.asarray(self))

    def __reduce__(self) -> Any:
        return np.array(self).__reduce__()

    def __setitem__(self, index: Any, value: Any) -> None:
        require_writeable([self])
        super().__setitem__(index, value)

    def fill(self, value: Any) -> None:
        """Write one value everywhere, into a copy of the data only."""
        self[...] = value

    def sort(self, *arguments: Any, **options: Any) -> None:
        """Sort the elements of a copy of the data."""
        require_writeable([self])
        super().sort(*arguments, **options)

    def put(self, *arguments: Any, **options: Any) -> None:
        """Write some elements, into a copy of the data only."""
        require_writeable([self])
        super().put(*arguments, **options)

    if not TYPE_CHECKING:  # where they are those of an array
        __iadd__ = in_place(operator.add)
        __isub__ = in_place(operator.sub)
        __imul__ = in_place(operator.mul)
        __itruediv__ = in_place(operator.truediv)
        __ifloordiv__ = in_place(operator.floordiv)
        __imod__ = in_place(operator.mod)
        __ipow__ = in_place(operator.pow)
        __imatmul__ = in_place(operator.matmul)


PLAIN_ARRAYS.add(TensorData)
WRITTEN = ("dst", "a", "arr")  # what these functions call their first argument
WRITING = (np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis)


def as_plain_array(value: Any) -> Any:
    """A tensor's data as a plain array; anything else as it is."""
    return np.asarray(value) if isinstance(value, TensorData) else value


def require_writeable(arrays: Iterable[Any]) -> None:
    """Raise ReadOnlyError if one of these is a tensor's data."""
    for array in arrays:
        if isinstance(array, TensorData) and not array.flags.writeable:
            raise ReadOnlyError(
                "the data of a tensor is read-only, because a recorded graph relies on "
                "it: write into a copy and give a leaf that, array = t.data.copy(); "
                "array[...] = value; t.data = array"
            )


def read_only_view(array: Array, leaf: Any = None) -> TensorData:
    """A tensor's array as its user gets it; `leaf` is the tensor if it has no graph."""
    view: TensorData = array.view(TensorData)
    view.source = array
    if leaf is not None:
        view.leaf = weakref.ref(leaf)
    return view
