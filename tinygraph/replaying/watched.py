"""Watched arrays and generators: what NumPy makes of them is recorded, or noticed.

While a step is recorded, a function gets watched arrays instead of plain ones: for its
arguments, and wherever a tensor hands out its data. A watched array reads as an array
does, and what NumPy's functions make of it is recorded and watched as well. But where
Python looks at the numbers, `if x > 0` or `float(x)`, the recorder is told that the
step cannot be replayed. Nothing fails: the function gets what it asked for.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from ..operators import Operators
from ..value import PLAIN_ARRAYS, Array, Watched
from .numpy_names import DRAWS, FUNCTIONS, LAYOUT, LAYOUT_FUNCTIONS, METHODS, TURNED

# Remedies.
OUTSIDE = "do so outside of the function"
RETURN = "return the tensor, and read it outside of the function"
CHOOSE = "use tg.where, or decide outside of the function"
USE_TENSORS = "use tensors and NumPy's functions on them"
BOOLEANS = "takes elements by truth values, whose number varies: use tg.where"


class Listener(Protocol):
    """What a watched array tells a recorder, which is in a room above this one."""

    def refuse(self, reason: str) -> None:
        """The call cannot be replayed."""

    def know(self, array: Any, node: int) -> None:
        """An array has a node."""

    def called(
        self, name: str, function: Callable[..., Any], arguments: Any, keywords: Any
    ) -> Any:
        """A function of NumPy's is called; the result, watched."""

    def decided(self, value: Any, node: int) -> bool:
        """Code decides by a value."""
        ...

    def drawn(self, dice: Dice, name: str, arguments: Any, keywords: Any) -> Any:
        """Random numbers are drawn; the result, watched."""


class WatchedArray(Watched, np.lib.mixins.NDArrayOperatorsMixin):
    """An array or one of NumPy's scalars, with the node that it has in the record.

    `read_only` tells a tensor's data: assigning `w.data -= step` gives the tensor new
    data, and nothing is written in place.
    """

    __slots__ = ("_array", "_node", "_read_only", "_recorder")

    def __init__(
        self, recorder: Listener, array: Any, node: int, read_only: bool = False
    ) -> None:
        self._recorder = recorder
        self._array = array
        self._node = node
        self._read_only = read_only

    def _seen(self, what: str) -> Any:
        """The plain array, of which the recorder is told."""
        self._recorder.refuse(what)
        return self._array

    @property
    def __class__(self) -> Any:
        """That of the array, for `isinstance`."""
        return type(self._array)

    @__class__.setter
    def __class__(self, given: Any) -> None:
        raise TypeError("the class of an array cannot be changed")

    # What a tensor asks for -----------------------------------------------------------

    def copy(self, order: Any = "C") -> Any:
        """A copy of the numbers."""
        return self._method("copy", order)

    def astype(self, dtype: Any, *more: Any, **keywords: Any) -> Any:
        """A copy of another type."""
        return self._method("astype", dtype, *more, **keywords)

    def settled(self) -> Array:
        """The array itself, which the recorder knows from now on."""
        array = np.asarray(self._array)
        self._recorder.know(array, self._node)
        return array

    # NumPy's protocols ----------------------------------------------------------------

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        array = self._seen(
            "makes a plain array of a tensor or argument: " + USE_TENSORS
        )
        return np.array(array, dtype=dtype, copy=copy)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any
    ) -> Any:
        if has_tensor(inputs):
            return NotImplemented  # the tensor answers
        function = getattr(ufunc, method)
        if keywords.get("out") is None and method in {"__call__", "reduce"}:
            return self._recorder.called(ufunc.__name__, function, inputs, keywords)
        return self._plainly(
            function, inputs, keywords, "writes into an array: make a new one"
        )

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> Any:
        if any(issubclass(kind, Operators) for kind in types):
            return NotImplemented  # the tensor answers
        name, module = function.__name__, function.__module__
        if module == "numpy" and name in LAYOUT_FUNCTIONS:
            arguments, keywords = unwatched(arguments), unwatched(keywords)
            return function(*arguments, **keywords)
        if module == "numpy" and name in FUNCTIONS and "out" not in keywords:
            return self._recorder.called(name, function, arguments, keywords)
        return self._plainly(
            function, arguments, keywords, f"calls np.{name}: " + OUTSIDE
        )

    def _plainly(
        self, function: Callable[..., Any], arguments: Any, keywords: Any, what: str
    ) -> Any:
        """Call a function with plain arrays, of which the recorder is told."""
        self._recorder.refuse(what)
        return function(*unwatched(arguments), **unwatched(keywords))

    def _method(self, name: str, *arguments: Any, **keywords: Any) -> Any:
        """A method of the array, recorded."""
        call = operator.methodcaller
        if "out" in keywords:
            own = getattr(self._array, name)
            return self._plainly(
                own, arguments, keywords, "writes into an array: make a new one"
            )

        def method(array: Any, *given: Any, **named: Any) -> Any:
            return call(name, *given, **named)(array)

        return self._recorder.called(name, method, (self, *arguments), keywords)

    def __getattr__(self, name: str) -> Any:
        if name in LAYOUT:
            return getattr(self._array, name)
        if name in METHODS:

            def bound(*arguments: Any, **keywords: Any) -> Any:
                return self._method(name, *arguments, **keywords)

            return bound
        if name in TURNED:
            turned = operator.attrgetter(name)
            return self._recorder.called(name, turned, (self,), {})
        if name[:2] == "__" or not hasattr(self._array, name):
            raise AttributeError(f"an array has no attribute {name!r}")
        return getattr(self._seen(f"uses `{name}` of an array: " + OUTSIDE), name)

    # Items ----------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        if chooses(index):
            return self._array[unwatched(self._chosen(index))]
        return self._recorder.called("getitem", operator.getitem, (self, index), {})

    def _chosen(self, index: Any) -> Any:
        self._recorder.refuse(BOOLEANS)
        return index

    def __setitem__(self, index: Any, value: Any) -> None:
        array = self._seen("writes into an array: make a new one")
        array[unwatched(index)] = unwatched(value)

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    # Where Python looks at the numbers ------------------------------------------------

    def __bool__(self) -> bool:
        return self._recorder.decided(self._array, self._node)

    def __float__(self) -> float:
        return float(self._seen("makes a Python number of a value: " + RETURN))

    def __int__(self) -> int:
        return int(self._seen("makes a Python number of a value: " + RETURN))

    def __complex__(self) -> complex:
        return complex(self._seen("makes a Python number of a value: " + RETURN))

    def __index__(self) -> int:
        return operator.index(self._seen("makes a Python number of a value: " + RETURN))

    def __contains__(self, value: Any) -> bool:
        return unwatched(value) in self._seen("decides by a value: " + CHOOSE)

    def __hash__(self) -> int:
        return hash(self._seen("makes a Python number of a value: " + RETURN))

    def __repr__(self) -> str:
        return repr(self._seen("shows a value: " + RETURN))

    def __str__(self) -> str:
        return str(self._seen("shows a value: " + RETURN))

    def __format__(self, specification: str) -> str:
        return format(self._seen("shows a value: " + RETURN), specification)

    def __reduce__(self) -> Any:
        return self._seen("pickles an array: " + RETURN).__reduce__()

    def __copy__(self) -> Any:
        return self._method("copy")

    def __deepcopy__(self, memo: Any) -> Any:
        return self._method("copy")


