"""Replay: a step is recorded once, and then run from a flat list of kernels."""

from .replayed import Replay as Replay
from .replayed import replay as replay

__all__ = ["replay"]
