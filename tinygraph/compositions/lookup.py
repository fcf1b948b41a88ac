"""Vectors for numbers: rows of a table that is learned, or of the unit matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..arguments import listed
from ..errors import ArgumentError, DTypeError, ShapeError, ShapeIndexError
from ..operators import plain
from ..ops.indexing import rows_of
from ..signatures import composition
from ..value import Array, arrayed, brought, shape_of

__all__ = ["embedding", "one_hot"]


@composition
def embedding(index: Any, weight: Any, *, padding_idx: int | None = None) -> Any:
    """y = weight[index]: a row of the table `weight` for each number in `index`.

    `index` is of any shape, `weight` is (numbers, D), the result (..., D). A row that
    is taken several times gathers the gradients of all uses. The row `padding_idx`,
    for what fills sequences up, gets none. Raises DTypeError unless `index` holds
    integers, and ShapeIndexError for a number that the table does not have.

    >>> import numpy as np
    >>> embedding(np.array([2, 0]), np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
    array([[4., 5.],
           [0., 1.]])
    """
    weight, index = listed(weight), whole("embedding", "index", index)
    if len(shape_of(weight)) != 2:
        raise ShapeError(
            f"embedding: `weight` of shape {shape_of(weight)} must be (numbers, D); "
            f"`index` comes first"
        )
    rows = shape_of(weight)[0]
    if index.size and not 0 <= index.min() <= index.max() < rows:
        raise ShapeIndexError(
            f"embedding: `index` goes from {index.min()} to {index.max()}, but "
            f"`weight` has the rows 0 to {rows - 1}"
        )
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise ShapeIndexError(
                f"embedding: `padding_idx` is {padding_idx}, but `weight` has the rows "
                f"0 to {rows - 1}"
            )
        padding_idx = int(padding_idx) % rows
    return rows_of(weight, index=index, padding_idx=padding_idx)


def one_hot(
    labels: Any, num_classes: int | None = None, *, dtype: DTypeLike = np.float32
) -> Array:
    """1 at the class of each label and 0 elsewhere: (...) to (..., classes).

    A plain array, since nothing can be differentiated in a class number. As float32 it
    changes the type of no loss: with float64 it calculates in float64. There are as
    many classes as the largest label needs unless `num_classes` is given. Raises
    DTypeError unless labels are integers, and ArgumentError for one beyond the classes.

    >>> import numpy as np
    >>> one_hot(np.array([1, 0]), 3)
    array([[0., 1., 0.],
           [1., 0., 0.]], dtype=float32)
    """
    labels = whole("one_hot", "labels", labels)
    if num_classes in (None, -1):
        if not labels.size:
            raise ArgumentError(
                "one_hot: no labels say how many classes: `num_classes`"
            )
        num_classes = int(labels.max()) + 1
    if not isinstance(num_classes, int | np.integer) or num_classes < 1:
        raise ArgumentError(
            f"one_hot: `num_classes` is {num_classes!r}: it must be an integer, at "
            f"least 1"
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
        raise ArgumentError(
            f"one_hot: labels go from {labels.min()} to {labels.max()}, but the "
            f"classes from 0 to {num_classes - 1}"
        )
    return (labels[..., None] == brought(np.arange(num_classes), labels)).astype(dtype)


def whole(operation: str, name: str, value: Any) -> Array:
    """An array of integers that nobody changes; DTypeError for other numbers."""
    array = arrayed(plain(value))
    if array.size and array.dtype.kind not in "iu":
        raise DTypeError(
            f"{operation}: `{name}` is of type {array.dtype}: it must hold integers"
        )
    return array.astype(np.intp)  # a copy
