"""A worker process: it loads one student's file, gets inputs and sends back arrays.

It talks to the grader on a socket, which is its standard input when it starts. What
students print goes to a file, or nowhere, and never between the frames.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from . import standins
from .allowed_imports import AllowedImports
from .frames import MOST_CHARACTERS, MOST_PRINTED_BYTES, receive, send
from .outcome import Outcome
from .student_file import StudentFile
from .walls import Surroundings, isolate, refuse_to_open, set_limits, surround


def work(around: Surroundings | None = None) -> NoReturn:
    """Set up the walls, load the file, and answer until the grader hangs up."""
    line = take_line()
    job = receive(line)
    hidden = [*job["hidden"], *job["private"]]
    if around is None:
        around = surround(hidden, str(Path.cwd()), job["path"])
    done = isolate(hidden, around, job["megabytes"])
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
            name, inputs, *functions = receive(line)
            output.allow(MOST_PRINTED_BYTES)
            if functions:
                outcome = file.call_variant(functions[0], name, inputs)
            else:
                outcome = file.call(name, inputs)
            send(line, as_data(outcome))
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
