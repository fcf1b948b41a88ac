"""The modules that an answer may import, where its exercise names them."""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from types import FrameType, ModuleType
from typing import Any

from .sentences import ONLY_STANDARD, ONLY_THESE
from .standins import RefusedModule
from .student_file import MODULE_NAME

IMPORT, IMPORT_MODULE = builtins.__import__, importlib.import_module


def refusal_of(module: str, allowed: Sequence[str] | None) -> str:
    """Why a module may not be imported; empty if it may.

    `allowed` names modules, each of which includes all below it; None allows
    everything. The standard library is always allowed. tinygraph is not decided here.

    >>> refusal_of("numpy.linalg", ["numpy"]), refusal_of("math", ["numpy"])
    ('', '')
    >>> print(refusal_of("torch.autograd", ["numpy", "jax"]))
    torch may not be imported here; allowed besides the standard library: numpy, jax
    """
    package = module.partition(".")[0]
    if allowed is None or package in {*sys.stdlib_module_names, "tinygraph"}:
        return ""
    if any(f"{module}.".startswith(f"{name}.") for name in allowed):
        return ""
    below = any(name.startswith(f"{package}.") for name in allowed)
    refused = module if below else package
    if not allowed:
        return ONLY_STANDARD.format(module=refused)
    return ONLY_THESE.format(module=refused, names=", ".join(allowed))


def refusal_of_names(
    module: str, names: Sequence[str] | None, allowed: Sequence[str] | None
) -> str:
    """Why an `import` or `from ... import` is refused; empty if it is not."""
    refused = refusal_of(module, allowed)
    inner = [refusal_of(f"{module}.{name}", allowed) for name in names or ()]
    return refused and next(filter(None, inner), "" if inner else refused)


class AllowedImports:
    """What replaces imports in a worker: the student's own code gets allowed modules.

    In a file, importing another module is an error. In a notebook, which imports in
    one place for all exercises, using it is. Modules import each other as always.
    """

    def __init__(self, allowed: Sequence[str], in_notebook: bool) -> None:
        self.allowed, self.in_notebook = allowed, in_notebook

    def install(self) -> None:
        """Replace the import statement, and the function beside it."""
        builtins.__import__ = self.import_names
        importlib.import_module = self.import_module

    def import_names(
        self,
        name: str,
        globals: Any = None,
        locals: Any = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """What an `import` statement calls.

        So does NumPy's compiled code, in the frame that called it, but with a list.
        """
        if is_student(sys._getframe(1)) and not isinstance(fromlist, list):
            refused = refusal_of_names(name, fromlist, self.allowed)
            if refused and is_there(name):
                return self.refuse(name if fromlist else name.split(".")[0], refused)
        return IMPORT(name, globals, locals, fromlist or (), level)

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        """What replaces `importlib.import_module`."""
        if is_student(sys._getframe(1)):
            refused = refusal_of(name, self.allowed)
            if refused and is_there(name):
                return self.refuse(name, refused)
        return IMPORT_MODULE(name, package)

    def refuse(self, name: str, why: str) -> ModuleType:
        """A module that must not be used. Raises ImportError in a file."""
        if not self.in_notebook:
            raise ImportError(why)
        return RefusedModule(name, why)


def is_there(module: str) -> bool:
    """Whether a module can be imported; if not, Python says so better."""
    try:
        return find_spec(module.partition(".")[0]) is not None
    except ValueError:  # a module that was made by hand
        return True


def is_student(frame: FrameType | None) -> bool:
    """Whether a frame runs code of the student, or what such code gave to `exec`."""
    while frame is not None and "__name__" not in frame.f_globals:
        frame = frame.f_back
    return frame is not None and frame.f_globals["__name__"] == MODULE_NAME
