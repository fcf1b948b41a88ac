"""A student's file in a process of its own, with limits; only arrays come back.

What the process prints, and what it says about itself, is used for messages. Points
depend on its arrays alone, which are compared in the grader's process, where no student
code ever runs.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Protocol

from ...errors import FileError, TinygraphError
from ...files import require_regular
from ..language import translated
from . import sentences
from .frames import (
    LONGEST_TREE,
    MOST_PRINTED_BYTES,
    OUT_OF_MEMORY,
    OUT_OF_PROCESSES,
    OUT_OF_SPACE,
    TimedLine,
    receive,
    send,
)
from .job import Limits, Setup, job_of
from .outcome import Outcome, Runner
from .reading import parse_outcome

SCRIPT = Path(__file__).with_name("start.py")
START_SECONDS = 60.0  # that Python and NumPy may need to start
SLOW = 0.1  # seconds that a call may take on average if variants are tried
LIMITS = ("CPU", "AS", "FSIZE", "CORE", "NPROC")
WALLS = ("network", "files", "disk", "processes", *LIMITS)
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "NUMEXPR")
}


TOO_MUCH = {
    OUT_OF_MEMORY: Outcome(failure="memory", message=sentences.NEED_MEMORY_TOGETHER),
    OUT_OF_PROCESSES: Outcome(failure="crashed", message=sentences.STARTS_MANY),
    OUT_OF_SPACE: Outcome(failure="crashed", message=sentences.WRITES_MUCH),
}


class GraderError(TinygraphError, RuntimeError):
    """The grader itself failed: nobody's answer is to blame."""


@contextmanager
def run_file(
    file: str | Path, setup: Setup, limits: Limits | None = None
) -> Iterator[Runner]:
    """Run the functions of a file in another process, until the end of the block.

    Raises FileError if the file cannot be read, GraderError if no process starts.
    """
    require_regular(file)
    try:
        source = Path(file).read_bytes()
    except OSError as error:
        raise FileError(
            translated(
                "{file} cannot be read: {error}", file=file, error=error.strerror
            )
        ) from None
    with run_source(source, str(file), setup, limits or Limits()) as run:
        yield run


