"""Workers for a whole class: forked from one process that has already loaded NumPy.

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

from .process import SCRIPT, GraderError, worker_environment
from .worker import REPLY, STILL_RUNNING


class Nursery:
    """Starts workers: a context manager, which several threads may use."""

    def __enter__(self) -> Nursery:
        self.lock = threading.Lock()
        self.start()
        return self

    def start(self) -> None:
        """Start the process that forks the workers."""
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-B", str(SCRIPT), "--nursery"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=worker_environment(os.fspath(SCRIPT.parent)),
                start_new_session=True,
            )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process, and all workers with it."""
        self.control.close()
        self.process.kill()
        self.process.wait()

    def __call__(self, folder: str, line: int, log: Path) -> ForkedProcess:
        """Start a worker in a folder, with an open socket to talk on.

        If a student's file has ended the process, it is started again.
        """
        with self.lock:
            if self.process.poll() is not None:
                self.stop()
                self.start()
            parent = self.process
        pid = self.ask(parent, os.fsencode(folder), [line])
        return ForkedProcess(self, parent, pid)

    def ask(
        self, parent: subprocess.Popen[bytes], words: bytes, sockets: list[int]
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
                self.stop()  # it hung up: from now on, it has ended
        raise GraderError("the process that starts the others has ended")


class ForkedProcess:
    """A worker of a nursery, to be asked whether it has ended."""

    def __init__(
        self, nursery: Nursery, parent: subprocess.Popen[bytes], pid: int
    ) -> None:
        self.nursery, self.parent, self.pid = nursery, parent, pid
        self.returncode: int | None = None

    def wait(self, timeout: float = 60.0) -> int:
        """Its exit code, once it has ended. Raises subprocess.TimeoutExpired."""
        until = time.monotonic() + timeout
        while self.returncode is None:
            code = self.nursery.ask(self.parent, str(self.pid).encode(), [])
            if code != STILL_RUNNING:
                self.returncode = code
            elif time.monotonic() > until:
                raise subprocess.TimeoutExpired("worker", timeout)
            else:
                time.sleep(0.002)
        return self.returncode
