"""tinygraph: reverse-mode automatic differentiation on a graph that you can see.

>>> import numpy as np, tinygraph as tg
>>> x = tg.Tensor([[1.0, 2.0]])
>>> W = tg.Tensor(np.ones((2, 3)), requires_grad=True, name="W")
>>> y = np.tanh(x @ W).sum()
>>> y.backward()
>>> W.grad.shape
(2, 3)
"""

from . import optimize as optimize
from .backward import Step as Step
from .calculus import grad as grad
from .calculus import gradients as gradients
from .calculus import hessian as hessian
from .calculus import jacobian as jacobian
from .calculus import jvp as jvp
from .calculus import value_and_grad as value_and_grad
from .calculus import vjp as vjp
from .check import check_gradients as check_gradients
from .check import check_graph as check_graph
from .draw import draw as draw
from .errors import ArgumentError as ArgumentError
from .errors import DrawingError as DrawingError
from .errors import DTypeError as DTypeError
from .errors import FileError as FileError
from .errors import GraphError as GraphError
from .errors import NotDifferentiableError as NotDifferentiableError
from .errors import ShapeError as ShapeError
from .errors import ShapeIndexError as ShapeIndexError
from .errors import TinygraphError as TinygraphError
from .graph import Graph as Graph
from .graph import no_grad as no_grad
from .graph import scope as scope
from .kernels.workers import threads as threads
from .ops import *
from .primitive import Primitive as Primitive
from .primitive import primitive as primitive
from .profiling import Profile as Profile
from .profiling import profile as profile
from .tensor import Tensor as Tensor
from .tracing import BackwardStep as BackwardStep
from .tracing import ForwardStep as ForwardStep
from .tracing import Trace as Trace
from .tracing import UpdateStep as UpdateStep
from .tracing import trace as trace
