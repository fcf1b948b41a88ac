"""Making checkpoints with the right checksum and wrong content."""

import hashlib
import io
import json
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nets import CheckpointError, archive, checkpoint

Arrays = dict[str, np.ndarray]
MEGABYTE = 10**6


def parts_of(arrays: Arrays) -> dict[str, Any]:
    return json.loads(arrays["document"].tobytes())


def with_text(arrays: Arrays, text: bytes) -> bytes:
    return archive.encode({**arrays, "document": np.frombuffer(text, np.uint8)})


def signed(body: bytes) -> bytes:
    return body + hashlib.sha256(body).hexdigest().encode()


def zipped(
    members: dict[str, bytes], change: Callable[..., None] | None = None
) -> bytes:
    """An archive of any members, with the right checksum; `change` gets it open."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(f"{name}.npy"), data)
        if change:
            change(file)
        file.comment = bytes(64)
    return signed(buffer.getvalue()[:-64])


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def head(text: str, data: bytes = b"", version: bytes = b"\1\0") -> bytes:
    """An .npy file with any header."""
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text.encode() + data


def shaped(shape: str, descr: str = "'<f4'", order: str = "False") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"
    return head(text, bytes(24))


def refused(content: bytes, tmp_path: Path) -> str:
    """The error for a forged checkpoint; it takes little more than its own memory."""
    path = tmp_path / "c.npz"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError) as caught:
            checkpoint.load(path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 4 * len(content) + 5 * MEGABYTE
    text = str(caught.value)
    assert text.startswith(f"{path} ") and text.endswith(".")
    assert len(text) - len(str(path)) < 300
    return text
