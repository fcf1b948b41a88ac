"""tinygraph: reverse-mode automatic differentiation on a graph that you can see.

>>> import numpy as np, tinygraph as tg
>>> x = tg.Tensor([[1.0, 2.0]])
>>> W = tg.Tensor(np.ones((2, 3)), requires_grad=True, name="W")
>>> y = np.tanh(x @ W).sum()
>>> y.backward()
>>> W.grad.shape
(2, 3)
"""

import builtins
import importlib
import types
import typing

from . import interrupts as interrupts  # first: all others take their time
from .backward import Step as Step
from .errors import ArgumentError as ArgumentError
from .errors import DrawingError as DrawingError
from .errors import DTypeError as DTypeError
from .errors import FileError as FileError
from .errors import GraphError as GraphError
from .errors import MatrixError as MatrixError
from .errors import MissingNameError as MissingNameError
from .errors import NotDifferentiableError as NotDifferentiableError
from .errors import ReadOnlyError as ReadOnlyError
from .errors import ShapeError as ShapeError
from .errors import ShapeIndexError as ShapeIndexError
from .errors import TinygraphError as TinygraphError
from .errors import UnknownOperatorError as UnknownOperatorError
from .graph import Graph as Graph
from .modes import no_grad as no_grad
from .modes import scope as scope
from .modes import source_lines as source_lines
from .kernels.compilation import compiled as compiled
from .kernels.workers import threads as threads
from .ops.activation import *
from .ops.arithmetic import *
from .ops.choices import *
from .ops.image import *
from .ops.indexing import *
from .ops.linear import *
from .ops.loss import *
from .ops.pooling import *
from .ops.reduction import *
from .ops.shape import *
from .primitive import Primitive as Primitive
from .primitive import primitive as primitive
from .tensor import Tensor as Tensor

if typing.TYPE_CHECKING:
    from . import optimize as optimize
    from .calculus import *
    from .check import *
    from .compositions import fft as fft
    from .compositions import linalg as linalg
    from .ops.cumulative import *
    from .ops.elementary import *
    from .ops.normalization import *
    from .ops.steps import *
    from .compositions.creating import *
    from .compositions.differences import *
    from .compositions.distances import *
    from .compositions.elementwise import *
    from .compositions.images import *
    from .compositions.joining import *
    from .compositions.lookup import *
    from .compositions.losses import *
    from .compositions.products import *
    from .compositions.rearranging import *
    from .compositions.reductions import *
    from .compositions.selecting import *
    from .compositions.statistics import *
    from .drawing import *
    from .interchange import *
    from .profiling import *
    from .replaying import *
    from .tracing import *

# Rooms that computing does not need: imported when one of their names is asked for.
_ROOMS = (
    "calculus",
    "check",
    "compositions",
    "drawing",
    "interchange",
    "profiling",
    "tracing",
    "replaying",
)
_MODULES = {
    "optimize": ".optimize",
    "linalg": ".compositions.linalg",
    "fft": ".compositions.fft",
}
_PUBLIC_MODULES = {"ops", *_MODULES}


def _imported(name: str) -> typing.Any:
    """A name of a room that is imported when it is asked for the first time."""
    if name == "__all__":  # what `from tinygraph import *` gives
        return [n for n in __dir__() if n[0] != "_" and not hasattr(builtins, n)]
    if name.startswith("__"):  # asked for by Python itself, `__path__` for instance
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _MODULES:
        return importlib.import_module(_MODULES[name], __name__)
    for module in map(_room, _ROOMS):
        if name in module.__all__:
            globals()[name] = value = getattr(module, name)
            return value
    names = importlib.import_module(".names", __name__)
    raise MissingNameError(names.missing(name, "tinygraph", names.OF_MODULE))


def _room(name: str) -> typing.Any:
    """A room of this package, imported."""
    return importlib.import_module(f".{name}", __name__)


if not typing.TYPE_CHECKING:  # checkers read the imports above, and find no other name
    __getattr__ = _imported


def __dir__() -> list[str]:
    names = {name for room in _ROOMS for name in _room(room).__all__}
    own = {
        name
        for name, value in globals().items()
        if name.startswith("__")
        or not (name.startswith("_") or isinstance(value, types.ModuleType))
    }
    return sorted(own | names | _PUBLIC_MODULES)


# Modules have these names, too; without them, tg.tensor(...) gets a helpful error.
for _name in ("backward", "tensor"):
    del globals()[_name]
del _name
