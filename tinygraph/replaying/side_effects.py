"""Side effects: calls whose result, or whose doing, is another in every call.

Python's profiler sees every call of a function that is written in C. It is switched on
while a function is recorded, and only then.
"""

from __future__ import annotations

import _thread
import builtins
import gc
import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..kernels.workers import shared
from .user_code import name_of

CLOCKS = frozenset({"time"})  # modules
DATES = frozenset({"datetime.now", "datetime.today", "datetime.utcnow", "date.today"})
EFFECTS: tuple[Any, ...] = (
    builtins.input,
    builtins.print,
    io.open,
    os.urandom,
    _thread.start_new_thread,
)
# What is called something else has no effect. So nearly all calls need no second look.
NAMES = frozenset(
    [
        *(function.__name__ for function in EFFECTS),
        *vars(time),
        *(date.partition(".")[2] for date in DATES),
    ]
)


@contextmanager
def noticed(refuse: Callable[[str], None]) -> Iterator[None]:
    """Refuse where what runs inside prints, reads a clock or a file, and the like.

    Another profiler still sees every call.
    """
    other: Any = sys.getprofile()

    def see(frame: FrameType, event: str, argument: Any) -> None:
        if other is not None:
            other(frame, event, argument)
        if event != "c_call" or getattr(argument, "__name__", "") not in NAMES:
            return
        if has_effect(frame, argument):
            refuse(f"calls {argument.__name__}(): do so outside of the function")

    if other is not None and not callable(other):
        refuse(PROFILED)
        yield
        return
    sys.setprofile(see)
    try:
        yield
    finally:
        sys.setprofile(other)


PROFILED = "is recorded while a profiler runs, which cannot be: profile later calls"


def has_effect(frame: FrameType, function: Any) -> bool:
    """Whether a call of a function in C has an effect that a replay would not have."""
    module = name_of(frame) or ""
    if module.startswith(("tinygraph", "numpy", "networkx")):
        return False
    found = (
        any(function is effect for effect in EFFECTS)
        or getattr(function, "__module__", None) in CLOCKS
        or getattr(function, "__qualname__", None) in DATES
    )
    return found and not is_of_engine(frame)


def is_of_engine(frame: FrameType) -> bool:
    """Whether a frame belongs to threads that share work, Numba, or the collector.

    Threads read clocks to wait for each other, and start when there is work; Numba
    reads and writes what it has compiled; garbage is collected at any time.
    """
    codes = {getattr(callback, "__code__", None) for callback in gc.callbacks}
    codes.add(shared.__code__)
    above: FrameType | None = frame
    while above is not None:
        if above.f_code in codes or (name_of(above) or "").startswith("numba."):
            return True
        above = above.f_back
    return False
