"""PlainNode: one value of a graph that networkx or a user has made.

Such a graph holds a dictionary for each node. `PlainNode` reads it as `Node` reads a
tape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .callers import SourceLine
from .legible import scope_path
from .tape import NO_PARAMETERS, Node, TensorLike
from .value import PYTHON_NUMBERS, numeric


class PlainNode:
    """One value of a graph that was not recorded, with the attributes of `Node`.

    What networkx copied or a user wrote may be anything; entries that make no sense are
    ignored.
    """

    __slots__ = ("attributes", "inputs")

    def __init__(self, attributes: Mapping[str, Any], inputs: Sequence[Any]) -> None:
        self.attributes = attributes
        self.inputs = tuple(inputs)  # the nodes that the edges come from

    @property
    def op(self) -> str:
        """The operation's name, or the role of a leaf."""
        given = self.attributes.get("op")
        if given is not None:
            return str(given)
        if self.primitive is not None:
            name: str = self.primitive.name
            return name
        known = numeric(self.attributes.get("value")) is not None
        return "constant" if known else "unknown"

    @property
    def name(self) -> str | None:
        """What the user calls the value."""
        name = self.attributes.get("name")
        return None if name is None else str(name)

    @property
    def scope(self) -> str:
        """The layer that the value belongs to."""
        scope = self.attributes.get("scope")
        return "" if scope is None else scope_path(str(scope))

    @property
    def value(self) -> Any:
        """An array or a number; None where none is given."""
        value = numeric(self.attributes.get("value"))
        number = type(value) in PYTHON_NUMBERS and self.op != "constant"
        return np.asarray(value) if number else value

    @property
    def grad(self) -> Any:
        """The gradient, an array or a number; None where none is given."""
        return numeric(self.attributes.get("grad"))

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis, or the given shape where there is no value."""
        if self.value is not None:
            return np.shape(self.value)
        given = self.attributes.get("shape")
        return tuple(given) if isinstance(given, list | tuple) else ()

    @property
    def dtype(self) -> Any:
        """The type of the elements, or the given one where there is no value."""
        value = self.value
        if value is None:
            return self.attributes.get("dtype", "")
        return PYTHON_NUMBERS.get(type(value)) or value.dtype

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters of the operation."""
        params = self.attributes.get("params")
        return params if isinstance(params, Mapping) else NO_PARAMETERS

    @property
    def primitive(self) -> Any:
        """The operation itself; None for a leaf, and where only its name is known."""
        primitive = self.attributes.get("primitive")
        return primitive if hasattr(primitive, "compute") else None

    @property
    def tensor(self) -> TensorLike | None:
        """The leaf itself, where it is one of the user's tensors."""
        tensor = self.attributes.get("tensor")
        return tensor if isinstance(tensor, TensorLike) else None

    @property
    def source_line(self) -> SourceLine | None:
        """The line of the user's code that recorded the value, where it is known."""
        line = self.attributes.get("source_line")
        return line if isinstance(line, SourceLine) else None

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient flows to the value."""
        given = self.attributes.get("requires_grad")
        return isinstance(given, bool | np.bool_) and bool(given)

    @property
    def more(self) -> dict[str, Any]:
        """What a user has added."""
        given = self.attributes.items()
        return {key: entry for key, entry in given if key not in Node.KEYS}
