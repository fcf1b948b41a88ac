"""What the results of a function are called: by the names in its docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

from ..language import translated

NAME = r"[A-Za-z_]\w*(?:/d[A-Za-z_]\w*)?"  # dx, or dL/dx
NAMES = re.compile(rf"{NAME}(?:, {NAME})*(?:,? and {NAME}|, {NAME})")
IN_PARENTHESES = re.compile(r"\s*\([^()]*\)")
SEPARATOR = re.compile(r",? and |, ")


def result_names(function: Callable[..., Any], count: int) -> list[str]:
    """What a docstring calls the results that it says to return.

    They follow the word "Return", with commas or "and" between them. If there are not
    `count` names, the results are called by their numbers.

    >>> def split(x):
    ...     '''x: array. Return (low, high), two arrays.'''
    >>> result_names(split, 2)
    ['low', 'high']
    >>> def vjp(g, x, w):
    ...     '''Return dL/dx of shape (rows, features), and dL/dw of shape (rows,).'''
    >>> result_names(vjp, 2)
    ['dL/dx', 'dL/dw']
    """
    text = " ".join((inspect.getdoc(function) or "").split())
    said = text.rpartition("Return")[2].strip()
    if not said.startswith("("):  # then what is in parentheses is a shape
        said = IN_PARENTHESES.sub("", said).replace(" of shape", "").replace(" ,", ",")
    for match in NAMES.finditer(said):
        names = SEPARATOR.split(match.group())
        if len(names) == count and len(set(names)) == count:
            return names
    return [numbered(place, count) for place in range(count)]


def numbered(place: int, count: int) -> str:
    """A result without a name."""
    return translated("result {number} of {count}", number=place + 1, count=count)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["dx", "dw", "db"])
    'dx, dw and db'
    """
    if len(names) < 2:
        return "".join(names)
    *others, last = names
    return translated("{names} and {last}", names=", ".join(others), last=last)
