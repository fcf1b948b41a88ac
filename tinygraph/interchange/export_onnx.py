"""A recorded graph as an ONNX file.

Each operation becomes one node of ONNX, or a few with its name before theirs. The table
is in `to_onnx`, with a second function for each operation: what it does to a batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..errors import ArgumentError, DTypeError, GraphError, UnknownOperatorError
from ..files import write_atomically
from ..ops.indexing import rows_of
from ..tensor import Tensor
from ..value import Array
from .onnx_file import LARGEST, onnx_module
from .to_onnx import TRANSLATIONS
from .to_onnx.batch import Batch, MixedError, free_shape
from .to_onnx.writer import Call, Value, Writer

OPSET, IR_VERSION = 18, 8
FREE = "batch"  # the name of the size that is free


def export_onnx(
    output: Any,
    path: str | PathLike[str],
    *,
    inputs: Any = None,
    batch_axis: int | None = 0,
    dtype: DTypeLike | None = np.float32,
) -> None:
    """Write a recorded forward pass as an ONNX file, for batches of any size.

    `output` is the result of a network, or several in a list or a dictionary. `inputs`
    are the tensors or arrays that the network was called with: one, several in a list,
    or a dictionary with names for them. By default, they are all tensors that require
    no gradient. Leaves that require one become initializers with their names, and
    scopes become the paths of nodes. All else is constant.

    `batch_axis` is the axis of the inputs whose size is free; None fixes all sizes.
    Each example gets what the recorded graph gave it, whatever the size of the batch.
    `dtype` is the type of all floating-point numbers, because few runtimes know
    float64; with None, they keep theirs. The file has opset 18, `onnx.checker` has
    accepted it, and it is written as a whole or not at all.

    Raises UnknownOperatorError, which names an operation without a translation,
    ArgumentError where an operation mixes the examples of a free batch or an input is
    not found, GraphError for an output that was not recorded, and FileError.

        image = tg.Tensor(np.zeros((1, 3, 32, 32), np.float32), name="image")
        tg.export_onnx(network(image), "network.onnx", inputs=image)
    """
    onnx = onnx_module("export_onnx")
    outputs = named(output, "output")
    writer = Writer(onnx.helper, onnx.numpy_helper.from_array, floating(dtype))
    export = Export(writer, recorded_in(outputs), outputs)
    export.find_inputs(inputs, batch_axis)
    export.refuse_unknown()
    export.check_inputs()
    export.write_nodes()
    write_atomically(path, checked(onnx, export.model(onnx)))


def floating(dtype: DTypeLike | None) -> np.dtype[Any] | None:
    """The type of all floats. Raises DTypeError for one that is not."""
    if dtype is None:
        return None
    if (found := np.dtype(dtype)).kind != "f":
        raise DTypeError(
            f"export_onnx: `dtype` is {found}: it must be float16, float32, float64, "
            f"or None to keep the types of the graph"
        )
    return found


def named(given: Any, name: str) -> dict[str, Any]:
    """One value, several, or a dictionary of them, as a dictionary."""
    if isinstance(given, Mapping):
        return {str(key): value for key, value in given.items()}
    values = list(given) if isinstance(given, list | tuple) else [given]
    found: dict[str, Any] = {}
    for number, value in enumerate(values):
        usual = name if len(values) == 1 else f"{name}_{number}"
        own = getattr(value, "name", None) or usual
        found[usual if own in found else str(own)] = value
    return found


def recorded_in(outputs: Mapping[str, Any]) -> list[Any]:
    """The graphs of all outputs. Raises GraphError for one that was not recorded."""
    graphs = [getattr(tensor, "graph", None) for tensor in outputs.values()]
    if not graphs or None in graphs:
        raise GraphError(
            "export_onnx: the output was not recorded: give the result of operations "
            "on tensors, one of which requires a gradient, outside of tg.no_grad()"
        )
    return graphs


class Export:
    """A recorded graph while it is written."""

    def __init__(
        self, writer: Writer, graphs: list[Any], outputs: dict[str, Any]
    ) -> None:
        self.writer = writer
        self.outputs = {name: tensor.node for name, tensor in outputs.items()}
        self.names = {node: name for name, node in self.outputs.items()}
        self.values: dict[int, Value] = {}  # by node
        self.inputs: dict[str, Value] = {}
        self.indexes: list[tuple[Array, Value]] = []  # inputs of embeddings
        self.parameters: list[Any] = []
        self.rows = {
            node: graph.at(node)
            for graph, last in zip(graphs, self.outputs.values(), strict=True)
            for node in graph.ancestors_of(last)
        }
        self.order = sorted(self.rows)  # a result has a later number than its inputs
        writer.taken.update(self.outputs)

    def find_inputs(self, inputs: Any, batch_axis: int | None) -> None:
        """Find the values that the inputs are in the graph."""
        if inputs is None:
            leaves = (self.rows[node] for node in self.order)
            inputs = [at.tensor for at in leaves if at.op == "input"]
        for name, given in named(inputs, "input").items():
            nodes, indexes = self.places_of(name, given)
            array = self.rows[nodes[0]].value if nodes else indexes[0]
            batch = batch_of(name, array, batch_axis)
            value = Value(array, self.writer.unique(name), batch)
            self.inputs[value.name] = value
            self.values.update(dict.fromkeys(nodes, value))
            self.indexes += [(index, value) for index in indexes]
        self.order = self.needed()

    def needed(self) -> list[int]:
        """The nodes that the outputs are computed from, in order, up to the inputs."""
        reached = {*self.names}
        for node in reversed(self.order):
            if node in reached and node not in self.values:
                reached.update(self.rows[node].inputs)
        return [node for node in self.order if node in reached]

    def check_inputs(self) -> None:
        """Raise ArgumentError unless there are inputs of one size of the batch."""
        sizes = {value.batch.examples for value in self.inputs.values() if value.batch}
        if len(sizes) > 1 or not self.inputs:
            shapes = ", ".join(f"{n} {v.shape}" for n, v in self.inputs.items())
            raise ArgumentError(
                f"export_onnx: the inputs are {shapes or 'none'}: give `inputs`, the "
                f"tensors or arrays that the network was called with, of one size "
                f"along `batch_axis`"
            )

    def places_of(self, name: str, given: Any) -> tuple[list[int], list[Array]]:
        """The nodes that an input is, and the indexes of embeddings that it is.

        An array is found by its values, because a graph has a copy of it.
        """
        if isinstance(given, Tensor):
            if found := self.versions_of(given):
                return found, []
            given = given.data
        array, rows = np.asarray(given), self.rows.items()
        plain = [(n, at.value) for n, at in rows if at.op in ("constant", "input")]
        nodes = [node for node, value in plain if same(value, array)]
        calls = [at for _, at in rows if at.primitive is rows_of]
        indexes = [call.params["index"] for call in calls]
        indexes = [index for index in indexes if same(index, array)]
        count = len(nodes) + len(indexes)
        if not count or (count > 1 and (array == array.flat[0]).all()):
            remedy = (
                "several values of the graph are the same: record it with an "
                "example of different numbers"
                if count
                else "no value of the graph is: give what the network was called "
                "with; if it is changed before it meets a parameter, as by a reshape, "
                "record it as a tensor with requires_grad=True"
            )
            raise ArgumentError(
                f"export_onnx: `inputs`: {name} of shape {array.shape}: {remedy}"
            )
        return nodes, indexes

    def versions_of(self, tensor: Tensor) -> list[int]:
        """The nodes of a tensor: a leaf has one for each array that it has held."""
        if tensor.graph is not None:
            return [tensor.node] if tensor.node in self.rows else []
        return [node for node, at in self.rows.items() if at.tensor is tensor]

    def refuse_unknown(self) -> None:
        """Raise UnknownOperatorError if an operation has no translation."""
        known = TRANSLATIONS.keys() | {None}
        rows = [self.rows[node] for node in self.order if node not in self.values]
        unknown = sorted({at.op for at in rows if at.primitive not in known})
        if unknown:
            names = sorted({operation.name for operation in TRANSLATIONS})
            raise UnknownOperatorError(
                f"export_onnx: no translation to ONNX: {', '.join(unknown)}. "
                f"There is one of {', '.join(names)}"
            )

    def write_nodes(self) -> None:
        """Write the parameters and the operations, in the order of the graph."""
        for node in self.order:
            if node in self.values:
                continue
            at = self.rows[node]
            if at.primitive is None:
                self.values[node] = self.leaf(at)
            else:
                self.values[node] = self.result(node, at)
        free = any(value.batch for value in self.inputs.values())
        fixed = [n for n, node in self.outputs.items() if not self.values[node].batch]
        if free and fixed:
            raise ArgumentError(
                f"export_onnx: {fixed[0]} does not depend on the examples of "
                f"{', '.join(self.inputs)}: give `inputs` that it was computed from"
            )

    def leaf(self, at: Any) -> Value:
        """A parameter, a tensor that is constant, or a plain constant."""
        array = np.asarray(at.value)
        if at.tensor is None:
            return Value(at.value)
        name = self.writer.unique(text(at.name or f"{at.scope or 'graph'}/{at.op}"))
        tensor = self.writer.as_tensor(array.astype(self.writer.written(array.dtype)))
        if at.requires_grad:
            tensor.name = name
            self.parameters.append(tensor)
        else:
            self.writer.taken.discard(name)
            self.writer.write("Constant", [], name, value=tensor)
        return Value(array, name)

    def result(self, node: int, at: Any) -> Value:
        """An operation, written; ArgumentError where it mixes the examples."""
        base = text("/".join(filter(None, (at.scope, at.name or at.op))))
        index = [v for array, v in self.indexes if array is at.params.get("index")]
        values = [self.values[source] for source in at.inputs]
        call = Call(self.writer, self.names.get(node, base), values, at.value, *index)
        write, follow = TRANSLATIONS[at.primitive]
        try:
            call.result.batch = follow(call, **at.params)
            name = write(call, *call.values, **at.params)
        except MixedError as error:
            raise self.refusal(at, error) from None
        self.writer.taken.discard(self.names.get(node, ""))
        self.writer.doc = first_line(at.primitive.forward.__doc__)
        call.result.name = call.finished(name)
        return call.result

    def refusal(self, at: Any, reason: MixedError) -> ArgumentError:
        """Why an operation cannot be exported, and what to do."""
        place = f" in {at.scope}" if at.scope else ""
        if any(value.batch for value in self.inputs.values()):
            return ArgumentError(
                f"export_onnx: `{at.op}`{place}, with a result of shape {at.shape}, "
                f"does not fit a free batch: {reason}. Export what comes before it, or "
                f"give batch_axis=None to fix all sizes"
            )
        return ArgumentError(f"export_onnx: `{at.op}`{place}: {reason}")

    def model(self, onnx: Any) -> Any:
        """The model with all that has been written."""
        helper = onnx.helper
        graph = helper.make_graph(
            self.writer.nodes,
            "tinygraph",
            [self.declared(helper, n, value) for n, value in self.inputs.items()],
            [
                self.declared(helper, name, self.values[node])
                for name, node in self.outputs.items()
            ],
            self.parameters,
        )
        return helper.make_model(
            graph,
            producer_name="tinygraph",
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )

    def declared(self, helper: Any, name: str, value: Value) -> Any:
        """An input or output with its type and shape."""
        shape: list[Any] = free_shape(value.shape, value.batch, 0)
        if value.batch:
            times = value.batch.outer * value.batch.inner
            shape[value.batch.axis] = FREE if times == 1 else f"{times}*{FREE}"
        dtype = self.writer.written(np.asarray(value.array).dtype)
        kind = helper.np_dtype_to_tensor_dtype(dtype)
        return helper.make_tensor_value_info(name, kind, shape)


def batch_of(name: str, array: Array, axis: int | None) -> Batch | None:
    """Where the examples of an input are. Raises ArgumentError if it has none."""
    if axis is None:
        return None
    shape = np.shape(array)
    if not -len(shape) <= axis < len(shape) or not shape[axis]:
        raise ArgumentError(
            f"export_onnx: {name} of shape {shape} has no examples along `batch_axis` "
            f"{axis}: give another axis, or None to fix all sizes"
        )
    return Batch(axis % len(shape), shape[axis])


def same(value: Any, array: Array) -> bool:
    """Whether a constant is an array that a user gave."""
    return np.shape(value) == array.shape and np.array_equal(value, array)


def text(name: str) -> str:
    """A name that a file can hold."""
    return name.encode("utf-8", "replace").decode()


def first_line(docstring: str | None) -> str:
    """What an operation computes, in one line."""
    return (docstring or "").strip().partition("\n")[0]


def checked(onnx: Any, model: Any) -> bytes:
    """The bytes of a model with the shapes of all values, as `onnx.checker` has it."""
    if model.ByteSize() > LARGEST:
        raise ArgumentError(
            f"export_onnx: the file would have {model.ByteSize()} bytes, and ONNX "
            f"files hold {LARGEST}: give dtype=np.float16, or export parts of it"
        )
    infer_shapes = onnx.shape_inference.infer_shapes
    model = infer_shapes(model, check_type=True, strict_mode=True)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))