@contextmanager
def run_source(
    source: bytes,
    name: str,
    setup: Setup,
    limits: Limits,
    hidden: Sequence[Path] = (),
    starter: Starter | None = None,
) -> Iterator[WorkerProcess]:
    """The same for a source text, which cannot see the folders in `hidden`."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        job = job_of(source, name, setup, limits, hidden)
        worker = WorkerProcess(job, folder, starter or start_process)
        try:
            yield worker
        finally:
            worker.end()


class Process(Protocol):
    """What is asked of a process that was started."""

    returncode: int | None

    def wait(self, timeout: float = ...) -> int:
        """Its exit code, once it has ended."""
        ...

    def end(self) -> int:
        """End it and what it has started; how many others were still running."""
        ...


def require_unix() -> None:
    """Raise GraderError on Windows."""
    if not hasattr(socket, "AF_UNIX"):
        raise GraderError(
            translated("grading needs Linux or macOS: on Windows, use WSL")
        )


# Starts a worker in a folder, with an open socket; what it prints may go to a file.
Starter = Callable[[str, int, Path], Process]


def start_process(folder: str, line: int, log: Path) -> Process:
    """Start a worker for one file."""
    with log.open("wb") as file:
        return StartedProcess(
            [sys.executable, "-I", "-B", str(SCRIPT)],
            stdin=line,
            stdout=file,
            stderr=file,
            cwd=folder,
            env=worker_environment(folder),
            start_new_session=True,
        )


class StartedProcess(subprocess.Popen[bytes]):
    """A worker for one file."""

    def end(self) -> int:
        """End it and its group; that others were still running is not known."""
        for end in (os.kill, os.killpg):
            with suppress(OSError):
                end(self.pid, signal.SIGKILL)
        self.wait()
        return 0


class WorkerProcess:
    """A worker process, started when it is first needed. It is a Runner."""

    def __init__(self, job: dict[str, Any], folder: str, starter: Starter) -> None:
        self.job, self.folder, self.starter = job, folder, starter
        self.process: Process | None = None
        self.line: socket.socket | None = None
        self.log: IO[bytes] | None = None  # what it prints
        self.left = 0.0  # seconds
        self.left_for_variants = float(job["seconds"])
        self.calls, self.spent = 0, 0.0  # seconds
        self.over: dict[str, Outcome] = {}  # of functions that ended their process
        self.walls: list[str] = []
        self.left_over = 0  # processes that were still running at the end

    def __call__(self, name: str, inputs: Sequence[Any]) -> Outcome:
        """What a function of the file returns for these inputs."""
        if name in self.over:
            return self.over[name]
        if self.line is None:
            self.start()
        self.calls += 1
        try:
            outcome = parse_outcome(self.exchange([name, tuple(inputs)]), len(inputs))
        except (OSError, EOFError, ValueError, MemoryError) as error:
            outcome = self.why_no_answer(error)
            self.stop()
            self.over[name] = outcome = replace(outcome, printed=self.read_printed())
            self.end()
            return outcome
        return replace(outcome, printed=self.read_printed())

    def call_alone(self, name: str, inputs: Sequence[Any]) -> Outcome:
        """The same in a new process, which later calls use as well.

        It has only the time that is left.
        """
        left = self.job["seconds"] if self.line is None else self.left
        self.end()
        self.start()
        self.left = left
        return self(name, inputs)

    def call_variant(
        self, functions: str, name: str, inputs: Sequence[Any]
    ) -> Outcome | None:
        """The same if some functions of the file were written like this.

        None as soon as the process has ended, as at its limits, or if calls are slow.
        Variants have as much time as the file itself, so that a slow machine does not
        change what is said.
        """
        if self.line is None or self.spent > SLOW * self.calls:
            return None
        spent, left = self.spent, self.left
        self.left = self.left_for_variants
        question = [name, tuple(inputs), functions]
        try:
            outcome = parse_outcome(self.exchange(question), len(inputs))
        except (OSError, EOFError, ValueError, MemoryError):
            self.end()
            return None
        finally:
            self.left, self.left_for_variants = left, self.left
            self.spent = spent
        self.read_printed()
        return outcome

    @property
    def source(self) -> str:
        """The text of the file."""
        return str(self.job["source"].tobytes().decode(errors="replace"))

    def start(self) -> None:
        """Start a worker. Raises GraderError if it does not start."""
        require_unix()
        self.line, theirs = socket.socketpair()
        log = Path(self.folder, ".printed")
        with theirs:
            self.process = self.starter(self.folder, theirs.fileno(), log)
        if log.exists():
            self.log = log.open("rb")
            log.unlink()
        self.left, spent = START_SECONDS, self.spent
        try:
            said = self.exchange(self.job)
        except (OSError, EOFError, ValueError, TypeError) as error:
            self.stop()
            last = self.read_printed().strip().split("\n")[-1]
            self.end()
            raise GraderError(
                translated("no process starts: {error}", error=last or repr(error))
            ) from None
        self.walls = [wall for wall in WALLS if wall in said]
        self.left, self.spent = self.job["seconds"], spent

    def exchange(self, question: Any) -> Any:
        """Send a frame and wait for the answer, as long as there is time."""
        assert self.line is not None
        line, begin = TimedLine(self.line, self.left), time.monotonic()
        try:
            send(line, question)
            return receive(line, LONGEST_TREE)
        finally:
            seconds = time.monotonic() - begin
            self.left -= seconds
            self.spent += seconds

    def why_no_answer(self, error: Exception) -> Outcome:
        """Why there is no answer."""
        assert self.process is not None
        seconds = self.job["seconds"]
        late = Outcome(
            failure="timeout", message=sentences.NOT_DONE.format(seconds=f"{seconds:g}")
        )
        if isinstance(error, TimeoutError):
            return late
        if isinstance(error, ValueError | MemoryError):
            return Outcome(failure="crashed", message=sentences.NOT_AN_ANSWER)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(1.0)
        code = self.process.returncode
        if code in TOO_MUCH:
            return TOO_MUCH[code]
        if code is not None and (code < 0 or code > 128):
            number = -code if code < 0 else code - 128
            if number == getattr(signal, "SIGXCPU", None):
                return late
            with suppress(ValueError):
                name = signal.Signals(number).name
                return Outcome(
                    failure="crashed",
                    message=sentences.ENDED_BY_SIGNAL.format(name=name),
                )
        return Outcome(failure="crashed", message=sentences.ENDED_IN_CALL)

    def read_printed(self) -> str:
        """What was printed since the last call of this method, up to a limit."""
        if self.log is None:
            return ""
        text = self.log.read(MOST_PRINTED_BYTES)
        self.log.seek(0, os.SEEK_END)
        return text.decode(errors="backslashreplace")

    def end(self) -> None:
        """Stop the worker, and forget what it has printed."""
        self.stop()
        if self.log is not None:
            self.log.close()
        self.log = None

    def stop(self) -> None:
        """Stop the worker and everything that it has started."""
        if self.process is not None:
            self.left_over += self.process.end()
        if self.line is not None:
            self.line.close()
        self.process = self.line = None


def worker_environment(folder: str) -> dict[str, str]:
    """All environment variables that a worker sees."""
    kept = {n: os.environ[n] for n in ("PATH", "LD_LIBRARY_PATH") if n in os.environ}
    return {**kept, **ONE_THREAD, "HOME": folder, "TMPDIR": folder, "LC_ALL": "C.UTF-8"}
