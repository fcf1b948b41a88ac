"""The process in which a student's file runs: it gets inputs and sends back arrays.

The grader starts this file as a script, `python -I worker.py`, with a socket as its
standard input.  It knows no reference, and it imports only NumPy, the standard library,
and `outcome.py` and `standins.py` beside it.  What travels are frames: a length, a tree
as JSON, and the bytes of its arrays.  Nothing is unpickled or decompressed, on either
side.  What students print goes to a file, or nowhere, and never between the frames.
"""

from __future__ import annotations

import ast
import ctypes
import importlib
import json
import math
import os
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NoReturn, Protocol

import numpy as np

ANSWER, ALIVE = struct.Struct("<q"), 2**20  # of a nursery: a number, or "not yet"
LONGEST = 32 * 2**20  # bytes of a frame
NUMBERS = "?bhilqBHILQfd"  # the letters of the types that an array may have
MOST_NUMBERS = 2**22 - 2**12
MESSAGE = 500  # letters of an error
MOST_PRINTED = 2**14  # bytes in one call
NEWNS, NEWUSER, NEWPID, NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
PRIVATE_MOUNTS, READ_ONLY = 0x44000, 1
DEATH_SIGNAL = 1  # of prctl: a child does not outlive its parent


class Line(Protocol):
    """What frames are sent on: a socket, or one with a stopwatch."""

    def recv(self, count: int, /) -> bytes:
        """The next bytes, at most so many; none at the end."""

    def sendall(self, data: bytes, /) -> None:
        """Send all bytes."""


def packed(tree: Any) -> bytes:
    """A tree of lists, tuples, dictionaries, plain values and arrays, as bytes.

    Raises TypeError for anything else.
    """
    arrays: list[bytes] = []
    head = json.dumps(flat(tree, arrays)).encode()
    return b"".join([struct.pack("<Q", len(head)), head, *arrays])


def flat(value: Any, arrays: list[bytes]) -> Any:
    """A tree as JSON has it; the bytes of its arrays are appended to `arrays`."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype.char in NUMBERS:
        arrays.append(np.ascontiguousarray(value).tobytes())
        kind = "array" if isinstance(value, np.ndarray) else "number"
        return {kind: [value.dtype.char, list(value.shape)]}
    if isinstance(value, tuple):
        return {"tuple": [flat(item, arrays) for item in value]}
    if isinstance(value, list):
        return [flat(item, arrays) for item in value]
    if isinstance(value, dict):
        pairs = [[flat(k, arrays), flat(v, arrays)] for k, v in value.items()]
        return {"dict": pairs}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} cannot be sent to another process")


def unpacked(data: bytes) -> Any:
    """The tree of which `packed` made the bytes; the bytes are not trusted.

    Raises ValueError where they are no such tree.
    """
    try:
        (length,) = struct.unpack_from("<Q", data)
        reader = Reader(data, 8 + length)
        return reader.grown(json.loads(data[8 : 8 + length]))
    except (LookupError, TypeError, RecursionError, struct.error) as error:
        raise ValueError(f"no frame: {error}") from None


class Reader:
    """Takes the arrays of a frame, one after the other."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data, self.place = data, place

    def grown(self, value: Any) -> Any:
        """The tree of a piece of JSON."""
        if isinstance(value, list):
            return [self.grown(item) for item in value]
        if not isinstance(value, dict):
            return value
        ((kind, content),) = value.items()
        if kind == "tuple":
            return tuple(self.grown(item) for item in content)
        if kind == "dict":
            return {self.grown(k): self.grown(v) for k, v in content}
        array = self.array(*content)
        return array if kind == "array" else array[()]

    def array(self, letter: str, shape: list[int]) -> np.ndarray[Any, Any]:
        """The next array."""
        if letter not in NUMBERS or any(type(n) is not int or n < 0 for n in shape):
            raise ValueError(f"no array: {letter!r}, {shape!r}")
        dtype, count = np.dtype(letter), math.prod(shape)
        start, self.place = self.place, self.place + count * dtype.itemsize
        if self.place > len(self.data):
            raise ValueError("an array is longer than its frame")
        return np.frombuffer(self.data, dtype, count, start).reshape(shape).copy()


