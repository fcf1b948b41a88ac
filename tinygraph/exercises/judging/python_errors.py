"""What errors of Python and NumPy mean, in a sentence for somebody who is learning."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from ..language import translated, translated_plural
from .error_table import TABLE

CALLED_WRONGLY = re.compile(
    r"(?P<function>\w+)\(\) (missing \d+ required|takes|got an unexpected)"
)
NO_INDEX = re.compile(r"only integers, slices|indices must be integers or slices, not")
SHAPES = re.compile(
    r"could not be broadcast together with shapes "
    r"(?P<one>\([\d,]*\)) (?P<other>\([\d,]*\))"
)
OUTSIDE = re.compile(
    r"index (?P<index>-?\d+) is out of bounds for axis (?P<axis>\d+) with size "
    r"(?P<size>\d+)"
)


def explain_error(
    error: str, source: str, line: int | None, function: str, names: Sequence[str]
) -> str:
    """What an error means; "" if nothing is known about it.

    It was raised in a line of the source, when the function was called with arguments
    that have these names.
    """
    wrongly = CALLED_WRONGLY.search(error)
    if wrongly and wrongly["function"] == function:
        return explain_call(function, names, source)
    code = "" if line is None else "".join(source.splitlines()[line - 1 : line])
    shapes = SHAPES.search(error)
    if shapes:
        return explain_shapes(
            numbers_in(shapes["one"]), numbers_in(shapes["other"]), code
        )
    outside = OUTSIDE.search(error)
    if outside:
        return explain_index(**{k: int(v) for k, v in outside.groupdict().items()})
    loop = loop_over_elements(source, line) if NO_INDEX.search(error) else None
    if loop is not None:
        return translated(
            "{name} is an element of {array}, not an index: loop over range(len("
            "{array})), or over np.ndindex({array}.shape)",
            name=ast.unparse(loop.target),
            array=ast.unparse(loop.iter),
        )
    for row in TABLE:
        found, here = re.search(row.error, error), re.search(row.code, code)
        if found and here:
            return translated(row.sentence, **found.groupdict(), **here.groupdict())
    return ""


def loop_over_elements(source: str, line: int | None) -> ast.For | None:
    """The loop over a named array whose elements are used as indices in a line."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    here = [n for n in ast.walk(tree) if getattr(n, "lineno", None) == line]
    used = {
        name.id
        for node in here
        if isinstance(node, ast.Subscript)
        for name in ast.walk(node.slice)
        if isinstance(name, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            named = isinstance(node.iter, ast.Name | ast.Attribute)
            if named and node.target.id in used:
                return node
    return None


def explain_call(function: str, names: Sequence[str], source: str) -> str:
    """Why a function cannot be called as the exercise says."""
    stub = f"{function}({', '.join(names)})"
    if re.search(rf"\bdef {function}\(\s*self\b", source):
        return translated(
            "only functions in classes have self: the first line must be `def {stub}:`",
            stub=stub,
        )
    return translated_plural(
        "the function gets {count} argument, so its first line must be `def {stub}:`",
        "the function gets {count} arguments, so its first line must be `def {stub}:`",
        count=len(names),
        stub=stub,
    )


def explain_index(index: int, axis: int, size: int) -> str:
    """Why an array has no element at an index."""
    if not size:
        return translated(
            "there is no index {index} along axis {axis}, because the array is empty",
            index=index,
            axis=axis,
        )
    said = translated_plural(
        "there is no index {index} along axis {axis}, which has {count} element: its "
        "only index is 0",
        "there is no index {index} along axis {axis}, which has {count} elements: the "
        "last index is {last}",
        count=size,
        index=index,
        axis=axis,
        last=size - 1,
    )
    if index != size:
        return said
    return translated("{message}; does a loop go one step too far?", message=said)


def explain_shapes(one: tuple[int, ...], other: tuple[int, ...], code: str) -> str:
    """Why two arrays cannot be combined element by element."""
    shapes = {"one": one, "other": other}
    large, small = sorted((one, other), key=len, reverse=True)
    if len(small) == len(large) - 1 and small == large[:-1]:
        return translated(
            "shapes {one} and {other} do not fit: a sum or maximum along the last axis "
            "has lost that axis, so add keepdims=True to it",
            **shapes,
        )
    if len(one) == len(other) == 2 and one[1] == other[0] and "*" in code:
        return translated(
            "shapes {one} and {other} do not fit: * multiplies element by element; "
            "matrices are multiplied with @",
            **shapes,
        )
    return translated(
        "arrays of shapes {one} and {other} cannot be combined element by element: "
        "seen from the last axis, lengths must be equal, or 1",
        **shapes,
    )


def numbers_in(shape: str) -> tuple[int, ...]:
    """A shape in an error's text.

    >>> numbers_in("(2,4)"), numbers_in("()")
    ((2, 4), ())
    """
    return tuple(map(int, re.findall(r"\d+", shape)))
