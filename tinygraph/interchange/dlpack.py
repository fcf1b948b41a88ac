"""Arrays of other libraries, in the memory that they already have."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import refuse_integers
from ..errors import ArgumentError
from ..tensor import Tensor


def from_dlpack(
    array: Any, requires_grad: bool = False, name: str | None = None
) -> Tensor:
    """A tensor around the memory of another library's array, without a copy.

    `array` has the DLPack protocol, as arrays of PyTorch, JAX, CuPy and NumPy do, and
    is in main memory. `Tensor(array)` copies; use this where a copy would be too large,
    and do not write into the array while a graph relies on it. The way back is
    `torch.from_dlpack(t.detach(), copy=False)`.

    Raises ArgumentError for what is not such an array, and DTypeError for integers with
    `requires_grad`.

    >>> array = np.arange(3.0)
    >>> x = from_dlpack(array, requires_grad=True)
    >>> np.shares_memory(x.data, array)
    True
    """
    try:
        shared = np.from_dlpack(array)
    except (AttributeError, TypeError, RuntimeError, BufferError) as error:
        raise ArgumentError(
            f"from_dlpack: {type(array).__name__}: {error}: give an array in main "
            f"memory that has __dlpack__ and requires no gradient"
        ) from None
    refuse_integers(shared.dtype, requires_grad)
    return Tensor._leaf(shared, requires_grad, name)
