"""Which code is the user's, whose variables are seen."""

from __future__ import annotations

import sys
from types import FrameType

from ..operators import Operators

LIBRARIES = sys.stdlib_module_names | {
    "tinygraph",
    "numpy",
    "networkx",
    "threadpoolctl",
}


def is_library(module: str | None) -> bool:
    """Whether a module belongs to Python, NumPy, networkx or this package.

    >>> is_library("tinygraph.ops.shape"), is_library("__main__")
    (True, False)
    """
    return (module or "").partition(".")[0] in LIBRARIES


def is_decision_of_library() -> bool:
    """Whether an operation asks for the truth of a watched array, and not the user.

    `__bool__` has called the caller. A user may ask a tensor, which asks the array.
    """
    frame = sys._getframe(3)
    while name_of(frame) == Operators.__module__ and frame.f_back is not None:
        frame = frame.f_back
    return is_library(name_of(frame))


def name_of(frame: FrameType) -> str | None:
    """The name of the module whose code a frame runs."""
    return frame.f_globals.get("__name__")
