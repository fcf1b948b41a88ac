"""Doors to other libraries: networks as recorded graphs, arrays without a copy."""

from .dlpack import from_dlpack as from_dlpack
from .from_torch import from_torch as from_torch

__all__ = ["from_dlpack", "from_torch"]
