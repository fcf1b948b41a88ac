"""Tinygraph's operations in ONNX's words: one table, from an operation to its nodes.

The key is the operation itself, not its name: what a user calls "relu" is not ours.
"""

from __future__ import annotations

from typing import Any

from .elementwise import ELEMENTWISE
from .images import IMAGES
from .indexing import INDEXING
from .losses import LOSSES
from .products import PRODUCTS
from .reductions import REDUCTIONS
from .shapes import SHAPES
from .translation import Translation

TRANSLATIONS: dict[Any, Translation] = {
    **ELEMENTWISE,
    **IMAGES,
    **INDEXING,
    **LOSSES,
    **PRODUCTS,
    **REDUCTIONS,
    **SHAPES,
}
