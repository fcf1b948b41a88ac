"""A worker process: it loads one student's file, gets inputs and sends back arrays.

It talks to the grader on a socket, which is its standard input when it starts. What
students print goes to a file, or nowhere, and never between the frames.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from contextlib import suppress
from typing import Any, NoReturn

from . import standins
from .allowed_imports import AllowedImports
from .frames import MOST_CHARACTERS, MOST_PRINTED_BYTES, receive, send
from .outcome import Outcome
from .student_file import StudentFile
from .walls import isolate, refuse_to_open, set_limits

REPLY, STILL_RUNNING = struct.Struct("<q"), 2**20  # of a nursery: a number, or not yet


def work() -> NoReturn:
    """Set up the walls, load the file, and answer until the grader hangs up."""
    line = take_line()
    job = receive(line)
    done = isolate([*job["hidden"], *job["private"]], job["scratch"])
    done += set_limits(job["seconds"], job["megabytes"])
    sys.path += job["path"]
    given: dict[str, Any] = {"__name__": "given"}
    exec(job["given"], given)
    put_standins(job)
    refuse_to_open(job["hidden"])
    output = standins.CappedOutput()
    sys.stdout = sys.stderr = output.text
    output.allow(MOST_PRINTED_BYTES)
    empty_output()
    send(line, done)
    file = StudentFile(job, given)
    try:
        while True:
            name, inputs = receive(line)
            output.allow(MOST_PRINTED_BYTES)
            send(line, as_data(file.call(name, inputs)))
    except (EOFError, OSError):
        os._exit(0)


def as_data(outcome: Outcome) -> dict[str, Any]:
    """An outcome as data that can be sent."""
    message = outcome.message[:MOST_CHARACTERS]
    return {**vars(outcome), "results": list(outcome.results), "message": message}


def put_standins(job: dict[str, Any]) -> None:
    """Put stand-ins where students must not find the real tinygraph."""
    silent = standins.SilentModule("tinygraph.exercises")
    sys.modules["tinygraph.exercises"] = silent
    in_notebook = job["file"].endswith(".ipynb")
    if not job["path"]:
        hook = standins.RefuseUse if in_notebook else standins.RefuseImport
        sys.meta_path.insert(0, hook)
    if job["imports"] is not None:
        AllowedImports(job["imports"], in_notebook).install()


def take_line() -> socket.socket:
    """The socket to the grader, moved away from the numbers that students may use."""
    line = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return line


def empty_output() -> None:
    """Empty the file that is standard output, if it is a file."""
    with suppress(OSError):
        os.ftruncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)


def fork_on_request() -> None:
    """Fork a worker for each socket that the grader sends; return in the worker.

    With a socket comes the folder to work in. A number alone asks how a worker ended.
    """
    control = socket.socket(fileno=os.dup(0))
    while True:
        words, sockets, _, _ = socket.recv_fds(control, 4096, 1)
        if not words:
            os._exit(0)
        if not sockets:
            pid, status = os.waitpid(int(words), os.WNOHANG)
            code = os.waitstatus_to_exitcode(status) if pid else STILL_RUNNING
            control.sendall(REPLY.pack(code))
            continue
        child = os.fork()
        if not child:
            control.close()
            enter(os.fsdecode(words), sockets[0])
            return
        os.close(sockets[0])
        control.sendall(REPLY.pack(child))


def enter(folder: str, line: int) -> None:
    """Make a process that was forked work in a folder, with a socket as its input."""
    os.dup2(line, 0)
    os.close(line)
    os.setsid()
    os.chdir(folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = folder
