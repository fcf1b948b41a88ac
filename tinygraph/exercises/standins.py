"""What stands in a student's process for things that are not to be had there.

The worker loads this file from beside itself, and it knows nothing of the package.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

REASON = "tinygraph may not be used in this exercise"


class Refused:
    """An import hook for a package that students must not use."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Refuse the package, and leave all others to the other hooks."""
        if name.partition(".")[0] == "tinygraph":
            raise ImportError(REASON)


class RefusedInNotebook:
    """The same for a notebook, which has one place for the imports of all exercises.

    Some of them may use tinygraph.  So to import it does no harm in the others, and to
    call anything of it is the error.
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
        """What is imported."""
        return Unusable(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """There is nothing to run."""


class Unusable(ModuleType):
    """A module in which every name means something that must not be called."""

    def __getattr__(self, name: str) -> Unusable:
        if name.startswith("__"):
            raise AttributeError(name)
        return Unusable(f"{self.__name__}.{name}")

    def __call__(self, *arguments: object, **options: object) -> NoReturn:
        """Refuse."""
        raise ImportError(REASON)


class Silent(ModuleType):
    """A module whose functions do nothing: `check` in a notebook that is handed in."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments, **options: None


class Output(io.RawIOBase):
    """Standard output, as long as bytes are `left`; what comes later is lost."""

    left = 0
    name = "<stdout>"

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The number of standard output."""
        return 1

    def write(self, data: Any) -> int:
        """Write what there is room for, and never fail."""
        with memoryview(data) as view, suppress(OSError):
            kept = bytes(view[: self.left])
            self.left -= len(kept)
            os.write(1, kept)
        return len(data)

    def as_text(self) -> io.TextIOWrapper:
        """The same for text, none of which waits."""
        options: dict[str, Any] = {"errors": "backslashreplace", "write_through": True}
        return io.TextIOWrapper(self, "utf-8", **options)
