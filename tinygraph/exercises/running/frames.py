"""Frames: how data travels between the grader and a worker process.

A frame is a length, a tree as JSON, and the bytes of the tree's arrays. Nothing is
unpickled or decompressed on either side.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from typing import Any, Protocol

import numpy as np

from .sentences import NOT_DATA

LONGEST_FRAME = 32 * 2**20  # bytes
LONGEST_TREE = 2**16  # bytes of the tree in an answer, which are few without its arrays
DTYPES = {np.dtype(c).newbyteorder("<").str for c in "?bhilqBHILQfd"}  # of arrays
MOST_NUMBERS = 2**22 - 2**12  # in all results of a call
MOST_CHARACTERS = 500  # of an error message
MOST_PRINTED_BYTES = 2**14  # in one call
# To the process that starts others: what is asked of a process, and the answer.
HAS_ENDED, END = b"?", b"!"
REPLY, STILL_RUNNING = struct.Struct("<q"), 2**20  # a number, or: not yet
# How a worker ended that was ended for it.
OUT_OF_MEMORY, OUT_OF_SPACE, OUT_OF_PROCESSES = 100, 101, 102


class Line(Protocol):
    """What frames are sent on: a socket, or a socket with a time limit."""

    def recv(self, count: int, /) -> bytes:
        """The next bytes, at most `count`; none at the end."""
        ...

    def sendall(self, data: bytes, /) -> None:
        """Send all bytes."""


class TimedLine:
    """A socket on which all sending and receiving together may take `seconds`."""

    def __init__(self, line: socket.socket, seconds: float) -> None:
        self.line, self.until = line, time.monotonic() + seconds

    def recv(self, count: int) -> bytes:
        """The next bytes, at most `count`."""
        return self.with_time_left().recv(count)

    def sendall(self, data: bytes) -> None:
        """Send all bytes."""
        self.with_time_left().sendall(data)

    def with_time_left(self) -> socket.socket:
        """The socket, which gives up when the time is over."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.line.settimeout(left)
        return self.line


def encode(tree: Any) -> bytes:
    """A tree of lists, tuples, dictionaries, plain values and arrays, as bytes.

    Raises TypeError for anything else.
    """
    arrays: list[bytes] = []
    head = json.dumps(as_json(tree, arrays)).encode()
    return b"".join([struct.pack("<Q", len(head)), head, *arrays])


def as_json(value: Any, arrays: list[bytes]) -> Any:
    """A tree as JSON stores it; the bytes of its arrays are appended to `arrays`."""
    if isinstance(value, np.ndarray | np.generic):
        dtype = value.dtype.newbyteorder("<")
        if dtype.str in DTYPES:
            arrays.append(value.astype(dtype).tobytes())
            kind = "array" if isinstance(value, np.ndarray) else "number"
            return {kind: [dtype.str, list(value.shape)]}
    if isinstance(value, tuple):
        return {"tuple": [as_json(item, arrays) for item in value]}
    if isinstance(value, list):
        return [as_json(item, arrays) for item in value]
    if isinstance(value, dict):
        pairs = [[as_json(k, arrays), as_json(v, arrays)] for k, v in value.items()]
        return {"dict": pairs}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(NOT_DATA.format(kind=type(value).__name__))


def decode(data: bytes, longest_tree: int = LONGEST_FRAME) -> Any:
    """The tree from which `encode` made these bytes, which are not trusted.

    Raises ValueError if they do not hold a tree, or one that is too long.
    """
    try:
        (length,) = struct.unpack_from("<Q", data)
        if length > longest_tree:
            raise ValueError(f"a tree of {length} bytes")
        reader = Reader(data, 8 + length)
        return reader.restore(json.loads(data[8 : 8 + length]))
    except (LookupError, TypeError, RecursionError, struct.error) as error:
        raise ValueError(f"not a frame: {error}") from None
    except OverflowError as error:
        raise ValueError(f"not an array: {error}") from None


class Reader:
    """Takes the arrays out of a frame, one after the other."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data, self.place = data, place

    def restore(self, value: Any) -> Any:
        """The tree that a piece of JSON stores."""
        if isinstance(value, list):
            return [self.restore(item) for item in value]
        if not isinstance(value, dict):
            return value
        ((kind, content),) = value.items()
        if kind == "tuple":
            return tuple(self.restore(item) for item in content)
        if kind == "dict":
            return {self.restore(k): self.restore(v) for k, v in content}
        array = self.read_array(*content)
        return array if kind == "array" else array[()]

    def read_array(self, kind: str, shape: list[int]) -> np.ndarray[Any, Any]:
        """The next array."""
        if kind not in DTYPES or any(type(n) is not int or n < 0 for n in shape):
            raise ValueError(f"not an array: {kind!r}, {shape!r}")
        dtype, count = np.dtype(kind), math.prod(shape)
        start, self.place = self.place, self.place + count * dtype.itemsize
        if self.place > len(self.data):
            raise ValueError("an array is longer than its frame")
        found = np.frombuffer(self.data, dtype, count, start).reshape(shape)
        return found.astype(dtype.newbyteorder("="))


def send(line: Line, tree: Any) -> None:
    """Send a tree as one frame."""
    data = encode(tree)
    line.sendall(struct.pack("<Q", len(data)) + data)


def receive(line: Line, longest_tree: int = LONGEST_FRAME) -> Any:
    """The tree of the next frame.

    Raises ValueError for anything but a frame, and EOFError at the end of the line.
    """
    (length,) = struct.unpack("<Q", receive_bytes(line, 8))
    if length > LONGEST_FRAME:
        raise ValueError(f"a frame of {length} bytes")
    return decode(receive_bytes(line, length), longest_tree)


def receive_bytes(line: Line, count: int) -> bytes:
    """Exactly `count` bytes of a line."""
    data = bytearray()
    while len(data) < count:
        piece = line.recv(min(count - len(data), 2**20))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)
