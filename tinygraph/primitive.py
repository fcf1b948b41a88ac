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

from .arguments import ERRORS, SEQUENCES, explained, listed
from .binding import as_numbers, checked, complete, has_tensor, normalized
from .callers import line_of_user
from .declaration import Declared
from .errors import TinygraphError
from .graph import Graph
from .merging import meet
from .modes import current_mode
from .signatures import Function, P
from .tensor import Tensor
from .value import ARRAY, PYTHON_NUMBERS, REAL_KINDS, frozen

FLOAT = np.float64  # the type of most results without axes


class Primitive(Declared, Function[P]):
    """An operation that is recorded in a graph; made by the decorator `primitive`.

    Arguments are the arrays that a gradient can flow to; parameters are options, such
    as `axis`. Arguments come first. Parameters follow a `*`, or a `/` if they may also
    be given by position. An argument with the default None may be left out.

    >>> import numpy as np, tinygraph as tg
    >>> @tg.primitive
    ... def cube(x):
    ...     return x ** 3
    >>> _ = cube.vjp(lambda g, y, x: g * 3 * x ** 2, r"3 \bar{y} x^2")
    >>> x = tg.Tensor(2.0, requires_grad=True)
    >>> y = cube(x)
    >>> y.backward()
    >>> x.grad
    array(12.)
    """

    def apply(self, *arguments: Any, **parameters: Any) -> Any:
        """Apply the operation. A tensor among the arguments gives a tensor, which may
        be recorded; otherwise the result is an array.
        """
        # VJPs call operations with plain arrays, very often: so this calls forward at
        # once, and looks at how the call was written only if that fails.
        for argument in arguments:
            if type(argument) is not ARRAY:
                return self._apply(arguments, parameters)
        if parameters and has_tensor(parameters):  # by its name, or by mistake
            return self._apply(arguments, parameters)
        try:
            return self.forward(*arguments, **parameters)
        except TinygraphError:
            raise
        except ERRORS as error:
            if (given := complete(self, arguments, parameters)) is not None:
                raise explained(self.name, arguments, given, error) from None
        return self._apply(arguments, parameters)

    if not TYPE_CHECKING:  # `Function` tells type checkers what a call returns
        __call__ = apply

    def _apply(self, arguments: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
        """Compute on the arrays of tensors, and record the result."""
        if (
            len(arguments) != self.arity
            or parameters.keys() != self.parameter_names
            or (parameters and has_tensor(parameters))
        ):
            arguments, parameters = normalized(self, arguments, parameters)
        values, tensors, others = [*arguments], [], False
        for position, argument in enumerate(arguments):
            if isinstance(argument, Tensor):
                tensors.append(argument)
                values[position] = argument._data
            elif type(argument) not in PYTHON_NUMBERS:
                others = True  # arrays, lists, and what may be neither
        if others:
            for argument in arguments:
                if type(argument) in SEQUENCES:
                    return self._apply(tuple(map(listed, arguments)), parameters)
            arguments, values = checked(self, arguments, values, bool(tensors))
        if not tensors:
            if others and (recorder := current_mode.get().recorder) is not None:
                return recorder.applied_to_arrays(self, values, parameters)
            return self.compute(values, parameters)
        return self._compute_and_record(values, tensors, arguments, parameters)

    def _compute_and_record(
        self,
        values: list[Any],
        tensors: list[Tensor],
        arguments: tuple[Any, ...],
        parameters: dict[str, Any],
    ) -> Tensor:
        """Compute on the arrays; record the result if a tensor requires a gradient.

        Inside `no_grad`, nothing is recorded.
        """
        recording, scope, _, recorder, lines = current_mode.get()
        if recorder is not None:
            noted: Tensor = recorder.applied(
                self, values, tensors, arguments, parameters
            )
            return noted
        try:  # as in `compute`, without another call
            result = self.forward(*values, **parameters)
        except TinygraphError:
            raise
        except ERRORS as error:
            raise explained(self.name, values, parameters, error) from None
        kind = type(result)
        if kind is not FLOAT and (
            kind is not ARRAY or result.dtype.kind not in REAL_KINDS
        ):
            result = as_numbers(self.name, result)
        graph: Graph | None = None
        needed = False
        for tensor in tensors:
            if tensor._requires_grad:
                needed, own = True, tensor._graph
                if own is not None and own is not graph:
                    first = graph is None and own._merged_into is None  # as usual
                    graph = own if first else meet(graph, own)
        if not (needed and recording):
            return tensors[0]._leaf(result)
        if graph is None:
            graph = Graph()
        result = frozen(result)
        node = graph._own_tape.record(self, arguments, result, parameters, scope)
        if lines:
            graph._own_tape.note_line(node, line_of_user())
        return tensors[0]._result(result, graph, node)

    def compute(self, values: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """The forward function on arrays, with errors that name the operation."""
        try:
            return self.forward(*values, **parameters)
        except TinygraphError:
            raise
        except ERRORS as error:
            raise explained(self.name, values, parameters, error) from None


@overload
def primitive(forward: Callable[P, Any]) -> Primitive[P]: ...
@overload
def primitive(*, name: str) -> Callable[[Callable[P, Any]], Primitive[P]]: ...
def primitive(
    forward: Callable[P, Any] | None = None, *, name: str | None = None
) -> Any:
    """Make a differentiable operation from a function of arrays; see `Primitive`.

    `name` is its name in graphs and errors; by default, that of the function.
    """
    if forward is None:
        return functools.partial(Primitive, name=name)
    return Primitive(forward, name)
