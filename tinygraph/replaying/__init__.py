"""Replay: a step is recorded once, and then run from a flat list of kernels."""

from .replay import Replay as Replay
from .replay import replay as replay

__all__ = ["replay"]
