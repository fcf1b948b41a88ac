"""DOT made into a picture by Graphviz: the system's own, or the pip package's."""

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
LIMIT = 60.0  # seconds for one layout: what takes longer, nobody can read


def render(source: str, format: str) -> bytes:
    """The picture that a DOT text describes, as "svg", "png" or "pdf".

    Graphviz gives up on a few graphs whose arrows run in and out of scopes; those are
    drawn without the frames around scopes.

    Raises DrawingError where no Graphviz is found, where it fails, and where it takes
    longer than `LIMIT`.
    """
    if format == "png":
        source = source.replace("{", "{\ngraph [dpi=192]", 1)  # sharp when printed
    reason = ""
    for text in (source, source.replace('subgraph "cluster_', 'subgraph "')):
        try:
            return drawn(text.encode(), format)
        except subprocess.CalledProcessError as error:
            reason = reason or last_line(error)
        except subprocess.TimeoutExpired as error:
            raise DrawingError(
                f"Graphviz was stopped after {error.timeout:g} seconds: draw layers as "
                f"one box, with depth=0, or a tensor that fewer were made into"
            ) from None
        except (OSError, ExecutableNotFound) as error:
            raise DrawingError(f"Graphviz does not start: {error}") from None
    raise DrawingError(f"Graphviz cannot draw this: {reason}")


def drawn(text: bytes, format: str) -> bytes:
    """What the first Graphviz that is found makes of a text; its warnings are lost."""
    if shutil.which("dot"):
        program = command("dot", format)
    else:
        program = [pip_installed(format), f"-T{format}"]
    done = run_check(
        program, input=text, capture_output=True, quiet=True, timeout=LIMIT
    )
    return bytes(done.stdout)


def pip_installed(format: str) -> str:
    """The program of the package graphviz-pure, which draws where no Graphviz is."""
    folder = str(Path(sys.executable).parent)
    name = "graphviz-pure"
    program = shutil.which(name, path=folder) or shutil.which(name)
    if program is None:
        raise DrawingError(
            f"a .{format} needs Graphviz, which is not there: "
            f"pip install graphviz-pure, or {INSTALL}"
        )
    if format == "pdf":
        raise DrawingError(
            f"a .pdf needs the program dot, which graphviz-pure is not: {INSTALL}, "
            f"or save an .svg"
        )
    return program


def last_line(error: subprocess.CalledProcessError) -> str:
    """What a program said before it failed."""
    lines = error.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit status {error.returncode}"
