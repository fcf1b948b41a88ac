"""An ONNX file as a recorded graph.

Each operator is done again, by the function of the same name in `onnx_operators`, on
tensors that have the names of the file's weights.
"""

from __future__ import annotations

import ast
import importlib
from os import PathLike
from typing import Any

import numpy as np

from ..errors import ArgumentError, FileError, TinygraphError, UnknownOperatorError
from ..files import escaped
from ..modes import scope
from ..tensor import Tensor
from ..value import Array
from .onnx_file import array_of, read_model
from .onnx_operators import OPERATORS

DOMAINS = ("", "ai.onnx")
# Inputs of operators that are stored as weights are, and that training does not change.
NO_WEIGHTS = {"BatchNormalization": (3, 4), "Resize": (1, 2, 3), "Clip": (1, 2)}
SCOPES = "pkg.torch.onnx.name_scopes"  # where PyTorch's exporter keeps modules


def from_onnx(path: str | PathLike[str], /, *inputs: Any, **named: Any) -> Any:
    """Record the network of an ONNX file as a graph of tinygraph.

    The network is called with arrays or tensors: `inputs` in the order of the file,
    `named` by their names there. The result is a `Tensor`, or several in a tuple. In
    the graph, weights have their names in the file and require gradients, inputs have
    theirs, and operators lie in the scope that their name or PyTorch's exporter says.
    Weights are the stored arrays of floating-point numbers; single numbers, running
    statistics and what `Constant` makes are constants.

    Batch normalisation uses its running statistics, and what a comparison gives is
    constant, as in every recorded graph. Nothing in the file is executed, and files
    that it refers to must be in its folder.

    Raises UnknownOperatorError, which names the operators that are not known here,
    ArgumentError for inputs that do not fit, and FileError for a file that is damaged,
    too large or not in ONNX's format.

        logits = tg.from_onnx("resnet18.onnx", image)
        tg.trace(tg.cross_entropy(logits, [3])).save("resnet18.html")
    """
    model = read_model(path)
    refuse_unknown(model)
    values = weights_of(model)
    values.update(given_inputs(model, values, inputs, named))
    opset = max(each.version for each in model.opset_import if each.domain in DOMAINS)
    for node in model.graph.node:
        with scope(place_of(node)):
            compute(node, values, opset)
    results = [value_of(output.name, values) for output in model.graph.output]
    tensors = [r if isinstance(r, Tensor) else Tensor(r) for r in results]
    return tensors[0] if len(tensors) == 1 else tuple(tensors)


def refuse_unknown(model: Any) -> None:
    """Raise UnknownOperatorError if an operator is not known here."""
    used = {
        node.op_type if node.domain in DOMAINS else f"{node.domain}.{node.op_type}"
        for node in model.graph.node
    }
    if unknown := sorted(used - OPERATORS.keys()):
        raise UnknownOperatorError(
            f"from_onnx: not known here: {escaped(', '.join(unknown))}. "
            f"Known are {', '.join(sorted(OPERATORS))}"
        )


def weights_of(model: Any) -> dict[str, Any]:
    """The stored arrays by name: weights as leaves, and constants."""
    constants = {
        node.input[place]
        for node in model.graph.node
        for place in NO_WEIGHTS.get(node.op_type, ())
        if place < len(node.input)
    }
    values: dict[str, Any] = {"": None}
    for tensor in model.graph.initializer:
        array = array_of(tensor)
        is_weight = array.dtype.kind == "f" and array.ndim > 0
        if is_weight and tensor.name not in constants:
            values[tensor.name] = Tensor(array, requires_grad=True, name=tensor.name)
        else:
            values[tensor.name] = array
    return values


def given_inputs(
    model: Any, stored: dict[str, Any], inputs: tuple[Any, ...], named: dict[str, Any]
) -> dict[str, Any]:
    """The inputs by name. Raises ArgumentError unless there is one for each."""
    wanted = {each.name: each for each in model.graph.input if each.name not in stored}
    given = dict(zip(wanted, inputs, strict=False))
    twice = given.keys() & named.keys()
    given.update(named)
    if len(inputs) > len(wanted) or twice or given.keys() != wanted.keys():
        listed = ", ".join(map(described, wanted.values())) or "none"
        raise ArgumentError(
            f"from_onnx: {len(inputs)} inputs and {', '.join(named) or 'none'} by name "
            f"were given, and the file has {escaped(listed)}: give an array for each"
        )
    return {name: fitting(given[name], each) for name, each in wanted.items()}


