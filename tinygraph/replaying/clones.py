"""Clones: functions that see watched arrays and generators in their variables.

What a function's own variables hold directly is read at each replay, like an argument,
so a recording has to know what is computed from it.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..value import REAL_KINDS
from .user_code import is_library

MISSING = object()
Watch = Callable[[Any, Callable[[], Any]], Any]


class Clones:
    """Clones of functions that see one another; there is one of each."""

    def __init__(self, functions: dict[int, types.FunctionType], watch: Watch) -> None:
        self._functions = functions
        self._watch = watch  # from a value, and how to read it later
        self._made: dict[int, types.FunctionType] = {}

    def of(self, function: types.FunctionType) -> types.FunctionType:
        """The clone of a function."""
        if id(function) in self._made:
            return self._made[id(function)]
        cells, entries = function.__closure__ or (), function.__globals__
        replaced = {i for i, c in enumerate(cells) if self._replaces(content(c))}
        names = [n for n in names_used(function) if self._replaces(entries.get(n))]
        closure = tuple(
            types.CellType() if i in replaced else c for i, c in enumerate(cells)
        )
        own = {**entries} if names else entries
        name, defaults = function.__name__, function.__defaults__
        clone = types.FunctionType(function.__code__, own, name, defaults, closure)
        clone.__kwdefaults__ = function.__kwdefaults__
        vars(clone).update(vars(function))
        self._made[id(function)] = clone  # before its variables, which may lead here
        for i in replaced:
            cell = cells[i]
            closure[i].cell_contents = self._new(content(cell), partial(content, cell))
        for n in sorted(names):
            own[n] = self._new(entries[n], partial(entries.get, n))
        return clone

    def _replaces(self, value: Any) -> bool:
        random = isinstance(value, np.random.Generator)
        return random or is_array(value) or id(value) in self._functions

    def _new(self, value: Any, read: Callable[[], Any]) -> Any:
        known = id(value) in self._functions
        return self.of(value) if known else self._watch(value, read)


def functions_of(function: Any) -> dict[int, types.FunctionType]:
    """A function and those that its variables, or theirs, hold; not of libraries."""
    found: dict[int, types.FunctionType] = {}
    left = [function]
    while left:
        value = left.pop()
        plain = type(value) is types.FunctionType and id(value) not in found
        if plain and (value is function or not is_library(value.__module__)):
            found[id(value)] = value
            left += map(content, value.__closure__ or ())
            left += map(value.__globals__.get, names_used(value))
    return found


def assigns_outside(function: types.FunctionType) -> bool:
    """Whether a function assigns to variables that are not its own."""
    free = function.__code__.co_freevars
    return any(
        instruction.opname.endswith("_GLOBAL")
        or (instruction.opname.endswith("_DEREF") and instruction.argval in free)
        for code in codes_of(function.__code__)
        for instruction in dis.get_instructions(code)
        if instruction.opname.startswith(("STORE", "DELETE"))
    )


def is_array(value: Any) -> bool:
    """Whether a variable is an array, which is read at each replay."""
    return type(value) is np.ndarray and value.dtype.kind in REAL_KINDS


def codes_of(code: types.CodeType) -> Iterator[types.CodeType]:
    """A function's code, and that of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes_of(constant)


def names_used(function: types.FunctionType) -> set[str]:
    """The globals and attributes that a function's code names."""
    return {name for code in codes_of(function.__code__) for name in code.co_names}


def content(cell: types.CellType) -> Any:
    """What a cell holds, if anything."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING
