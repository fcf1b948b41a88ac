"""Leaves of graphs, as short as tests want to write them."""

from typing import Any

import tinygraph as tg


def parameter(value: Any, name: str | None = None) -> tg.Tensor:
    return tg.Tensor(value, requires_grad=True, name=name)
