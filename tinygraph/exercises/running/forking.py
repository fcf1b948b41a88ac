"""The process that starts the workers of a class, which never runs a student's code.

It has loaded NumPy and stands behind walls already, so that each worker that it forks
needs only what no other worker may share.
"""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from .frames import END, REPLY, STILL_RUNNING, receive, send
from .keeping import adopt_orphans, children, end_process
from .walls import Surroundings, surround


def fork_on_request() -> Surroundings:
    """Fork a worker for each socket that the grader sends; return in the worker.

    With a socket comes the folder to work in. Other requests ask how a worker ended, or
    end it, which is answered with the number of processes that it had left.
    """
    control = socket.socket(fileno=os.dup(0))
    wanted = receive(control)
    around = surround(wanted["hidden"], wanted["scratch"], wanted["needed"])
    adopt_orphans()
    load_before_forking(wanted["modules"])
    send(control, around.walls)
    workers = Workers()
    while True:
        words, sockets, _, _ = socket.recv_fds(control, 4096, 1)
        if not words:
            os._exit(0)
        if not sockets:
            control.sendall(REPLY.pack(workers.answer(words[:1], int(words[1:]))))
            continue
        child = os.fork()
        if not child:
            control.close()
            enter(around.scratch or os.fsdecode(words), sockets[0])
            return around
        os.close(sockets[0])
        workers.codes[child] = STILL_RUNNING
        control.sendall(REPLY.pack(child))


def load_before_forking(modules: Sequence[str]) -> None:
    """Load what many workers would load."""
    for name in modules:
        with suppress(ImportError):
            import_module(name)
    gc.collect()
    gc.freeze()  # or each worker would copy the memory in which objects are counted


class Workers:
    """The workers that were forked."""

    def __init__(self) -> None:
        self.codes: dict[int, int] = {}  # how each worker ended
        self.doomed: set[int] = set()  # others that were told to end

    def answer(self, request: bytes, pid: int) -> int:
        """The answer to a request that concerns a worker."""
        left = self.end(pid) if request == END else 0
        self.wait()
        return left if request == END else self.codes.get(pid, -1)

    def end(self, pid: int) -> int:
        """End a worker; returns how many processes it had left."""
        worker = children(pid)[:1]  # of the process that waits for it
        found = end_process(pid, {*self.codes, *self.doomed})
        self.doomed |= found
        return len(found - {*worker})

    def wait(self) -> None:
        """Note how the workers ended that have ended; forget other processes."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self.doomed.discard(ended[0])
                if ended[0] in self.codes:
                    self.codes[ended[0]] = os.waitstatus_to_exitcode(ended[1])


def enter(folder: str, line: int) -> None:
    """Make a process that was forked work in a folder, with a socket as its input."""
    os.dup2(line, 0)
    os.close(line)
    os.setsid()
    Path(folder).mkdir(parents=True, exist_ok=True)  # bubblewrap may have hidden it
    os.chdir(folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = folder
