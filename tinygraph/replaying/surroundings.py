"""Surroundings: what a function can see, and whether it is as before.

A function may read its closure, globals, and attributes of objects that these lead to.
Only names that appear in its code, or in code that it leads to, are looked at. Numbers
and texts are compared by value, and other things by identity; lists and dictionaries by
what they hold; arrays element by element, so that one changed in place is noticed.
"""

from __future__ import annotations

import array
import collections
import functools
import random
import types
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter, call, is_
from typing import Any, NamedTuple

import numpy as np

from ..optimize import Optimizer
from ..primitive import Primitive
from ..tensor import Tensor
from .clones import MISSING, content, is_array, names_used
from .templates import same_bits
from .user_code import is_library

CONTENT = attrgetter("cell_contents")
READ: Any = call
OWN = frozenset({"numpy", "tinygraph"})  # modules that only compute
MOST = 20_000  # values that are looked at
LARGEST = 1 << 22  # bytes of arrays that are compared at each call
ATOMS = (
    int,
    float,
    complex,
    str,
    bytes,
    type(None),
    np.generic,
    np.dtype,
    slice,
    range,
)
# Names in code with which any attribute may be read.
ANY = frozenset(
    ["getattr", "vars", "eval", "exec", "globals", "locals", "setattr", "__dict__"]
)


class Watch(NamedTuple):
    """Some entries of a dictionary, a list or a closure, and what they were."""

    owner: Any
    keys: tuple[Any, ...]
    read: Callable[[Any], Any]  # from a key to the entry as it is now
    entries: tuple[Any, ...]
    length: int | None  # of the whole container, where that matters

    def changed(self) -> Any:
        """The first key whose entry is another one now; None if there is none."""
        if self.length is not None and len(self.owner) != self.length:
            return "the length of a list or dictionary"
        for key, entry in zip(self.keys, self.entries, strict=True):
            now = self.read(key)
            if now is not entry and not equal(now, entry):
                return key
        return None


def equal(now: Any, before: Any) -> bool:
    """Whether two numbers or texts are the same, to the last bit.

    >>> equal(2.0, 2), equal(0.0, -0.0), equal(float("nan"), float("nan"))
    (False, False, True)
    """
    if type(now) is not type(before):
        return False
    if isinstance(now, frozenset):  # of the elements' numbers
        return bool(now == before)
    return isinstance(now, ATOMS) and repr(now) == repr(before)


