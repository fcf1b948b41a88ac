"""Running a user's script, to trace a tensor that it computes."""

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


def tensor_of_script(target: str) -> tuple[Tensor, dict[str, Any]]:
    """Run the script in "script.py:name" for its tensor `name`, or `loss`.

    Returns the tensor and all variables of the script.

    Raises FileError if the script cannot be read, ScriptError if it fails, and
    ArgumentError if it computes no such tensor, or one with more than one element.
    """
    path, name = path_and_name(target)
    values = run_script(path)
    if name not in values:
        raise ArgumentError(
            f"{path} has no variable `{name}`: {tensors_to_choose(path, values)}"
        )
    tensor = values[name]
    if not isinstance(tensor, Tensor):
        raise ArgumentError(
            f"`{name}` in {path} is of type {type(tensor).__name__}, not a tensor: "
            f"{tensors_to_choose(path, values)}"
        )
    if tensor.size != 1:
        raise ArgumentError(
            f"`{name}` in {path} has shape {tensor.shape}, but a backward pass starts "
            f"from a single number: reduce it in the script, as in loss = {name}.sum()"
        )
    return tensor, values


def path_and_name(target: str) -> tuple[Path, str]:
    """The path and the name, `loss` if there is none.

    >>> path_and_name("net.py:error")[1], path_and_name("net.py")[1]
    ('error', 'loss')
    """
    path, colon, name = target.rpartition(":")
    if not colon or not name.isidentifier() or expanded(target).exists():
        return expanded(target), "loss"
    return expanded(path), name


def tensors_to_choose(path: Path, values: dict[str, Any]) -> str:
    """Which tensors the script has, and how to choose one."""
    names = [name for name, value in values.items() if isinstance(value, Tensor)]
    if not names:
        return "it has no tensor outside its functions; keep the loss in a variable"
    shown = ", ".join(names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"its tensors are {shown}{more}; choose one with {path}:NAME"


def run_script(path: Path) -> dict[str, Any]:
    """Run a script as `python script.py` would, and return its variables.

    `sys.exit()` ends the script normally; with an error code, it ends the program.
    """
    content = read_script(path)
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
        raise ScriptError(own_traceback(error, path)) from None
    finally:
        sys.modules["__main__"], sys.argv, sys.path = before
    return vars(module)


def read_script(path: Path) -> bytes:
    """The content of a script."""
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


def own_traceback(error: Exception, path: Path) -> str:
    """The traceback of an error, starting at the script's own lines."""
    place: TracebackType | None = error.__traceback__
    while place is not None and place.tb_frame.f_code.co_filename != str(path):
        place = place.tb_next
    return "".join(traceback.format_exception(type(error), error, place))
