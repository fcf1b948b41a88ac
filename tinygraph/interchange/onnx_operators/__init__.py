"""ONNX's operators in tinygraph's words.

A function has the inputs of the operator as arguments, in their order, and its
attributes as keywords, with their defaults. What older versions of ONNX have as an
attribute, such as `axes`, is an input now: both find the same parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .elementwise import ELEMENTWISE
from .images import IMAGES
from .indexing import INDEXING
from .layers import LAYERS
from .reductions import REDUCTIONS
from .shapes import SHAPES

OPERATORS: dict[str, Callable[..., Any]] = {
    **ELEMENTWISE,
    **IMAGES,
    **INDEXING,
    **LAYERS,
    **REDUCTIONS,
    **SHAPES,
}
