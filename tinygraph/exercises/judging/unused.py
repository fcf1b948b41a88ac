"""What a student's function computes or gets, and does not use."""

from __future__ import annotations

import ast

from ..language import translated
from ..running.outcome import source_of
from .edit_names import MODULES
from .edits import Function, functions_of
from .evidence import Evidence

# Methods and functions that return something new and leave an array as it is.
WITHOUT_EFFECT = (
    "abs",
    "astype",
    "clip",
    "concatenate",
    "copy",
    "dot",
    "exp",
    "flatten",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "moveaxis",
    "pad",
    "prod",
    "ravel",
    "reshape",
    "squeeze",
    "sum",
    "swapaxes",
    "transpose",
)


def find_unused(evidence: Evidence) -> str:
    """A result that is not stored, or an argument that is not read; or "".

    Both are seen in the code alone, so also of a function that never ends.
    """
    function = evidence.trials[0].function
    functions = functions_of(source_of(evidence.run), function)
    lost = next((said for own in functions if (said := lost_result(own))), "")
    return lost or (unread_argument(functions[0]) if functions else "")


def lost_result(function: Function) -> str:
    """A statement that only calls what has no effect."""
    for node in ast.walk(function):
        call = node.value if isinstance(node, ast.Expr) else None
        name = changed_by(call) if isinstance(call, ast.Call) else ""
        if name and call:
            return translated(
                "line {line}: `{call}` does not change {name}: write `{name} = {call}`",
                line=call.lineno,
                call=ast.unparse(call),
                name=name,
            )
    return ""


def changed_by(call: ast.Call) -> str:
    """The array that a call without effect might be meant to change; or ""."""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr not in WITHOUT_EFFECT:
        return ""
    in_module = ast.unparse(func.value) in MODULES
    array = next(iter(call.args), None) if in_module else func.value
    return array.id if isinstance(array, ast.Name) else ""


def unread_argument(function: Function) -> str:
    """The first argument that a function never reads."""
    given = [arg.arg for arg in function.args.args]
    read = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    if function.args.vararg or "locals" in read:
        return ""
    name = next((name for name in given if name not in read), "")
    return translated("{name} is never used", name=name) if name else ""
