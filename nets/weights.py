"""Weights in files: the state dict of a layer as .npz or .safetensors.

Names and layouts are PyTorch's, so a safetensors file goes to the same network in
PyTorch, and comes back. Both formats hold nothing but arrays: reading runs no code.
"""

from __future__ import annotations

import importlib
import io
import struct
import zipfile
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

import tinygraph as tg
from tinygraph.files import escaped, expanded, require_regular, write_atomically

from .archive import Arrays, encode, parse_array, read_members
from .layers.state import Mismatch, load_state_dict, state_dict

LARGEST_WEIGHTS = 2**33  # bytes of a file
ENDINGS = (".npz", ".safetensors")


class WeightsError(tg.TinygraphError, ValueError):
    """A file that has no weights which could be read."""


def save_weights(layer: Any, path: str | PathLike[str]) -> None:
    """Write the parameters and running statistics of a layer to a file.

    The ending of the path says the format: .npz, which `np.load` reads, or
    .safetensors, which needs `python -m pip install "tinygraph[safetensors]"`. The file
    is written as a whole or not at all, and the same weights give the same bytes.
    Raises WeightsError for another ending, and `tg.FileError` if it cannot be written.

        nets.save_weights(network, "lenet.safetensors")
    """
    file = expanded(path)
    arrays = {n: np.array(a, order="C") for n, a in state_dict(layer).items()}
    if ending_of(file) == ".npz":
        content = encode(arrays)
    else:
        content = safetensors().save(arrays)
    write_atomically(file, content)


def load_weights(
    layer: Any, path: str | PathLike[str], strict: bool = True
) -> Mismatch:
    """Give a layer the weights of a file, written by `save_weights` or by PyTorch.

    Files are .npz without compression, as `np.savez` writes them, or .safetensors, as
    `safetensors.torch.save_file(module.state_dict(), path)` does. The result, `strict`
    and StateError, for weights that do not fit, are those of `load_state_dict`; nothing
    is assigned then. Raises WeightsError for a file without readable weights, and
    `tg.FileError` for one that cannot be read.

        nets.load_weights(network, "lenet.safetensors")
    """
    file = expanded(path)
    read = read_npz if ending_of(file) == ".npz" else read_safetensors
    return load_state_dict(layer, read(content_of(file), file), strict)


def ending_of(file: Path) -> str:
    """The ending of a path. Raises WeightsError unless it is one of `ENDINGS`."""
    if (ending := file.suffix.lower()) not in ENDINGS:
        raise WeightsError(
            f"{escaped(file)} ends in {ending or 'nothing'!r}: weights are saved as "
            f"{' or '.join(ENDINGS)}"
        )
    return ending


def safetensors() -> Any:
    """The module for NumPy. Raises `tg.ArgumentError` if it is not installed."""
    try:
        return importlib.import_module("safetensors.numpy")
    except ModuleNotFoundError as error:
        raise tg.ArgumentError(
            f'weights: {error}: python -m pip install "tinygraph[safetensors]"'
        ) from None


def content_of(file: Path) -> bytes:
    """The bytes of a file. Raises `tg.FileError` if it cannot be read."""
    try:
        require_regular(file)
        if (size := file.stat().st_size) > LARGEST_WEIGHTS:
            raise tg.FileError(
                f"{escaped(file)} has {size} bytes, too many for weights"
            )
        return file.read_bytes()
    except tg.FileError:
        raise
    except OSError as error:
        raise tg.FileError(f"cannot read {escaped(file)}: {error.strerror}") from None


def read_npz(content: bytes, file: Path) -> Arrays:
    """The arrays of an .npz archive. Raises WeightsError for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = read_members(archive, len(content))
            return {name: parse_array(data) for name, data in members}
    except (
        *(OSError, ValueError, EOFError, KeyError, RuntimeError, struct.error),
        *(NotImplementedError, zipfile.BadZipFile),
    ) as error:
        raise WeightsError(
            f"{escaped(file)} is not an archive of weights: {error}"
        ) from None


def read_safetensors(content: bytes, file: Path) -> Arrays:
    """The arrays of a safetensors file. Raises WeightsError for anything else."""
    library = safetensors()
    try:
        found: Arrays = library.load(content)
    except KeyError as error:
        raise WeightsError(
            f"{escaped(file)} has numbers of type {error.args[0]}, which NumPy does "
            f"not have: save them as float32"
        ) from None
    except Exception as error:  # its own type, which the module does not export
        raise WeightsError(
            f"{escaped(file)} is not a safetensors file: {error}"
        ) from None
    return found
