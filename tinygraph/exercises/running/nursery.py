"""Workers for a whole class: forked from one process that has already loaded NumPy.

That process never runs a student's code; each worker that it forks runs one file.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from ..language import translated
from .bubblewrap import prefix_of_command
from .frames import END, HAS_ENDED, REPLY, STILL_RUNNING, TimedLine, receive, send
from .job import PACKAGE, Limits, folders_to_cover, hidden_from_all
from .process import (
    SCRIPT,
    START_SECONDS,
    GraderError,
    require_unix,
    run_source,
    worker_environment,
)


class Nursery:
    """Starts workers, which cannot see some folders: a context manager.

    `modules` are loaded once for all of them. Several threads may use it.
    """

    def __init__(
        self, hidden: Sequence[Path] = (), modules: Sequence[str] = ()
    ) -> None:
        self.hidden, self.modules = hidden, modules

    def __enter__(self) -> Nursery:
        require_unix()
        self.lock = threading.Lock()
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        Path(self.folder.name).chmod(0o755)  # workers' own folders are mounted on it
        self.left_over = 0  # processes of files that ended the one that starts them
        self.before = adopt_orphans()
        try:
            self.start()
        except GraderError:
            self.folder.cleanup()
            raise
        return self

    def start(self) -> None:
        """Start the process that forks the workers, in bubblewrap if that works."""
        covered = [str(path) for path in folders_to_cover(self.hidden)]
        prefix = prefix_of_command(covered)
        try:
            self.start_with(prefix)
        except GraderError:
            if not prefix:
                raise
            self.start_with([])

    def start_with(self, prefix: list[str]) -> None:
        """Start it, and wait until it is ready. Raises GraderError if it is never."""
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-I", "-B", str(SCRIPT), "--nursery"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=worker_environment(os.fspath(SCRIPT.parent)),
                start_new_session=True,
            )
        scratch = str(Path(self.folder.name).resolve())
        wanted = {
            "hidden": hidden_from_all(self.hidden),
            "scratch": scratch,
            "needed": [str(PACKAGE.parent)],
            "modules": list(self.modules),
        }
        line = TimedLine(self.control, START_SECONDS)
        try:
            send(line, wanted)
            receive(line)
        except (OSError, EOFError, ValueError) as error:
            self.process.kill()
            self.process.wait()
            self.control.close()
            raise GraderError(
                translated("no process starts: {error!r}", error=error)
            ) from None
        self.control.settimeout(None)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self.folder.cleanup()

    def stop(self) -> None:
        """End the process, and all workers with it."""
        was_running = self.is_running()
        self.control.close()
        self.process.kill()
        self.process.wait()
        if not was_running:  # a student's file has ended it, and may have left others
            self.left_over += end_orphans(self.before)

    def is_running(self) -> bool:
        """Whether no student's file has ended the process."""
        return self.process.poll() is None

    def __call__(self, folder: str, line: int, log: Path) -> ForkedProcess:
        """Start a worker in a folder, with an open socket to talk on.

        If a student's file has ended the process, it is started again.
        """
        with self.lock:
            if not self.is_running():
                self.stop()
                self.start()
            parent = self.process
        pid = self.ask(parent, os.fsencode(folder), [line])
        return ForkedProcess(self, parent, pid)

    def ask(
        self, parent: subprocess.Popen[bytes], words: bytes, sockets: Sequence[int] = ()
    ) -> int:
        """What the process answers. Raises GraderError if it is not `parent` any more.

        Its workers have ended with it.
        """
        with self.lock:
            if self.process is parent:
                with suppress(OSError):
                    socket.send_fds(self.control, [words], sockets)
                    data = self.control.recv(REPLY.size)
                    if data:
                        return int(REPLY.unpack(data)[0])
                with suppress(subprocess.TimeoutExpired):
                    parent.wait(1.0)  # it hangs up a moment before it ends
                self.stop()  # from now on, it has ended
        raise GraderError(translated("the process that starts the others has ended"))


@dataclass(frozen=True)
class NoExercise:
    """What running a file that is empty needs to know."""

    given_source: str = ""
    allows_tinygraph: bool = False
    imports: Sequence[str] | None = None


def walls_of_this_system(hidden: Sequence[Path]) -> list[str]:
    """The walls that hold around a file that is empty.

    Raises GraderError if no process starts.
    """
    arguments = b"", "empty.py", NoExercise(), Limits(), hidden
    with Nursery(hidden) as nursery, run_source(*arguments, nursery) as run:
        run.start()
        return run.walls


def adopt_orphans() -> list[int]:
    """Become the parent of processes whose parents end; returns the children so far."""
    if not sys.platform.startswith("linux"):
        return []
    from . import keeping

    keeping.adopt_orphans()
    return keeping.children(os.getpid())


def end_orphans(kept: Collection[int]) -> int:
    """End the processes that this one has adopted; returns how many there were."""
    if not sys.platform.startswith("linux"):
        return 0
    from . import keeping

    return keeping.end_orphans(kept)


class ForkedProcess:
    """A worker of a nursery, to be asked whether it has ended."""

    def __init__(
        self, nursery: Nursery, parent: subprocess.Popen[bytes], pid: int
    ) -> None:
        self.nursery, self.parent, self.pid = nursery, parent, pid
        self.returncode: int | None = None

    def ask(self, request: bytes) -> int:
        """What the nursery answers to a request about this worker."""
        return self.nursery.ask(self.parent, request + str(self.pid).encode())

    def wait(self, timeout: float = 60.0) -> int:
        """Its exit code, once it has ended. Raises subprocess.TimeoutExpired."""
        until = time.monotonic() + timeout
        while self.returncode is None:
            code = self.ask(HAS_ENDED)
            if code != STILL_RUNNING:
                self.returncode = code
            elif time.monotonic() > until:
                raise subprocess.TimeoutExpired("worker", timeout)
            else:
                time.sleep(0.002)
        return self.returncode

    def end(self) -> int:
        """End it and what it has started; how many others were still running."""
        return self.ask(END)
