"""Functions that are compositions of operations, by family.

No function here has a VJP: backward goes through the operations that it is made of.
They have NumPy's names, or PyTorch's, and are names of `tinygraph` itself; what NumPy
calls by that name is answered here when an argument is a tensor.  The room is imported
when one of its names, or a NumPy function that needs it, is asked for.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..ops import cumulative, elementary, steps
from ..ops.cumulative import *
from ..ops.elementary import *
from ..ops.steps import *
from . import (
    creating,
    differences,
    distances,
    elementwise,
    images,
    joining,
    linalg,
    lookup,
    losses,
    products,
    rearranging,
    reductions,
    selecting,
    shifts,
    statistics,
)
from .creating import *
from .differences import *
from .distances import *
from .elementwise import *
from .images import *
from .joining import *
from .lookup import *
from .losses import *
from .products import *
from .rearranging import *
from .reductions import *
from .selecting import *
from .statistics import *

# Each family says in its `__all__` what is public; these belong to a module of NumPy.
FAMILIES: dict[Any, tuple[Any, ...]] = {
    np: (
        cumulative,
        elementary,
        steps,
        creating,
        differences,
        elementwise,
        joining,
        products,
        rearranging,
        reductions,
        selecting,
        statistics,
    ),
    np.linalg: (linalg,),
    np.fft: (shifts,),
}

__all__: list[str] = []
__all__ += cumulative.__all__
__all__ += elementary.__all__
__all__ += steps.__all__
__all__ += creating.__all__
__all__ += differences.__all__
__all__ += distances.__all__
__all__ += elementwise.__all__
__all__ += images.__all__
__all__ += joining.__all__
__all__ += lookup.__all__
__all__ += losses.__all__
__all__ += products.__all__
__all__ += rearranging.__all__
__all__ += reductions.__all__
__all__ += selecting.__all__
__all__ += statistics.__all__

# What a NumPy function is called by, and what then runs.
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    getattr(space, name): getattr(family, name)
    for space, families in FAMILIES.items()
    for family in families
    for name in family.__all__
    if hasattr(space, name)
}
# Where NumPy's function does more than the operation of that name.
FUNCTIONS |= {
    np.sum: reductions.sum,
    np.prod: reductions.prod,
    np.max: reductions.max,
    np.min: reductions.min,
    np.amax: reductions.max,
    np.amin: reductions.min,
    np.mean: reductions.mean,
    np.var: reductions.var,
    np.std: reductions.std,
    np.where: selecting.where,
    np.around: steps.round,
    np.copy: ops.positive,
    np.ravel: rearranging.raveled,
    np.reshape: rearranging.reshaped,
}
if hasattr(np, "astype"):  # since NumPy 2.1
    FUNCTIONS[np.astype] = elementwise.as_type
