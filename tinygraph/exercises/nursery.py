"""Workers for a whole class: forked from one process that has NumPy loaded already.

That process never runs a student's code; each worker that it forks runs one file.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from .process import WORKER, GraderError, environment
from .worker import ALIVE, ANSWER


class Nursery:
    """Starts workers.  It is a context manager, and may be used by several threads."""

    def __enter__(self) -> Nursery:
        self.lock = threading.Lock()
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-B", str(WORKER), "--nursery"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(os.fspath(WORKER.parent)),
                start_new_session=True,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.control.close()
        self.process.kill()
        self.process.wait()

    def __call__(self, folder: str, line: int, log: Path) -> Forked:
        """Start a worker in a folder, with an open socket to talk on."""
        return Forked(self, self.asked(os.fsencode(folder), [line]))

    def asked(self, words: bytes, sockets: list[int]) -> int:
        """What the process says to a question.  Raises GraderError where it is gone."""
        with self.lock, suppress(OSError):
            socket.send_fds(self.control, [words], sockets)
            data = self.control.recv(ANSWER.size)
            if data:
                return int(ANSWER.unpack(data)[0])
        raise GraderError("the process that starts the others is gone")


class Forked:
    """A worker of a nursery, to be asked whether it has ended."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.nursery, self.pid = nursery, pid
        self.returncode: int | None = None

    def wait(self, timeout: float = 60.0) -> int:
        """Its exit code, once it has ended.  Raises subprocess.TimeoutExpired."""
        until = time.monotonic() + timeout
        while self.returncode is None:
            code = self.nursery.asked(str(self.pid).encode(), [])
            if code != ALIVE:
                self.returncode = code
            elif time.monotonic() > until:
                raise subprocess.TimeoutExpired("worker", timeout)
            else:
                time.sleep(0.002)
        return self.returncode