class Surroundings:
    """What functions and other values lead to; see the module."""

    def __init__(self, roots: Iterable[Any], open_to_change: Iterable[int]) -> None:
        self.tensors: list[Tensor] = []
        self.optimizers: list[Optimizer] = []
        self.generators: list[np.random.Generator] = []
        self.arrays: list[np.ndarray[Any, Any]] = []
        self.problem: str | None = None
        self._roots = [*roots]
        self._open = {*open_to_change}  # functions whose arrays may be others
        self._names: set[str] = set()
        self._watches: list[Watch] = []
        self._left: collections.deque[Any] = collections.deque()
        before = -1
        while len(self._names) > before:  # code that is found may name more
            before = len(self._names)
            self._look()
        self._contents = [each.copy() for each in self.arrays]
        self._lengths = [
            (w.owner, w.length) for w in self._watches if w.length is not None
        ]
        watches = together(self._watches)
        self._sets = [w for w in watches if w.read is identities]
        self._others = [w for w in watches if w.read is not identities]
        self._reads = [w.read for w in self._others for _ in w.keys]
        self._keys = [key for w in self._others for key in w.keys]
        self._entries = [entry for w in self._others for entry in w.entries]

    def changed(self) -> str | None:
        """What is another now; None if all is as it was."""
        for watch in self._watches:
            if (key := watch.changed()) is not None:
                return f"`{key}`" if type(key) is str else f"entry {key!r} of a list"
        return None if self._same_arrays() else "an array"

    def hold(self) -> bool:
        """Whether all is as it was; this is in the way of every call."""
        for owner, length in self._lengths:
            if len(owner) != length:
                return False
        now = map(READ, self._reads, self._keys)  # all of this is read in C
        if not all(map(is_, now, self._entries)) and any_changed(self._others):
            return False
        if self._sets and any_changed(self._sets):
            return False
        return not self.arrays or self._same_arrays()

    def _same_arrays(self) -> bool:
        pairs = zip(self.arrays, self._contents, strict=True)
        return all(same_bits(one, other) for one, other in pairs)

    def _look(self) -> None:
        """Find all that is there, with the names that are known."""
        for found in (self.tensors, self.optimizers, self.generators, self.arrays):
            found.clear()
        self._watches.clear()
        self._left.extend(self._roots)
        seen: dict[int, Any] = {}
        while self._left and len(seen) < MOST:
            value = self._left.popleft()
            if id(value) not in seen and not isinstance(value, ATOMS):
                seen[id(value)] = value
                self._visit(value)
        if self._left:
            self.problem = "sees more variables than can be compared at each call"

    # One value ------------------------------------------------------------------------

    def _visit(self, value: Any) -> None:
        if isinstance(value, Tensor):
            self.tensors.append(value)
        elif isinstance(value, Optimizer):
            self.optimizers.append(value)
            self._attributes(value)
            self._entries_of(value.parameters)
        elif isinstance(value, np.random.Generator):
            self.generators.append(value)
        elif isinstance(value, np.ndarray):
            self._array(value)
        elif isinstance(value, tuple):  # it cannot change
            self._left.extend(value)
        elif isinstance(value, list | collections.deque):
            self._entries_of(value)
        elif isinstance(value, Mapping):
            self._watch(value, tuple(value), value.get, whole=True)
        elif isinstance(value, set | frozenset):
            found = (identities(value),)
            self._watches.append(Watch(value, (value,), identities, found, None))
            self._left.extend(value)
        else:
            self._visit_code(value)

    def _visit_code(self, value: Any) -> None:
        """What has code, or is reached through code."""
        if isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, types.MethodType):
            self._left.extend((value.__func__, value.__self__))
        elif isinstance(value, functools.partial):
            self._left.extend((value.func, value.args, value.keywords))
        elif isinstance(value, staticmethod | classmethod):
            self._left.append(value.__func__)
        elif isinstance(value, property):
            self._left.extend((value.fget, value.fset))
        elif isinstance(value, Primitive):
            if not is_library(value.__module__):
                self._left.extend((value.forward, value.shared_vjp, *value.vjps))
        elif isinstance(value, types.ModuleType):
            self._module(value)
        elif isinstance(value, type):
            self._class(value)
        else:
            self._visit_object(value)

    def _visit_object(self, value: Any) -> None:
        if isinstance(value, np.random.RandomState | random.Random):
            self.problem = "sees a random generator other than NumPy's Generator"
        elif hasattr(value, "__next__"):
            self.problem = f"sees an iterator, {type(value).__name__}"
        elif isinstance(value, bytearray | memoryview | array.array):
            self.problem = f"sees a {type(value).__name__}: make it an array of NumPy's"
        else:
            self._attributes(value)

    def _array(self, found: np.ndarray[Any, Any]) -> None:
        self.arrays.append(found)
        if found.dtype.hasobject or sum(a.nbytes for a in self.arrays) > LARGEST:
            self.problem = (
                "sees a large array through an object: make it an argument, or a "
                "variable that the function names"
            )

    def _function(self, function: types.FunctionType) -> None:
        self._left.append(getattr(function, "__wrapped__", None))
        cells: tuple[Any, ...] = function.__closure__ or ()
        free = id(function) in self._open
        fixed = [i for i, c in enumerate(cells) if not (free and is_array(content(c)))]
        full = [cells[i] for i in fixed if content(cells[i]) is not MISSING]
        self._watch(cells, tuple(full), CONTENT)
        if is_library(function.__module__) and not any(
            function is root for root in self._roots
        ):
            return
        names, entries = names_used(function), function.__globals__
        self._names |= names
        if free:
            names = {name for name in names if not is_array(entries.get(name))}
        self._named(entries, names)
        self._left.extend((function.__defaults__, function.__kwdefaults__))

    def _module(self, module: types.ModuleType) -> None:
        """Of a library's module only what may change, such as `os.environ`."""
        entries, names = vars(module), self._names
        if is_library(module.__name__):
            own = {n for n in names if isinstance(entries.get(n), Mapping | list)}
            names = set() if module.__name__ in OWN else own
        self._named(entries, names)

    def _class(self, kind: type) -> None:
        for base in kind.__mro__:
            if not is_library(base.__module__):
                methods = vars(base).items()
                special = {n for n, v in methods if n[:2] == "__" and callable(v)}
                self._named(vars(base), self._names | special)

    def _attributes(self, value: Any) -> None:
        """The attributes of an object that code names."""
        kind = type(value)
        self._left.extend((kind, getattr(value, "__wrapped__", None)))
        if hasattr(value, "__dict__"):
            every = not self._names.isdisjoint(ANY) and not is_library(kind.__module__)
            self._named(vars(value), vars(value).keys() if every else self._names)
        slots = {name for base in kind.__mro__ for name in names_of_slots(base)}
        if not is_library(kind.__module__):
            named = tuple(sorted(slots & self._names))
            self._watch(value, named, lambda name: getattr(value, name, MISSING))

    def _named(self, entries: Mapping[str, Any], names: Iterable[str]) -> None:
        """The entries of a namespace that have these names."""
        names = {*names}
        keys = tuple(key for key in entries if key in names)
        self._watch(entries, keys, entries.get)

    def _entries_of(self, values: Any) -> None:
        self._watch(values, tuple(range(len(values))), values.__getitem__, whole=True)

    def _watch(
        self,
        owner: Any,
        keys: tuple[Any, ...],
        read: Callable[[Any], Any],
        whole: bool = False,
    ) -> None:
        entries = tuple(map(read, keys))
        if keys or whole:
            length = len(owner) if whole else None
            self._watches.append(Watch(owner, keys, read, entries, length))
            self._left.extend(entries)