def sizes_of(declared: Any) -> list[Any]:
    """The shape of an input in the file: a number, a name or ? for each axis."""
    dims = declared.type.tensor_type.shape.dim
    return [
        dim.dim_value if dim.HasField("dim_value") else dim.dim_param or "?"
        for dim in dims
    ]


def dtype_of(declared: Any) -> np.dtype[Any]:
    """The type of an input in the file."""
    helper = importlib.import_module("onnx.helper")
    number = declared.type.tensor_type.elem_type
    try:
        return np.dtype(helper.tensor_dtype_to_np_dtype(number))
    except KeyError:
        raise ArgumentError(
            f"from_onnx: the input {escaped(declared.name)} is not an array of numbers"
        ) from None


def described(declared: Any) -> str:
    """An input in words: image float32 (batch, 3, 32, 32)."""
    sizes = ", ".join(map(str, sizes_of(declared)))
    return f"{declared.name} {dtype_of(declared)} ({sizes})"


def fitting(value: Any, declared: Any) -> Any:
    """An input in the type of the file. Raises ArgumentError if it does not fit."""
    dtype, sizes = dtype_of(declared), sizes_of(declared)
    array = value.data if isinstance(value, Tensor) else np.asarray(value)
    shapes = zip(array.shape, sizes, strict=False)
    ranked = declared.type.tensor_type.HasField("shape")
    wrong = ranked and array.ndim != len(sizes)
    if wrong or any(isinstance(want, int) and n != want for n, want in shapes):
        raise ArgumentError(
            f"from_onnx: the input {escaped(described(declared))} was given an array "
            f"of shape {array.shape}"
        )
    if dtype.kind != "f":
        if array.dtype.kind == "f":
            raise ArgumentError(
                f"from_onnx: the input {escaped(described(declared))} was given "
                f"{array.dtype}"
            )
        return array.astype(dtype)
    if isinstance(value, Tensor):
        return value if value.dtype == dtype else value.astype(dtype)
    return Tensor(array.astype(dtype), name=declared.name)


def place_of(node: Any) -> str:
    """The scope of an operator: that of its module in PyTorch, or the path in its name.

    PyTorch's exporter stores a list in the words of Python. Only strings in it count.
    """
    for entry in node.metadata_props:
        if entry.key == SCOPES:
            try:
                paths = ast.literal_eval(entry.value)
                *modules, _ = [str(path) for path in paths]
                return modules[-1].replace(".", "/") if modules else ""
            except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
                return ""
    return str(node.name).strip("/").rpartition("/")[0]


def compute(node: Any, values: dict[str, Any], opset: int) -> None:
    """Do one operator, and note its results. Raises ArgumentError if it cannot be."""
    options = {each.name: option_of(each) for each in node.attribute}
    if node.op_type in ("Softmax", "LogSoftmax"):
        options["opset"] = opset
    arguments = [value_of(name, values) for name in node.input]
    try:
        result = OPERATORS[node.op_type](*arguments, **options)
    except (
        *(TypeError, ValueError, IndexError, KeyError, AttributeError),
        *(OverflowError, MemoryError, ArithmeticError, TinygraphError),
    ) as error:
        raise ArgumentError(
            f"from_onnx: {node.op_type} {escaped(node.name)} cannot be computed: "
            f"{' '.join(str(error).split())}"
        ) from error
    results = result if isinstance(result, tuple) else (result,)
    for name, value in zip(node.output, results, strict=False):
        values[name] = value if isinstance(value, Tensor) else np.asarray(value)


def value_of(name: str, values: dict[str, Any]) -> Any:
    """A value by its name. Raises FileError if nothing has computed it."""
    if name not in values:
        raise FileError(
            f"from_onnx: the file is damaged: nothing computes {escaped(name)} before "
            f"it is used"
        )
    return values[name]


def option_of(attribute: Any) -> Any:
    """The value of an attribute: numbers, text, or an array."""
    helper = importlib.import_module("onnx.helper")
    value = helper.get_attribute_value(attribute)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if attribute.HasField("t"):
        stored: Array = array_of(value)
        return stored
    return value
