"""A student's file in a process of its own, with limits; only arrays come back.

What the process prints, and what it says about itself, is used for messages.  Points
come of its arrays alone, which are compared here, where the student's code has never
been.
"""

from __future__ import annotations

import ast
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from site import getsitepackages
from typing import IO, Any, Protocol

import numpy as np

from ..errors import FileError, TinygraphError
from ..files import require_regular
from .exercise import Exercise
from .outcome import Outcome, Runner
from .worker import MESSAGE, MOST_PRINTED, received, send

WORKER = Path(__file__).with_name("worker.py")
PACKAGE = Path(__file__).parents[1]
START = 60.0  # seconds that Python and NumPy may need to start
ALLOWED = "ALLOWS_TINYGRAPH = True"
MOST_RESULTS = 100
FAILURES = ("stub", "missing", "syntax", "raised", "type", "memory", "crashed")
WALLS = ("network", "files", "processes", "CPU", "AS", "FSIZE", "CORE", "NPROC")
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "NUMEXPR")
}


class GraderError(TinygraphError, RuntimeError):
    """The grader itself failed: nobody's answer is to blame."""


@dataclass(frozen=True)
class Limits:
    """What a student's file may use."""

    seconds: float = 10.0
    megabytes: int = 1024


def copies() -> list[Path]:
    """Every copy of this package that Python could find: none may be read.

    One that is installed may stand beside one that is worked on.
    """
    places = {Path(place).resolve() for place in [*sys.path, *getsitepackages()]}
    found = {place / PACKAGE.name for place in places}
    return [PACKAGE, *sorted(path for path in found - {PACKAGE} if path.is_dir())]


@contextmanager
def running(
    file: str | Path, exercise: Exercise, limits: Limits | None = None
) -> Iterator[Runner]:
    """Run the functions of a file in another process, until the end of the block.

    Raises FileError where the file cannot be read, GraderError where no process starts.
    """
    require_regular(file)
    try:
        source = Path(file).read_bytes()
    except OSError as error:
        raise FileError(f"{file} cannot be read: {error.strerror}") from None
    with running_source(source, str(file), exercise, limits or Limits()) as run:
        yield run


@contextmanager
def running_source(
    source: bytes,
    name: str,
    exercise: Exercise,
    limits: Limits,
    hidden: Sequence[Path] = (),
    starter: Starter | None = None,
) -> Iterator[Child]:
    """The same for a source text; the folders of `hidden` are out of its sight."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        job = job_of(source, name, exercise, limits, hidden, folder)
        child = Child(job, folder, starter or started)
        try:
            yield child
        finally:
            child.end()


def job_of(
    source: bytes,
    name: str,
    exercise: Exercise,
    limits: Limits,
    hidden: Sequence[Path],
    folder: str,
) -> dict[str, Any]:
    """What a worker must know."""
    allowed = allows_tinygraph(exercise)
    inner = Path(__file__).parent.relative_to(PACKAGE) if allowed else Path()
    own = [copy / inner for copy in copies() if (copy / inner).is_dir()]
    needed = [Path(p).resolve() for p in (sys.prefix, sys.base_prefix, folder, PACKAGE)]
    others = [
        path
        for path in (p.resolve() for p in hidden)
        if path.is_dir() and not any(n.is_relative_to(path) for n in needed)
    ]
    return {
        "source": np.frombuffer(source, np.uint8),
        "file": name,
        "given": exercise.source_of("given") if exercise.given else "",
        "path": [str(PACKAGE.parent)] if allowed else [],
        "hidden": [str(path) for path in [*own, *others]],
        "seconds": limits.seconds,
        "megabytes": limits.megabytes,
    }


def allows_tinygraph(exercise: Exercise) -> bool:
    """Whether the exercise's file says ALLOWS_TINYGRAPH = True, or imports it."""
    for node in ast.parse(exercise.source).body:
        if isinstance(node, ast.Import):
            if any(alias.name == "tinygraph" for alias in node.names):
                return True
        elif isinstance(node, ast.Assign) and ast.unparse(node) == ALLOWED:
            return True
    return False


class Process(Protocol):
    """What is asked of a process that was started."""

    pid: int
    returncode: int | None

    def wait(self, timeout: float = ...) -> int:
        """Its exit code, once it has ended."""


# Starts a worker in a folder, with an open socket; what it prints may go to a file.
Starter = Callable[[str, int, Path], Process]


def started(folder: str, line: int, log: Path) -> Process:
    """Start a worker for one file."""
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-I", "-B", str(WORKER)],
            stdin=line,
            stdout=file,
            stderr=file,
            cwd=folder,
            env=environment(folder),
            start_new_session=True,
        )


