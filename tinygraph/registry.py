"""The operations by name, and by the NumPy function that they replace.

An operation takes tensors, so `ops` is a room above the class of tensors. The class
calls its operations, `add` for `x + y`, through this table, in which `ops` registers
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Function = Callable[..., Any]

OPERATIONS: dict[str, Function] = {}  # by name
FUNCTIONS: dict[Function, Function] = {}  # by NumPy's function

# Functions that run on the plain arrays: their result has no gradient to lose.
NOT_RECORDED: set[Function] = {
    np.equal,
    np.not_equal,
    np.less,
    np.less_equal,
    np.greater,
    np.greater_equal,
    np.isnan,
    np.isinf,
    np.isfinite,
    np.isclose,
    np.allclose,
    np.array_equal,
    np.logical_and,
    np.logical_or,
    np.logical_not,
    np.any,
    np.all,
    np.signbit,
    np.argmax,
    np.argmin,
    np.argsort,
    np.nonzero,
    np.count_nonzero,
    np.shape,
    np.ndim,
    np.size,
    np.result_type,
    np.zeros_like,
    np.ones_like,
    np.empty_like,
    np.array2string,
    np.array_repr,
    np.array_str,
    np.save,
    np.savez,
    np.savez_compressed,
    np.savetxt,
}


def register(operations: Mapping[str, Function]) -> None:
    """Register operations by name, and in place of the NumPy function of that name."""
    OPERATIONS.update(operations)
    for name, operation in operations.items():
        if hasattr(np, name) and name != "put":  # NumPy's put writes into its argument
            FUNCTIONS[getattr(np, name)] = operation
    FUNCTIONS[np.amax], FUNCTIONS[np.amin] = OPERATIONS["max"], OPERATIONS["min"]
