"""Signatures: how a function of tensors may be called, for type checkers.

What an operation or a composition returns follows from what it is given: tensors make a
tensor, and arrays alone make an array. `Function` says this once, for all of them.
Nothing here does anything while a program runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    TypeAlias,
    TypeVar,
    cast,
    overload,
)

from .operators import Operand
from .tensor import Tensor
from .value import Array, Arrays

if TYPE_CHECKING:  # checkers bring it along; it has the defaults of Python 3.13
    from typing_extensions import ParamSpec

    P = ParamSpec("P", default=...)  # all that a function takes
else:
    from typing import ParamSpec

    P = ParamSpec("P")
Q = ParamSpec("Q")  # what it takes behind its first arguments
V = TypeVar("V", bound=Tensor)

Tensors: TypeAlias = V | Sequence[V] | Sequence[Sequence[V]]


class Function(Generic[P]):
    """A function of tensors or arrays: the kind of its result is that of its arguments.

    One overload for each place where the first tensor may be, then those for arrays.
    The last is for what they cannot tell: lists in which arrays and tensors are mixed,
    and arrays that are given by name.
    """

    __slots__ = ()

    @overload
    def __call__(
        self: Function[Concatenate[Any, Q]],
        x: Tensors[V],
        /,
        *rest: Q.args,
        **parameters: Q.kwargs,
    ) -> V: ...
    @overload
    def __call__(
        self: Function[Concatenate[Any, Any, Q]],
        x: Tensors[V],
        y: Operand,
        /,
        *rest: Q.args,
        **parameters: Q.kwargs,
    ) -> V: ...
    @overload
    def __call__(
        self: Function[Concatenate[Any, Any, Any, Q]],
        x: Tensors[V],
        y: Operand,
        z: Operand,
        /,
        *rest: Q.args,
        **parameters: Q.kwargs,
    ) -> V: ...
    # An empty list is a list of tensors as well as of numbers: hence what is ignored.
    @overload
    def __call__(  # type: ignore[overload-overlap]
        self: Function[Concatenate[Any, Any, Q]],
        x: Operand,
        y: Tensors[V],
        /,
        *rest: Q.args,
        **parameters: Q.kwargs,
    ) -> V: ...
    @overload
    def __call__(  # type: ignore[overload-overlap]
        self: Function[Concatenate[Any, Any, Any, Q]],
        x: Operand,
        y: Tensors[V],
        z: Operand,
        /,
        *rest: Q.args,
        **parameters: Q.kwargs,
    ) -> V: ...
    @overload
    def __call__(  # type: ignore[overload-overlap]
        self: Function[Concatenate[Any, Any, Any, Q]],
        x: Operand,
        y: Operand,
        z: Tensors[V],
        /,
        *rest: Q.args,
        **parameters: Q.kwargs,
    ) -> V: ...
    @overload
    def __call__(
        self: Function[Concatenate[Any, Q]],
        x: Arrays,
        /,
        *rest: Q.args,
        **parameters: Q.kwargs,
    ) -> Array: ...
    @overload
    def __call__(
        self: Function[Concatenate[Any, Any, Q]],
        x: Arrays,
        y: Arrays,
        /,
        *rest: Q.args,
        **parameters: Q.kwargs,
    ) -> Array: ...
    @overload
    def __call__(
        self: Function[Concatenate[Any, Any, Any, Q]],
        x: Arrays,
        y: Arrays,
        z: Arrays,
        /,
        *rest: Q.args,
        **parameters: Q.kwargs,
    ) -> Array: ...
    @overload
    def __call__(self, *arguments: P.args, **parameters: P.kwargs) -> Any: ...
    def __call__(self: Any, *arguments: Any, **parameters: Any) -> Any:  # type: ignore[misc]
        """Called by nobody: primitives and functions have calls of their own."""
        raise NotImplementedError


def composition(function: Callable[P, Any]) -> Function[P]:
    """Tell type checkers what a function composed of operations returns."""
    return cast("Function[P]", function)