class Child:
    """A worker process, started when it is first needed.  It is a Runner."""

    def __init__(self, job: dict[str, Any], folder: str, starter: Starter) -> None:
        self.job, self.folder, self.starter = job, folder, starter
        self.process: Process | None = None
        self.line: socket.socket | None = None
        self.log: IO[bytes] | None = None  # what it prints
        self.left = 0.0  # seconds
        self.over: dict[str, Outcome] = {}  # of functions that ended their process
        self.walls: list[str] = []

    def __call__(self, name: str, inputs: Sequence[Any]) -> Outcome:
        """What a function of the file makes of these inputs."""
        if name in self.over:
            return self.over[name]
        if self.line is None:
            self.start()
        try:
            outcome = outcome_of(self.exchanged([name, tuple(inputs)]), len(inputs))
        except (OSError, EOFError, ValueError, MemoryError) as error:
            outcome = self.ended(error)
            self.stop()
            self.over[name] = outcome = replace(outcome, printed=self.printed())
            self.end()
            return outcome
        return replace(outcome, printed=self.printed())

    def start(self) -> None:
        """Start a worker.  Raises GraderError where it does not come up."""
        if not hasattr(socket, "AF_UNIX"):
            raise GraderError("grading needs Linux or macOS: on Windows, use WSL")
        self.line, theirs = socket.socketpair()
        log = Path(self.folder, ".printed")
        with theirs:
            self.process = self.starter(self.folder, theirs.fileno(), log)
        if log.exists():
            self.log = log.open("rb")
            log.unlink()
        self.left = START
        try:
            said = self.exchanged(self.job)
        except (OSError, EOFError, ValueError, TypeError) as error:
            self.stop()
            last = self.printed().strip().split("\n")[-1]
            self.end()
            raise GraderError(f"no process starts: {last or repr(error)}") from None
        self.walls = [wall for wall in WALLS if wall in said]
        self.left = self.job["seconds"]

    def exchanged(self, question: Any) -> Any:
        """Send a frame and wait for the answer, as long as there is time."""
        assert self.line is not None
        line, begin = Timed(self.line, self.left), time.monotonic()
        try:
            send(line, question)
            return received(line)
        finally:
            self.left -= time.monotonic() - begin

    def ended(self, error: Exception) -> Outcome:
        """Why there is no answer."""
        assert self.process is not None
        seconds = self.job["seconds"]
        late = Outcome(failure="timeout", message=f"not done after {seconds:g} seconds")
        if isinstance(error, TimeoutError):
            return late
        if isinstance(error, ValueError | MemoryError):
            return Outcome(failure="crashed", message="sends back what is no answer")
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(1.0)
        code = self.process.returncode
        if code is not None and (code < 0 or code > 128):
            number = -code if code < 0 else code - 128
            if number == getattr(signal, "SIGXCPU", None):
                return late
            with suppress(ValueError):
                name = signal.Signals(number).name
                return Outcome(
                    failure="crashed", message=f"the program was ended by {name}"
                )
        return Outcome(
            failure="crashed", message="the program ended in the middle of a call"
        )

    def printed(self) -> str:
        """What was printed since this was asked before, as far as anybody reads it."""
        if self.log is None:
            return ""
        text = self.log.read(MOST_PRINTED)
        self.log.seek(0, os.SEEK_END)
        return text.decode(errors="backslashreplace")

    def end(self) -> None:
        """Stop the worker, and forget what it has printed."""
        self.stop()
        if self.log is not None:
            self.log.close()
        self.log = None

    def stop(self) -> None:
        """Stop the worker with everything that it has started."""
        if self.line is not None:
            self.line.close()
        if self.process is not None:
            with suppress(OSError):
                os.kill(self.process.pid, signal.SIGKILL)
            with suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = self.line = None


class Timed:
    """A line on which all sending and receiving together has so many seconds."""

    def __init__(self, line: socket.socket, seconds: float) -> None:
        self.line, self.until = line, time.monotonic() + seconds

    def recv(self, count: int) -> bytes:
        """The next bytes, at most so many."""
        return self.timed().recv(count)

    def sendall(self, data: bytes) -> None:
        """Send all bytes."""
        self.timed().sendall(data)

    def timed(self) -> socket.socket:
        """The line, for as long as there is time."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.line.settimeout(left)
        return self.line


def environment(folder: str) -> dict[str, str]:
    """All that a worker sees of the environment."""
    kept = {n: os.environ[n] for n in ("PATH", "LD_LIBRARY_PATH") if n in os.environ}
    return {**kept, **ONE_THREAD, "HOME": folder, "TMPDIR": folder, "LC_ALL": "C.UTF-8"}


def outcome_of(said: Any, inputs: int) -> Outcome:
    """What a worker sends, which may be anything, as an outcome.

    Raises ValueError where it is none.
    """
    if not isinstance(said, dict):
        raise ValueError("no outcome")
    failure = said.get("failure")
    if failure:
        if failure not in FAILURES:
            raise ValueError("no such failure")
        line = said.get("line")
        return Outcome(
            failure=failure,
            message=printable(str(said.get("message", ""))),
            line=line if type(line) is int else None,
        )
    answers, changed = said.get("answers"), said.get("changed")
    if not isinstance(answers, list) or not isinstance(changed, list | tuple):
        raise ValueError("no answers")
    if len(answers) > MOST_RESULTS or not all(map(is_answer, answers)):
        raise ValueError("no arrays")
    places = tuple(n for n in range(inputs) if n in changed)
    return Outcome(tuple(answers), said.get("several") is True, changed=places)


def is_answer(value: Any) -> bool:
    """Whether something is a plain array of float64."""
    return type(value) is np.ndarray and value.dtype == np.float64


def printable(text: str) -> str:
    """A text that any file can take: on one line, without control characters."""
    return "".join(c if c.isprintable() else " " for c in text[:MESSAGE]).strip()
