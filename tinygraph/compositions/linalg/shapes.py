"""What shapes a function of matrices takes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arguments import listed
from ...errors import MatrixError


def matrix(name: str, x: Any) -> Any:
    """The argument with two axes at least; otherwise MatrixError."""
    x = listed(x)
    if np.ndim(x) < 2:
        raise MatrixError(
            f"np.linalg.{name}: shape {np.shape(x)}: give a matrix, or a batch of "
            f"them, whose rows and columns are the last two axes"
        )
    return x


def square(name: str, x: Any) -> Any:
    """The argument as square matrices; otherwise MatrixError."""
    x = matrix(name, x)
    if x.shape[-1] != x.shape[-2]:
        raise MatrixError(
            f"np.linalg.{name}: shape {x.shape}: the matrices must be square: the last "
            f"two axes of one size"
        )
    return x
