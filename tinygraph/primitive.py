"""Primitive: one operation, as a forward function and one VJP per argument.

A VJP, the vector-Jacobian product, takes the gradient that arrives at the result and
gives the gradient that leaves through one argument:

    vjp(g, y, *arguments, **parameters)  =  g · ∂y/∂argument

It is written once, with operators, NumPy functions and operations of this package.
Given arrays it computes with arrays; given tensors the very same line is recorded, and
can be differentiated again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from .arguments import (
    ERRORS,
    SEQUENCES,
    constant,
    explained,
    listed,
    refuse_more_than_numbers,
)
from .declaration import Declared
from .errors import DTypeError, TinygraphError
from .graph import Graph
from .merging import meet
from .modes import current_mode
from .signatures import Function, P
from .tensor import Tensor
from .value import ARRAY, PLAIN_ARRAYS, PYTHON_NUMBERS, frozen


class Primitive(Declared, Function[P]):
    """An operation that is recorded in a graph; made by the decorator `primitive`.

    Arrays are positional in the forward function, parameters are keyword-only. An
    argument with the default None may be left out.

    >>> import numpy as np, tinygraph as tg
    >>> @tg.primitive
    ... def cube(x):
    ...     return x ** 3
    >>> _ = cube.vjp(lambda g, y, x: g * 3 * x ** 2, r"3 \\bar{y} x^2")
    >>> x = tg.Tensor(2.0, requires_grad=True)
    >>> y = cube(x)
    >>> y.backward()
    >>> x.grad
    array(12.)
    """

    def apply(self, *arguments: Any, **parameters: Any) -> Any:
        """Functions of arrays give arrays, functions of tensors give tensors."""
        for argument in arguments:
            if type(argument) is not ARRAY:
                break
        else:  # arrays, as VJPs have them: a call is sorted out if it fails
            for parameter in parameters.values():
                if isinstance(parameter, Tensor):
                    break
            else:
                if len(arguments) == self.arity:
                    try:
                        return self.forward(*arguments, **parameters)
                    except ERRORS as error:
                        self._explain(error, arguments, parameters)
        if len(arguments) != self.arity or parameters.keys() != self.parameter_names:
            arguments, parameters = self._sorted_out(arguments, parameters)
        for parameter in parameters.values():
            if isinstance(parameter, Tensor):
                self._refuse(parameter, parameters)
        for argument in arguments:
            if isinstance(argument, Tensor):
                return self._recorded(argument, arguments, parameters)
        return self._of_lists(arguments, parameters)

    if not TYPE_CHECKING:  # checkers are told in `Function` what a call returns
        __call__ = apply

    def _of_lists(self, arguments: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
        """The result for numbers, arrays and lists, some of which may hold tensors."""
        arguments = tuple(map(listed, arguments))
        for argument in arguments:
            if isinstance(argument, Tensor):
                return self._recorded(argument, arguments, parameters)
            if type(argument) not in PLAIN_ARRAYS:
                refuse_more_than_numbers(self.name, argument)
        return self.compute(arguments, parameters)

    def _explain(
        self, error: Exception, arguments: Sequence[Any], parameters: dict[str, Any]
    ) -> None:
        """Raise what is wrong with a call, unless it is still to be sorted out."""
        if isinstance(error, TinygraphError):
            raise error
        given = {**self.defaults, **parameters}
        if given.keys() == self.parameter_names:
            in_order = {name: given[name] for name in self.parameter_names}
            raise explained(self.name, arguments, in_order, error) from None

    def _recorded(
        self, tensor: Tensor, arguments: tuple[Any, ...], parameters: dict[str, Any]
    ) -> Any:
        """The result for tensors and arrays: a tensor, with its place in a graph."""
        values: list[Any] = []
        graph: Graph | None = None
        needed = plain = False
        for argument in arguments:
            if isinstance(argument, Tensor):
                values.append(argument._data)
                if argument._requires_grad:
                    needed = True
                    own = argument._graph
                    if own is not None and own is not graph:
                        first = graph is None and own._merged_into is None
                        graph = own if first else meet(graph, own)
            else:
                values.append(argument)
                plain = plain or type(argument) not in PYTHON_NUMBERS
        if plain:
            for argument in arguments:
                if type(argument) in SEQUENCES:
                    return self.apply(*map(listed, arguments), **parameters)
            arguments, values = self._owned(arguments, values)
        result = self.compute(values, parameters)
        try:
            numbers = result.dtype.kind in "biuf"
        except AttributeError:
            numbers = False
        if not numbers:
            result = self._numbers(result)
        recording, scope, _ = current_mode.get()
        if not (needed and recording):
            return tensor._leaf(result)
        if graph is None:
            graph = Graph()
        result = frozen(result)
        node = graph._own_tape.record(self, arguments, result, parameters, scope)
        return tensor._result(result, graph, node)

    def _numbers(self, result: Any) -> Any:
        """A result that is no array of numbers as one; DTypeError if it cannot be."""
        try:
            array = np.asarray(result)
        except (ValueError, TypeError):
            array = np.asarray(None)
        if array.dtype.kind not in "biuf":
            raise DTypeError(
                f"{self.name}: the forward function gave {result!r} of type "
                f"{type(result).__name__}: return an array of real numbers"
            )
        return array

    def _owned(
        self, arguments: Sequence[Any], values: Sequence[Any]
    ) -> tuple[tuple[Any, ...], list[Any]]:
        """The arguments with the user's arrays copied, so that nobody changes them."""
        while arguments[-1] is None and len(arguments) > self.required:
            arguments, values = arguments[:-1], values[:-1]  # they may be left out
        own = [
            constant(self.name, v) if v is a and type(v) not in PYTHON_NUMBERS else v
            for a, v in zip(arguments, values, strict=True)
        ]
        pairs = zip(arguments, own, strict=True)
        kept = (a if isinstance(a, Tensor) else v for a, v in pairs)
        return tuple(kept), own

    def compute(self, values: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """The forward function on arrays, with errors that name the operation."""
        try:
            return self.forward(*values, **parameters)
        except TinygraphError:
            raise
        except ERRORS as error:
            raise explained(self.name, values, parameters, error) from None

    def _sorted_out(
        self, arguments: tuple[Any, ...], parameters: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Sort what was written, `sum(x, 0)` or `f(x=x)`: arrays, then parameters."""
        if len(arguments) != self.arity and not self.variadic:
            arguments, parameters = self._bound(arguments, parameters)
        elif self.defaults:
            parameters = {**self.defaults, **parameters}
        return arguments, parameters

    def _refuse(self, tensor: Tensor, parameters: dict[str, Any]) -> None:
        """Say which parameter is a tensor: a gradient would be lost in silence."""
        [name] = (name for name, given in parameters.items() if given is tensor)
        raise DTypeError(
            f"{self.name}: no gradient flows through the parameter `{name}`: "
            f"pass a plain number or array, tensor.data for instance"
        )

    def _bound(
        self, arguments: tuple[Any, ...], parameters: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional parameters and named arrays, where the signature has them."""
        positional = arguments[self.arity :]
        more = dict(zip(self.parameter_names, positional, strict=False))
        merged = {**self.defaults, **more, **parameters}
        if (
            len(arguments) >= self.required
            and len(more) == len(positional)
            and merged.keys() == self.parameter_names
            and parameters.keys().isdisjoint(more)
        ):  # as most calls are written: in a quarter of the time
            return arguments[: self.arity], merged
        named = dict(zip(self.signature.parameters, arguments, strict=False))
        try:
            if len(arguments) > len(named) or named.keys() & parameters:
                self.signature.bind(*arguments, **parameters)  # says what is wrong
            named |= parameters
            given = [named.pop(name) for name in self.argument_names if name in named]
            bound = self.signature.bind(*given, **named)
        except TypeError as error:
            raise DTypeError(
                f"{self.name}: {error}: call it as {self.name}{self.signature}"
            ) from None
        bound.apply_defaults()
        return bound.args, bound.kwargs


@overload
def primitive(forward: Callable[P, Any]) -> Primitive[P]: ...
@overload
def primitive(*, name: str) -> Callable[[Callable[P, Any]], Primitive[P]]: ...
def primitive(
    forward: Callable[P, Any] | None = None, *, name: str | None = None
) -> Any:
    """Make a differentiable operation of a function of arrays; see `Primitive`.

    It is called `name` in graphs and errors, as the function is without one.
    """
    if forward is None:
        return functools.partial(Primitive, name=name)
    return Primitive(forward, name)
