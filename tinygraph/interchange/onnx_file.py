"""ONNX files, read without trusting them.

A file is a protobuf message: reading it runs no code. Tensors may lie in other files,
whose paths the file chooses; they are read from its own folder alone.
"""

from __future__ import annotations

import importlib
from os import PathLike
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, FileError
from ..files import escaped, expanded, require_regular
from ..value import Array

LARGEST = 2**31 - 1  # bytes of a file, a limit of its format


def onnx_module(asked: str) -> Any:
    """The package onnx. Raises ArgumentError if it is not installed."""
    try:
        return importlib.import_module("onnx")
    except ModuleNotFoundError as error:
        raise ArgumentError(
            f'{asked}: {error}: python -m pip install "tinygraph[onnx]"'
        ) from None


def read_model(path: str | PathLike[str]) -> Any:
    """The model in a file, with all tensors. Raises FileError if it is not one."""
    onnx, file = onnx_module("from_onnx"), expanded(path)
    content = read_part(file, file, 0, None)
    errors = importlib.import_module("google.protobuf.message")
    try:
        model = onnx.load_model_from_string(content)
    except (errors.DecodeError, ValueError):
        raise no_model(file, "it cannot be decoded") from None
    if not (model.ir_version and model.graph.node and model.opset_import):
        raise no_model(file, "it has no operators")
    if model.functions:
        inliner = importlib.import_module("onnx.inliner")
        model = inliner.inline_local_functions(model)
    for tensor in stored_tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            load_external(tensor, file)
    return model


def no_model(file: Path, reason: str) -> FileError:
    """The error for a file that is damaged or something else."""
    return FileError(f"from_onnx: {escaped(file)} is not an ONNX file: {reason}")


def read_part(file: Path, origin: Path, start: int, length: int | None) -> bytes:
    """Bytes of a file. Raises FileError, which names the file of the model."""
    try:
        require_regular(file)
        size = file.stat().st_size
        if (
            not 0 <= start <= start + (length or 0) <= size
            or size - start > LARGEST * 8
        ):
            raise FileError(f"it has {size} bytes, which is too few or too many")
        if length is None and size - start > LARGEST:
            raise FileError(f"it has {size} bytes, more than an ONNX file can")
        with file.open("rb") as opened:
            opened.seek(start)
            return opened.read(size - start if length is None else length)
    except FileError as error:
        raise FileError(f"from_onnx: cannot read {escaped(file)}: {error}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FileError(
            f"from_onnx: cannot read {escaped(file)}: {reason}"
            + ("" if file == origin else f", which {escaped(origin)} refers to")
        ) from None


def stored_tensors(model: Any) -> list[Any]:
    """The initializers of a graph, and the tensors in attributes of its operators."""
    tensors = list(model.graph.initializer)
    for node in model.graph.node:
        for attribute in node.attribute:
            tensors += [attribute.t] if attribute.HasField("t") else []
            tensors += attribute.tensors
    return tensors


def load_external(tensor: Any, file: Path) -> None:
    """Put the bytes of another file into a tensor.

    Raises FileError for a file outside of the folder of the model.
    """
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    folder = file.resolve().parent
    try:
        place = (folder / location).resolve()
        start, length = int(entries.get("offset") or 0), entries.get("length")
        count = None if length is None else int(length)
    except (ValueError, OSError, RuntimeError):
        raise no_model(
            file, f"where {tensor.name!r} is stored makes no sense"
        ) from None
    if not location or Path(location).is_absolute() or not place.is_relative_to(folder):
        raise FileError(
            f"from_onnx: {escaped(file)} keeps {escaped(tensor.name)} in "
            f"{escaped(location)}, outside of its folder, which is refused"
        )
    if count is not None and count < 0:
        raise no_model(file, f"{tensor.name!r} has {count} bytes")
    tensor.raw_data = read_part(place, file, start, count)
    tensor.ClearField("external_data")
    tensor.ClearField("data_location")


def array_of(tensor: Any) -> Array:
    """The numbers of a tensor. Raises FileError where sizes contradict each other."""
    helper = importlib.import_module("onnx.numpy_helper")
    try:
        found: Array = helper.to_array(tensor)
    except Exception as error:  # TypeError, ValueError and others, by version
        reason = str(error).strip().partition("\n")[0]
        raise FileError(
            f"from_onnx: the tensor {escaped(tensor.name)} is damaged: {reason}"
        ) from None
    return found
