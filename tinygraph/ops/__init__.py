"""The operations, by family; each is a forward function with its VJPs beside it.

NumPy's functions have NumPy's names, the rest have PyTorch's. A family says in its
`__all__` which of its names are public: they are names of `tinygraph` itself, but for
NumPy's `trace`, which is `tinygraph.ops.trace`, `np.trace(t)` or `t.trace()`, because
`tinygraph.trace` follows a backward pass.
"""

import sys
from typing import TYPE_CHECKING

from ..registry import register
from .activation import *
from .arithmetic import *
from .choices import *
from .image import *
from .indexing import *
from .linear import *
from .linear import trace as trace
from .loss import *
from .pooling import *
from .reduction import *
from .shape import *

FAMILIES = (
    "activation",
    "arithmetic",
    "choices",
    "image",
    "indexing",
    "linear",
    "loss",
    "pooling",
    "reduction",
    "shape",
)

NAMES: list[str] = [
    name for family in FAMILIES for name in sys.modules[f"{__name__}.{family}"].__all__
]
if not TYPE_CHECKING:  # checkers read the imports above
    __all__ = NAMES

register({name: globals()[name] for name in (*NAMES, "trace")})
