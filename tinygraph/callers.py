"""The user's code that calls this package: its frame, and the line that it is at."""

from __future__ import annotations

import linecache
import re
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import networkx as nx
import numpy as np

PACKAGES = tuple(
    str(Path(file).parent) for file in (__file__, np.__file__, nx.__file__ or "")
)
PYTHON = sysconfig.get_path("stdlib")
ONE_FILE = "threadpoolctl.py"  # which opens files where BLAS is told its threads
NOTEBOOK = re.compile(r"ipykernel_\d+|<ipython-input-")  # in the file of a cell
INSTALLED = ("site-packages", "dist-packages")  # in the folder of Python's own modules


@lru_cache(maxsize=1024)
def is_library_file(file: str) -> bool:
    """Whether a file is Python's own, NumPy's, networkx's or this package's.

    >>> is_library_file(np.__file__), is_library_file("train.py")
    (True, False)
    """
    own = file.startswith(PYTHON) and not any(name in file for name in INSTALLED)
    own = own or Path(file).name == ONE_FILE
    return own or file.startswith((*PACKAGES, "<frozen ", "<__array_function__ "))


def users_frame() -> FrameType:
    """The innermost frame that runs a user's code, or else the outermost one."""
    frame = sys._getframe(1)
    while frame.f_back is not None and is_library_file(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


class SourceLine(NamedTuple):
    """A line of a user's code."""

    file: str
    number: int  # from 1

    @property
    def text(self) -> str:
        """The line itself, without indentation; empty if the file cannot be read."""
        return linecache.getline(self.file, self.number).strip()

    @property
    def where(self) -> str:
        """The name of the file, and the line.

        >>> SourceLine("/home/me/train.py", 12).where
        'train.py, line 12'
        """
        name = "notebook" if NOTEBOOK.search(self.file) else Path(self.file).name
        return f"{name}, line {self.number}"

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"


def line_of_user() -> SourceLine:
    """The line that the user's code is at."""
    frame = users_frame()
    return SourceLine(frame.f_code.co_filename, frame.f_lineno)