def any_changed(watches: Iterable[Watch]) -> bool:
    """Whether something is another than it was."""
    return any(watch.changed() is not None for watch in watches)


def together(watches: Iterable[Watch]) -> list[Watch]:
    """As few watches of the same: of a namespace, and of all cells, there is one."""
    groups: dict[Any, list[Watch]] = {}
    for watch in watches:
        known = watch.read if watch.read is CONTENT else id(watch.owner)
        groups.setdefault(known, []).append(watch)
    found = []
    for group in groups.values():
        entries: dict[int, tuple[Any, Any]] = {}
        for watch in group:
            entries.update(
                zip(
                    map(id, watch.keys),
                    zip(watch.keys, watch.entries, strict=True),
                    strict=True,
                )
            )
        keys, values = zip(*entries.values(), strict=True) if entries else ((), ())
        found.append(group[0]._replace(keys=keys, entries=values, length=None))
    return found


def identities(values: Iterable[Any]) -> frozenset[int]:
    """The elements of a set, by their identity."""
    return frozenset(map(id, values))


def names_of_slots(kind: type) -> tuple[str, ...]:
    """The attributes of a class without a dictionary."""
    slots = vars(kind).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def random_states() -> tuple[Any, ...]:
    """The states of the random numbers that belong to no variable."""
    numpy: Any = np.random.get_state(legacy=False)
    numbers = numpy["state"]
    return numbers["key"].tobytes(), numbers["pos"], numpy["gauss"], random.getstate()
