"""Functions that are compositions of operations, by family.

No function here has a VJP: backward goes through the operations that it is made of.
They have NumPy's names, or PyTorch's, and are names of `tinygraph` itself; what NumPy
calls by that name is answered here when an argument is a tensor. The room is imported
when one of its names, or a NumPy function that needs it, is asked for, and with it the
operations that are seldom needed.
"""

import sys
from typing import TYPE_CHECKING

from ..ops.cumulative import *
from ..ops.elementary import *
from ..ops.normalization import *
from ..ops.steps import *
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

FAMILIES = (
    "ops.cumulative",
    "ops.elementary",
    "ops.normalization",
    "ops.steps",
    "compositions.creating",
    "compositions.differences",
    "compositions.distances",
    "compositions.elementwise",
    "compositions.images",
    "compositions.joining",
    "compositions.lookup",
    "compositions.losses",
    "compositions.products",
    "compositions.rearranging",
    "compositions.reductions",
    "compositions.selecting",
    "compositions.statistics",
)

if not TYPE_CHECKING:  # checkers read the imports above
    __all__ = [
        name
        for family in FAMILIES
        for name in sys.modules[f"tinygraph.{family}"].__all__
    ]