def send(line: Line, tree: Any) -> None:
    """Send a tree as one frame."""
    data = packed(tree)
    line.sendall(struct.pack("<Q", len(data)) + data)


def received(line: Line) -> Any:
    """The tree of the next frame.

    Raises ValueError for what is no frame, and EOFError at the end of the line.
    """
    (length,) = struct.unpack("<Q", exactly(line, 8))
    if length > LONGEST:
        raise ValueError(f"a frame of {length} bytes")
    return unpacked(exactly(line, length))


def exactly(line: Line, count: int) -> bytes:
    """So many bytes of a line."""
    data = bytearray()
    while len(data) < count:
        piece = line.recv(min(count - len(data), 2**20))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def limit(seconds: float, megabytes: int) -> list[str]:
    """Set the limits that this system knows; which they are."""
    try:
        import resource
    except ImportError:
        return []
    wanted = {
        "CPU": math.ceil(seconds) + 1,
        "AS": megabytes * 2**20,
        "FSIZE": 16 * 2**20,
        "CORE": 0,
        "NPROC": 64,
    }
    done = []
    for name, value in wanted.items():
        with suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
            done.append(name)
    return done


def isolate(hidden: Sequence[str]) -> list[str]:
    """Leave the network and the other processes, where the system allows it.

    The folders of `hidden` look empty afterwards.  Returns what has succeeded.
    """
    if not sys.platform.startswith("linux"):
        return []
    library = ctypes.CDLL(None, use_errno=True)
    done = []
    if not library.unshare(NEWUSER | NEWNET):
        done.append("network")
    mount = library.mount
    if not library.unshare(NEWNS) and not mount(
        b"none", b"/", None, PRIVATE_MOUNTS, None
    ):
        paths = [os.fsencode(path) for path in hidden]
        if not sum(mount(b"none", p, b"tmpfs", READ_ONLY, None) for p in paths):
            done.append("files")
    if not library.unshare(NEWPID):
        enter_own_processes(library)
        done.append("processes")
    library.prctl(DEATH_SIGNAL, signal.SIGKILL)
    return done


def enter_own_processes(library: ctypes.CDLL) -> None:
    """Go on as the first process of a space of its own: all others end with it."""
    child = os.fork()
    if not child:
        return
    library.prctl(DEATH_SIGNAL, signal.SIGKILL)
    os.closerange(3, 64)  # or the grader would not see that the other end hangs up
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(status if status >= 0 else 128 - status)


def refuse_to_open(hidden: Sequence[str]) -> None:
    """Let no file below these folders be opened; a sign, not a wall."""
    folders, real = tuple(path + os.sep for path in hidden), os.path.realpath

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        path = arguments[0] if event == "open" else None
        if isinstance(path, str) and real(path).startswith(folders):
            raise PermissionError("exercises and others' files are not to be read")

    sys.addaudithook(hook)


class Answering:
    """A student's file, loaded, and the functions that it is asked for."""

    def __init__(self, job: dict[str, Any], called: Any, given: dict[str, Any]) -> None:
        self.file: str = job["file"]
        self.failure: dict[str, Any] = {}
        self.names: dict[str, Any] = {"__name__": "student", "__file__": self.file}
        self.given: Any = given.get("given")
        self.called = called
        code = self.compiled(job["source"].tobytes())
        if code is not None:
            self.load(code)

    def compiled(self, source: bytes) -> CodeType | None:
        """The code of the file, or None where it has no right syntax."""
        try:
            return compile(ast.parse(source, self.file), self.file, "exec")
        except SyntaxError as error:
            said = f"the file is no Python: {error.msg}, line {error.lineno}"
            self.failure = failed("syntax", said, error.lineno)
        except (ValueError, RecursionError, MemoryError) as error:
            self.failure = failed("syntax", f"the file is no Python: {error}")
        return None

    def load(self, code: CodeType) -> None:
        """Run the file itself."""
        try:
            exec(code, self.names)
        except BaseException as error:
            failure = self.caught(error)
            if failure["failure"] in ("raised", "stub"):
                failure["failure"] = "syntax"
                failure["message"] = f"the file cannot be run: {failure['message']}"
            self.failure = failure

    def answer(self, name: str, inputs: tuple[Any, ...]) -> dict[str, Any]:
        """What a function of the file makes of its inputs."""
        if self.failure:
            return self.failure
        function = self.names.get(name)
        if not callable(function):
            return failed("missing", f"the file has no function {name}")
        arguments = self.given(*inputs) if self.given else inputs
        try:
            outcome = vars(self.called(function, arguments, self.file))
        except BaseException as error:
            return self.caught(error)
        if outcome["message"].startswith("MemoryError"):
            return self.caught(MemoryError())
        size = sum(array.size for array in outcome["answers"])
        if size > MOST_NUMBERS:
            return failed("type", f"returns {size} numbers")
        message = outcome["message"][:MESSAGE]
        return {**outcome, "answers": list(outcome["answers"]), "message": message}

    def caught(self, error: BaseException) -> dict[str, Any]:
        """An exception of student code."""
        steps = traceback.extract_tb(error.__traceback__)
        lines = [step.lineno for step in steps if step.filename == self.file]
        line = lines[-1] if lines else None
        if isinstance(error, NotImplementedError):
            return failed("stub", "not written yet", line)
        if isinstance(error, MemoryError):
            return failed("memory", "more memory is asked for than is allowed", line)
        if not isinstance(error, Exception):
            name = type(error).__name__
            return failed("crashed", f"the code ends the program ({name})", line)
        try:
            text = str(error)
        except Exception:
            text = ""
        return failed("raised", f"{type(error).__name__}: {text}", line)