def written(name: str) -> Any:
    """An operator like `-=`: of a tensor's data it is the operator itself."""
    plainly = getattr(operator, name.replace("__i", "").rstrip("_"))
    in_place = getattr(operator, name.strip("_"))

    def apply(array: WatchedArray, other: Any) -> Any:
        if array._read_only:
            return plainly(array, other)
        return in_place(
            array._seen("writes into an array: make a new one"), unwatched(other)
        )

    return apply


for _name in ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"]:
    setattr(WatchedArray, f"__i{_name}__", written(f"__i{_name}__"))
PLAIN_ARRAYS.add(WatchedArray)


class WatchedGenerator:
    """A generator whose arrays of random numbers are drawn again in a replay."""

    __slots__ = ("_dice", "_recorder")

    def __init__(self, recorder: Listener, dice: Dice) -> None:
        self._recorder = recorder
        self._dice = dice

    @property
    def __class__(self) -> Any:
        """That of the generator, for `isinstance`."""
        return type(self._dice.generator)

    @__class__.setter
    def __class__(self, given: Any) -> None:
        raise TypeError("the class of a generator cannot be changed")

    def __getattr__(self, name: str) -> Any:
        drawn = getattr(self._dice.generator, name)
        if name not in DRAWS:
            self._recorder.refuse(f"uses `{name}` of a random generator: " + OUTSIDE)
            return drawn

        def draw(*arguments: Any, **keywords: Any) -> Any:
            return self._recorder.drawn(self._dice, name, arguments, keywords)

        return draw


class Dice:
    """A generator, or another one in its place while a plan is tried out."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator
        self.before = generator.bit_generator.state

    def draw(self, name: str, arguments: Any, keywords: Any) -> Any:
        """What a method of the generator gives."""
        return getattr(self.generator, name)(*arguments, **keywords)

    def at_first(self) -> np.random.Generator:
        """A generator that draws what this one drew while the step was recorded."""
        copy = type(self.generator.bit_generator)()
        copy.state = self.before
        return np.random.Generator(copy)


def has_tensor(values: tuple[Any, ...]) -> bool:
    """Whether one of the values is a tensor."""
    return any(isinstance(value, Operators) for value in values)


def chooses(index: Any) -> bool:
    """Whether an index has an array of booleans whose values may change."""
    parts = index if type(index) is tuple else (index,)
    return any(type(p) is WatchedArray and p.dtype.kind == "b" for p in parts)


def unwatched(value: Any) -> Any:
    """A value with plain arrays for watched ones, also inside lists and the like."""
    if type(value) is WatchedArray:
        return value._array
    if type(value) in {list, tuple}:
        return type(value)(map(unwatched, value))
    if type(value) is dict:
        return {key: unwatched(entry) for key, entry in value.items()}
    return value
