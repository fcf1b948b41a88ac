"""What replaces tinygraph, and standard output, in a student's process."""

from __future__ import annotations

import builtins
import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

from .sentences import NO_TINYGRAPH

PRINT = print


class RefuseImport:
    """An import hook for a package that students must not use."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Refuse the package, and leave all others to the other hooks."""
        if name.partition(".")[0] == "tinygraph":
            raise ImportError(NO_TINYGRAPH)


class RefuseUse:
    """The same for a notebook, which imports in one place for all exercises.

    Some of them may use tinygraph. So the others may import it too, and calling
    anything in it is the error.
    """

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        """Find the package and all below it, and leave others to the other hooks."""
        if name.partition(".")[0] != "tinygraph":
            return None
        return ModuleSpec(name, cls, is_package=True)  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        """A module that may be imported, and not used."""
        return RefusedModule(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Do nothing: the module has no code."""


class RefusedModule(ModuleType):
    """A module in which every name is something that must not be called."""

    def __init__(self, name: str, why: str = NO_TINYGRAPH) -> None:
        super().__init__(name)
        self.__why__ = why

    def __getattr__(self, name: str) -> RefusedModule:
        if name.startswith("__"):
            raise AttributeError(name)
        return RefusedModule(f"{self.__name__}.{name}", self.__why__)

    def __call__(self, *arguments: object, **options: object) -> NoReturn:
        """Refuse."""
        raise ImportError(self.__why__)


class SilentModule(ModuleType):
    """A module whose functions do nothing, such as `check` in a submitted notebook."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments, **options: None


def print_to_files(*values: object, file: Any = None, **options: Any) -> None:
    """Print, unless it would be dropped: what `print` is while output is dropped."""
    if not isinstance(file or sys.stdout, DroppedOutput):
        PRINT(*values, file=file, **options)


class DroppedOutput(io.TextIOBase):
    """Standard output that drops everything."""

    def write(self, text: str, /) -> int:
        """Drop a text."""
        return len(text)

    def fileno(self) -> int:
        """The file descriptor of standard output."""
        return 1


class CappedOutput(io.RawIOBase):
    """Standard output, and standard error, up to a number of bytes."""

    name = "<stdout>"

    def __init__(self) -> None:
        self.left = 0  # bytes
        options: dict[str, Any] = {"errors": "backslashreplace", "write_through": True}
        self.text = io.TextIOWrapper(self, "utf-8", **options)
        self.dropped = DroppedOutput()

    def allow(self, count: int) -> None:
        """Let this many bytes through from now on, and drop what follows."""
        self.left = count
        self.replace(self.dropped, self.text)

    def replace(self, old: io.TextIOBase, new: io.TextIOBase) -> None:
        """Replace one stream by another, except where student code has put its own."""
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is old:
                setattr(sys, name, new)
        builtins.print = print_to_files if new is self.dropped else PRINT

    def writable(self) -> bool:
        """Always True."""
        return True

    def fileno(self) -> int:
        """The file descriptor of standard output."""
        return 1

    def write(self, data: Any) -> int:
        """Write what there is room for, and never fail."""
        with memoryview(data) as view, suppress(OSError):
            kept = bytes(view[: self.left])
            self.left -= len(kept)
            if kept:
                os.write(1, kept)
        if not self.left:
            self.replace(self.text, self.dropped)
        return len(data)
