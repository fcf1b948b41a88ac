"""Rows of a table by their numbers, which `compositions/lookup.py` makes public."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..primitive import primitive
from ..value import Array
from .indexing import put


@primitive(name="embedding")
def rows_of(weight: Array, *, index: Array, padding_idx: int | None) -> Array:
    """y = weight[index], where the row `padding_idx` gets no gradient"""
    return weight[index]


@rows_of.vjp("weight", r"\mathrm{put}(\bar{y})")
def rows_of_vjp(g: Any, y: Any, w: Any, index: Array, padding_idx: int | None) -> Any:
    """Each row of the table gathers the gradients of all its uses."""
    if padding_idx is not None:
        g = np.where((index == padding_idx)[..., None], 0.0, g)
    return put(g, index=index, shape=w.shape)
