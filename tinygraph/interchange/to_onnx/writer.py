"""The nodes of an ONNX graph, as they are written one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .batch import Batch, mixed


@dataclass(eq=False)
class Value:
    """A value of the recorded graph: its array, and where it is in the ONNX graph."""

    array: Any
    name: str = ""  # of the value; a constant has none until it is written
    batch: Batch | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis, as recorded."""
        return np.shape(self.array)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return np.ndim(self.array)


@dataclass
class Writer:
    """What has been written: nodes, parameters, and names that are taken."""

    helper: Any  # onnx.helper
    as_tensor: Any  # onnx.numpy_helper.from_array
    dtype: np.dtype[Any] | None  # of all floats; None leaves each as it is
    doc: str = ""  # what the operation computes that is written now
    nodes: list[Any] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def unique(self, name: str) -> str:
        """The name, with a number if it is taken."""
        found, number = name, 0
        while found in self.taken:
            number += 1
            found = f"{name}_{number}"
        self.taken.add(found)
        return found

    def written(self, dtype: Any) -> np.dtype[Any]:
        """The type that numbers of a type are written in."""
        dtype = np.dtype(dtype)
        if dtype.kind == "f":
            return dtype if self.dtype is None else self.dtype
        return np.dtype(np.bool_ if dtype.kind == "b" else np.int64)

    def write(
        self, op_type: str, inputs: list[str | None], name: str, **options: Any
    ) -> str:
        """Write a node with one result, which has the name of the node."""
        name = self.unique(name)
        given = [part or "" for part in inputs]
        node = self.helper.make_node(op_type, given, [name], name=name, **options)
        self.nodes.append(node)
        return name


class Call:
    """One operation of the recorded graph, while its nodes are written."""

    def __init__(
        self,
        writer: Writer,
        base: str,
        values: list[Value],
        result: Any,
        index: Value | None = None,
    ) -> None:
        self.writer = writer
        self.base = base  # the name of the result
        self.values = values
        self.index = index  # the numbers that an embedding looks up, if an input
        self.result = Value(result)
        self.dtype = writer.written(np.asarray(result).dtype)

    def node(self, op_type: str, *inputs: Any, **options: Any) -> str:
        """Write a node. Inputs are values, names, numbers, and None for none."""
        names = [None if part is None else self.operand(part) for part in inputs]
        return self.writer.write(op_type, names, f"{self.base}/{op_type}", **options)

    def operand(self, part: Any) -> str:
        """The name of an input, in the type of the result."""
        if isinstance(part, str):
            return part
        if not isinstance(part, Value):
            return self.constant(part)
        if not part.name:
            return self.constant(part.array)
        if self.writer.written(np.asarray(part.array).dtype) == self.dtype:
            return part.name
        return self.cast(part.name, self.dtype)

    def constant(self, number: Any, dtype: Any = None) -> str:
        """The name of a constant, in the type of the result or another."""
        with np.errstate(over="ignore"):
            array = np.array(number, self.dtype if dtype is None else dtype)
        value = self.writer.as_tensor(array)
        return self.writer.write("Constant", [], f"{self.base}/constant", value=value)

    def whole(self, numbers: Any) -> str:
        """The name of a constant of whole numbers, such as axes or a shape."""
        return self.constant(numbers, np.int64)

    def cast(self, name: str, dtype: Any) -> str:
        """The value in another type."""
        to = self.writer.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.writer.write("Cast", [name], f"{self.base}/Cast", to=to)

    def first_along(self, value: Value, axis: int) -> Value:
        """The first slice of a value along an axis, where all slices are the same.

        So a constant that was made as large as the batch is made free of its size.
        MixedError where slices differ: they belong to the recorded examples.
        """
        array = np.asarray(value.array)
        one = array.take([0], axis)
        if not (array == one).all():
            raise mixed(
                f"a value of shape {array.shape} that is constant differs from example "
                f"to example"
            )
        if not value.name:
            return Value(one)
        ends = [self.whole([0]), self.whole([1]), self.whole([axis])]
        return Value(one, self.node("Slice", value.name, *ends))

    def finished(self, name: str) -> str:
        """Give the last node, whose result this is, the name of the operation."""
        nodes = self.writer.nodes
        if not nodes or nodes[-1].output[0] != name:
            name = self.node("Identity", name)
        self.writer.taken.discard(name)
        nodes[-1].name = nodes[-1].output[0] = self.writer.unique(self.base)
        nodes[-1].doc_string = self.writer.doc
        return str(nodes[-1].name)
