"""Program: the calls of a plan as one Python function, which is written and compiled.

A loop over the calls would look up each kernel and its slots again in every replay:
for two parameters and 95 calls on a few numbers, that is a tenth of the time.
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Slots = list[Any]
TAKEN = frozenset({"compute", "s", *vars(builtins)})


class Call(NamedTuple):
    """A kernel, the slots that it reads and writes, and those not read again.

    The row of an optimizer has several results, and so may a chain.
    """

    name: str  # of the operation
    kernel: Callable[..., Any]
    inputs: tuple[int, ...]
    parameters: Mapping[str, Any]
    results: tuple[int, ...]
    dead: tuple[int, ...]


class Names(dict[str, Any]):
    """Names for kernels and parameters, one for each: the variables of the function."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[str, int], str] = {}
        self._count: dict[str, int] = {}

    def of(self, name: str, value: Any) -> str:
        """The name that is given, if Python takes it, and a number from the second on.

        >>> names = Names()
        >>> names.of("add", 3.5), names.of("linalg.inv", 0), names.of("sum", 1)
        ('add', 'inv', 'sum_')
        >>> names.of("add", 4.5), names.of("<lambda>", 2)
        ('add_2', 'value')
        """
        plain = name.rpartition(".")[2]
        plain = plain if plain.isidentifier() else "value"
        if (known := self._known.get((plain, id(value)))) is not None:
            return known
        count = self._count[plain] = self._count.get(plain, 0) + 1
        taken = plain in TAKEN or keyword.iskeyword(plain)
        found = f"{plain}_{count if count > 1 else ''}" if taken or count > 1 else plain
        self[found], self._known[plain, id(value)] = value, found
        return found


def program(calls: Iterable[Call]) -> tuple[str, Callable[[Slots], None]]:
    """The source of the function, and the function. `s` is the list of slots.

    >>> import numpy as np
    >>> calls = [
    ...     Call("multiply", np.multiply, (0, 0), {}, (1,), ()),
    ...     Call("sum", np.sum, (1,), {"axis": 0}, (2,), (1,)),
    ... ]
    >>> source, compute = program(calls)
    >>> print(source)
    def compute(s):
        s[1] = multiply(s[0], s[0])
        s[2] = sum_(s[1], axis=axis)
        s[1] = None
    >>> slots = [np.array([3.0, 4.0]), None, None]
    >>> compute(slots)
    >>> slots[2]
    np.float64(25.0)
    """
    names = Names()
    lines = [line for call in calls for line in lines_of(call, names)] or ["pass"]
    source = "\n    ".join(["def compute(s):", *lines])
    exec(compile(source, "<plan>", "exec"), names)
    return source, names.pop("compute")  # which has the names, and they not it


def lines_of(call: Call, names: Names) -> Iterator[str]:
    """A line that calls a kernel, and one that empties slots."""
    given = [f"s[{slot}]" for slot in call.inputs]
    for name, value in call.parameters.items():
        plain = name.isidentifier() and not keyword.iskeyword(name)
        given.append(
            f"{name}={names.of(name, value)}"
            if plain
            else f"**{names.of('given', {name: value})}"
        )
    written = ", ".join(f"s[{slot}]" for slot in call.results)
    yield f"{written} = {names.of(call.name, call.kernel)}({', '.join(given)})"
    if call.dead:
        yield "".join(f"s[{slot}] = " for slot in call.dead) + "None"
