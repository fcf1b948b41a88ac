"""tinygraph: reverse-mode automatic differentiation on a graph that you can see.

>>> import numpy as np, tinygraph as tg
>>> x = tg.Tensor([[1.0, 2.0]])
>>> W = tg.Tensor(np.ones((2, 3)), requires_grad=True, name="W")
>>> y = np.tanh(x @ W).sum()
>>> y.backward()
>>> W.grad.shape
(2, 3)
"""

import importlib
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
from .graph import Graph as Graph
from .modes import no_grad as no_grad
from .modes import scope as scope
from .kernels.compilation import compiled as compiled
from .kernels.workers import threads as threads
from .ops.activation import *
from .ops.arithmetic import *
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
    from .calculus import grad as grad
    from .calculus import gradients as gradients
    from .calculus import hessian as hessian
    from .calculus import jacobian as jacobian
    from .calculus import jvp as jvp
    from .calculus import value_and_grad as value_and_grad
    from .calculus import vjp as vjp
    from .check import check_gradients as check_gradients
    from .check import check_graph as check_graph
    from .compositions import fft as fft
    from .compositions import linalg as linalg
    from .ops.cumulative import *
    from .ops.elementary import *
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
    from .drawing import draw as draw
    from .profiling import Profile as Profile
    from .profiling import profile as profile
    from .tracing import BackwardStep as BackwardStep
    from .tracing import ForwardStep as ForwardStep
    from .tracing import Trace as Trace
    from .tracing import UpdateStep as UpdateStep
    from .tracing.trace import trace as trace

# Rooms that computing does not need are imported on demand: half of the import time.
_LATER = {
    "calculus": (
        *("grad", "gradients", "hessian", "jacobian", "jvp", "value_and_grad", "vjp"),
    ),
    "check": ("check_gradients", "check_graph"),
    "drawing": ("draw",),
    "profiling": ("Profile", "profile"),
    "tracing": ("BackwardStep", "ForwardStep", "Trace", "UpdateStep", "trace"),
}
_MODULES = {
    "optimize": ".optimize",
    "linalg": ".compositions.linalg",
    "fft": ".compositions.fft",
}
_ROOM_OF = {name: room for room, names in _LATER.items() for name in names}


def _imported(name: str) -> typing.Any:
    """Import the room that a name is in, when it is asked for the first time."""
    if name.startswith("__"):  # asked for by Python itself, `__path__` for instance
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _MODULES:
        return importlib.import_module(_MODULES[name], __name__)
    room = importlib.import_module(f".{_ROOM_OF.get(name, 'compositions')}", __name__)
    if name not in _ROOM_OF and name not in room.__all__:
        names = importlib.import_module(".names", __name__)
        raise MissingNameError(names.missing(name, "tinygraph", names.OF_MODULE))
    value = getattr(room, name)
    globals()[name] = value
    return value


if not typing.TYPE_CHECKING:  # checkers read the imports above, and find no other name
    __getattr__ = _imported


def __dir__() -> list[str]:
    room = importlib.import_module(".compositions", __name__)
    return sorted({*globals(), *_ROOM_OF, *room.__all__, *_MODULES})


# Modules have these names, too; without them, tg.tensor(...) gets a helpful error.
for _name in ("backward", "tensor"):
    del globals()[_name]
del _name
