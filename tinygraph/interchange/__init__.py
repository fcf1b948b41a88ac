"""Doors to other libraries: networks as recorded graphs, arrays without a copy."""

from .dlpack import from_dlpack as from_dlpack
from .export_onnx import export_onnx as export_onnx
from .from_onnx import from_onnx as from_onnx
from .from_torch import from_torch as from_torch

__all__ = ["export_onnx", "from_dlpack", "from_onnx", "from_torch"]
