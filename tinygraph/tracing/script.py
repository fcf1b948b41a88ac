"""Running somebody's script, to trace a tensor that it has made."""

from __future__ import annotations

import io
import sys
import traceback
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from ..errors import ArgumentError, FileError
from ..files import expanded, require_regular
from ..tensor import Tensor

MOST_NAMES = 12


class ScriptError(Exception):
    """The script itself failed; the text is its own traceback."""


def tensor_in(target: str) -> Tensor:
    """Run the script of "script.py:name" and give its tensor `name`, or else `loss`.

    Raises FileError where the script cannot be read, ScriptError where it fails, and
    ArgumentError where it makes no such tensor, or one that is no single number.
    """
    path, name = split(target)
    values = run(path)
    if name not in values:
        raise ArgumentError(f"{path} makes no `{name}`: {instead(path, values)}")
    tensor = values[name]
    if not isinstance(tensor, Tensor):
        raise ArgumentError(
            f"`{name}` in {path} is of type {type(tensor).__name__}, which nothing was "
            f"recorded for: {instead(path, values)}"
        )
    if tensor.size != 1:
        raise ArgumentError(
            f"`{name}` in {path} has the shape {tensor.shape}, and a backward pass "
            f"begins at one number: let the script make one of it, as in "
            f"loss = {name}.sum()"
        )
    return tensor


def split(target: str) -> tuple[Path, str]:
    """The path and the name, `loss` where none is given.

    >>> split("net.py:error")[1], split("net.py")[1]
    ('error', 'loss')
    """
    path, colon, name = target.rpartition(":")
    if not colon or not name.isidentifier() or expanded(target).exists():
        return expanded(target), "loss"
    return expanded(path), name


def instead(path: Path, values: dict[str, Any]) -> str:
    """The tensors that a script does make, and how to ask for one."""
    names = [name for name, value in values.items() if isinstance(value, Tensor)]
    if not names:
        return "it makes no tensor outside its functions; keep the loss in a variable"
    shown = ", ".join(names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"its tensors are {shown}{more}; choose one with {path}:NAME"


def run(path: Path) -> dict[str, Any]:
    """All that a script has at its end, run as `python script.py` would run it.

    `sys.exit()` ends it well; with an error code it ends the whole program.
    """
    content = read(path)
    module = ModuleType("__main__")
    module.__dict__.update(__file__=str(path), __builtins__=__builtins__)
    before = sys.modules["__main__"], sys.argv, sys.path
    sys.modules["__main__"], sys.argv = module, [str(path)]
    sys.path = [str(path.resolve().parent), *sys.path]
    try:
        exec(compile(content, str(path), "exec"), module.__dict__)
    except SystemExit as left:
        if left.code not in (None, 0):
            raise
    except Exception as error:
        raise ScriptError(told(error, path)) from None
    finally:
        sys.modules["__main__"], sys.argv, sys.path = before
    return vars(module)


def read(path: Path) -> bytes:
    """The bytes of a script."""
    if path.is_dir():
        raise FileError(f"{path} is a folder: give the path of a script, a .py file")
    require_regular(path)
    try:
        with io.open_code(str(path.resolve())) as file:
            return file.read()
    except FileNotFoundError:
        raise FileError(f"{path} does not exist: give the path of a script") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}") from None


def told(error: Exception, path: Path) -> str:
    """The traceback of an error from the script's own lines on."""
    place: TracebackType | None = error.__traceback__
    while place is not None and place.tb_frame.f_code.co_filename != str(path):
        place = place.tb_next
    return "".join(traceback.format_exception(type(error), error, place))
