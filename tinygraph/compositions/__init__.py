"""Functions that are compositions of operations, by family.

No function here has a VJP: backward goes through the operations that it is made of.
They have NumPy's names, or PyTorch's, and are names of `tinygraph` itself; what NumPy
calls by that name is answered here when an argument is a tensor.  The room is imported
when one of its names, or a NumPy function that the operations do not answer, is asked
for.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from . import images, joining, linalg, shifts
from .images import *
from .joining import *

# Each family says in its `__all__` what is public; these belong to a module of NumPy.
FAMILIES: dict[Any, tuple[Any, ...]] = {
    np: (joining,),
    np.linalg: (linalg,),
    np.fft: (shifts,),
}

__all__: list[str] = []
__all__ += images.__all__
__all__ += joining.__all__

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    getattr(space, name): getattr(family, name)
    for space, families in FAMILIES.items()
    for family in families
    for name in family.__all__
    if hasattr(space, name)
}
