"""Replay: a step is recorded once, and then run as one function that calls kernels."""

from .replayed import Replay as Replay
from .replayed import replay as replay

__all__ = ["replay"]