def failed(failure: str, message: str, line: int | None = None) -> dict[str, Any]:
    """A call that gave no answer."""
    return {"failure": failure, "message": message[:MESSAGE], "line": line}


def private_line() -> socket.socket:
    """The line to the grader, moved away from the numbers that students may use."""
    line = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return line


def forget_output() -> None:
    """Empty the file that is standard output, if it is one, for what students print."""
    with suppress(OSError):
        os.ftruncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)


def beside(name: str) -> ModuleType:
    """The module of that name beside this one, without the package around it."""
    sys.path.insert(0, os.fspath(Path(__file__).parent))
    module = importlib.import_module(name)
    del sys.path[0]
    return module


def nursery() -> None:
    """Fork a worker for each socket that comes from the grader; return in the worker.

    With a socket comes the folder to work in.  A number alone asks how a worker ended.
    """
    control = socket.socket(fileno=os.dup(0))
    while True:
        words, sockets, _, _ = socket.recv_fds(control, 4096, 1)
        if not words:
            os._exit(0)
        if not sockets:
            pid, status = os.waitpid(int(words), os.WNOHANG)
            code = os.waitstatus_to_exitcode(status) if pid else ALIVE
            control.sendall(ANSWER.pack(code))
            continue
        child = os.fork()
        if not child:
            control.close()
            os.dup2(sockets[0], 0)
            os.close(sockets[0])
            os.setsid()
            os.chdir(words)
            os.environ["HOME"] = os.environ["TMPDIR"] = os.fsdecode(words)
            return
        os.close(sockets[0])
        control.sendall(ANSWER.pack(child))


def main() -> NoReturn:
    """Set up the walls, load the file, and answer until the grader hangs up."""
    line = private_line()
    job = received(line)
    called, standins = beside("outcome").called, beside("standins")
    done = isolate(job["hidden"])
    done += limit(job["seconds"], job["megabytes"])
    sys.path += job["path"]
    given: dict[str, Any] = {"__name__": "given"}
    exec(job["given"], given)
    sys.modules["tinygraph.exercises"] = standins.Silent("tinygraph.exercises")
    if not job["path"]:
        notebook = job["file"].endswith(".ipynb")
        hook = standins.RefusedInNotebook if notebook else standins.Refused
        sys.meta_path.insert(0, hook)
    refuse_to_open(job["hidden"])
    output = standins.Output()
    output.left, sys.stdout = MOST_PRINTED, output.as_text()
    sys.stderr = sys.stdout
    forget_output()
    send(line, done)
    answering = Answering(job, called, given)
    try:
        while True:
            name, inputs = received(line)
            output.left = MOST_PRINTED
            send(line, answering.answer(name, inputs))
    except (EOFError, OSError):
        os._exit(0)


if __name__ == "__main__":
    if "--nursery" in sys.argv:
        nursery()
    main()
