"""Rendering DOT with Graphviz: the system's, or that of a pip package."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from graphviz import ExecutableNotFound
from graphviz.backend.dot_command import command
from graphviz.backend.execute import run_check

from ..errors import DrawingError

INSTALL = "install Graphviz (https://graphviz.org/download)"
LIMIT = 60.0  # seconds for one layout: what takes longer is illegible anyway


def render(source: str, format: str) -> bytes:
    """The picture that a DOT text describes, as "svg", "png" or "pdf".

    Graphviz fails on a few graphs whose arrows run in and out of clusters; those are
    drawn without the clusters of rows, or else without the frames around scopes.

    Raises DrawingError if Graphviz is not found, if it fails, and if it takes longer
    than `LIMIT`.
    """
    if format == "png":
        source = source.replace("{", "{\ngraph [dpi=192]", 1)  # sharp when printed
    reason = ""
    without_rows = source.replace('subgraph "cluster//', 'subgraph "//')
    without_any = without_rows.replace('subgraph "cluster_', 'subgraph "')
    for text in (source, without_rows, without_any):
        try:
            return run_graphviz(text.encode(), format)
        except subprocess.CalledProcessError as error:
            reason = reason or last_line(error)
        except subprocess.TimeoutExpired as error:
            raise DrawingError(
                f"Graphviz was stopped after {error.timeout:g} seconds: draw each "
                f"layer as one box with depth=0, or a tensor with a smaller graph"
            ) from None
        except (OSError, ExecutableNotFound) as error:
            raise DrawingError(f"Graphviz cannot be started: {error}") from None
    raise DrawingError(f"Graphviz cannot draw this: {reason}")


def run_graphviz(text: bytes, format: str) -> bytes:
    """The output of the first Graphviz that is found; its warnings are dropped."""
    if shutil.which("dot"):
        program = command("dot", format)
    else:
        program = [pip_installed(format), f"-T{format}"]
    done = run_check(
        program, input=text, capture_output=True, quiet=True, timeout=LIMIT
    )
    return bytes(done.stdout)


def pip_installed(format: str) -> str:
    """The program of the package graphviz-pure, used if `dot` is not installed."""
    folder = str(Path(sys.executable).parent)
    name = "graphviz-pure"
    program = shutil.which(name, path=folder) or shutil.which(name)
    if program is None:
        raise DrawingError(
            f"a .{format} needs Graphviz, which is not installed: "
            f"pip install graphviz-pure, or {INSTALL}"
        )
    if format == "pdf":
        raise DrawingError(
            f"a .pdf needs the program dot, which graphviz-pure lacks: {INSTALL}, "
            f"or save an .svg"
        )
    return program


def last_line(error: subprocess.CalledProcessError) -> str:
    """The last line that a program printed before it failed."""
    lines = error.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit status {error.returncode}"
