"""Backward passes step by step: on a page, in a terminal, as a film."""

from .difference import Difference as Difference
from .steps import BackwardStep as BackwardStep
from .steps import ForwardStep as ForwardStep
from .steps import UpdateStep as UpdateStep
from .trace import Trace as Trace
from .trace import trace as trace

__all__ = ["BackwardStep", "Difference", "ForwardStep", "Trace", "UpdateStep", "trace"]
