"""Loops for chains of elementwise operations, from a source that is written for each.

Formulas call the functions of `compiled_functions.py`, as the loops of single
operations do.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Any

import numpy as np

from . import compiled_functions as functions
from .loop_cache import FUSED, compiled


@functools.lru_cache(maxsize=1024)
def loop_of(source: str) -> Any:
    """The loop that a source defines; its files are named by the source's digest."""
    name = f"loop_{hashlib.sha256(source.encode()).hexdigest()[:24]}"
    names: dict[str, Any] = {"__name__": __name__, "np": np, "functions": functions}
    # The file is this one, beside which Numba keeps what it has compiled.
    code = compile(source.replace("def loop(", f"def {name}(", 1), __file__, "exec")
    exec(code, names)
    return compiled(FUSED)(names[name])
