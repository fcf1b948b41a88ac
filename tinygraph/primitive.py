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
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .errors import (
    DTypeError,
    GraphError,
    ShapeError,
    ShapeIndexError,
    TinygraphError,
)
from .graph import Graph, current_mode
from .value import ARRAY, SCALAR_DTYPES, Array, Value, frozen

Rule = Callable[..., Any]
SEQUENCES = (list, tuple)
ERRORS = (ValueError, TypeError, IndexError)  # that are explained


class Primitive:
    """An operation that is recorded in a graph; made by the decorator `primitive`.

    Arrays are positional in the forward function, parameters are keyword-only.  An
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

    def __init__(self, forward: Callable[..., Any]) -> None:
        functools.update_wrapper(self, forward)
        self.forward = forward
        self.name = forward.__name__.lstrip("_")
        self.rules: list[Rule | None] = []
        self.formulas: list[str] = []
        self.rule_for_each: Callable[..., Any] | None = None
        signature = inspect.signature(forward)
        kinds = [parameter.kind for parameter in signature.parameters.values()]
        self.variadic = inspect.Parameter.VAR_POSITIONAL in kinds
        self.argument_names = [
            name
            for name, parameter in signature.parameters.items()
            if parameter.kind <= inspect.Parameter.POSITIONAL_OR_KEYWORD
        ]
        self.arity = len(self.argument_names)
        self.required = sum(
            signature.parameters[name].default is not None
            for name in self.argument_names
        )
        self.parameter_names = dict.fromkeys(
            name
            for name, parameter in signature.parameters.items()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        ).keys()
        self.defaults = {
            name: parameter.default
            for name, parameter in signature.parameters.items()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
            and parameter.default is not inspect.Parameter.empty
        }
        self.signature = signature.replace(
            parameters=[
                parameter.replace(annotation=inspect.Parameter.empty)
                for parameter in signature.parameters.values()
            ],
            return_annotation=inspect.Signature.empty,
        )

    def __repr__(self) -> str:
        return f"<primitive {self.name}{self.signature}>"

    def _repr_latex_(self) -> str:
        """The formulas of the VJPs, as a notebook shows them."""
        return "$" + r",\quad ".join(filter(None, self.formulas)) + "$"

    def vjp(self, *rules: Rule | str | None) -> Any:
        """Set the VJPs of the next arguments; a text after a VJP is its LaTeX formula.

        None stands for an argument that has no gradient, an index for instance.
        Returns the last rule, so that it serves as a decorator too.
        """
        for rule in rules:
            if isinstance(rule, str):
                self.formulas[-1] = rule
            else:
                self.rules.append(rule)
                self.formulas.append("")
        return rules[-1]

    def vjp_for_each(self, rule: Rule, formula: str = "") -> Rule:
        """Set the one VJP of an operation on any number of arguments.

        It gets the keyword `position`, the argument whose gradient is asked for.
        """
        self.rule_for_each = rule
        self.formulas = [formula]
        return rule

    def rule(self, position: int) -> Rule | None:
        """The VJP of the argument at `position`; None where there is no gradient."""
        try:
            return self.rules[position]
        except IndexError:
            if self.rule_for_each is not None:
                return functools.partial(self.rule_for_each, position=position)
        argument = dict(enumerate(self.argument_names)).get(position, position)
        raise GraphError(
            f"{self.name} has no VJP for its argument {argument!r}: "
            f"give it one with {self.name}.vjp(...)"
        )

    def __call__(self, *arguments: Any, **parameters: Any) -> Any:
        """Functions of arrays give arrays, functions of tensors give tensors."""
        for argument in arguments:
            if type(argument) is not ARRAY:
                break
        else:  # arrays, as VJPs have them: a call is sorted out if it fails
            for parameter in parameters.values():
                if isinstance(parameter, Value):
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
            if isinstance(parameter, Value):
                self._refuse(parameter, parameters)
        for argument in arguments:
            if isinstance(argument, Value):
                return self._recorded(argument, arguments, parameters)
        return self.compute(tuple(map(listed, arguments)), parameters)

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
        self, tensor: Value, arguments: tuple[Any, ...], parameters: dict[str, Any]
    ) -> Any:
        """The result for tensors and arrays: a tensor, with its place in a graph."""
        values: list[Any] = []
        graph: Graph | None = None
        needed = plain = False
        for argument in arguments:
            if isinstance(argument, Value):
                values.append(argument._data)
                if argument._requires_grad:
                    needed = True
                    own = argument._graph
                    if own is not None and own is not graph:
                        first = graph is None and own.merged_into is None
                        graph = own if first else meet(graph, own)
            else:
                values.append(argument)
                plain = plain or type(argument) not in SCALAR_DTYPES
        if plain:
            arguments, values = self._owned(arguments, values)
        result = self.compute(values, parameters)
        recording, scope = current_mode.get()
        if not (needed and recording):
            return tensor.leaf(result)
        if graph is None:
            graph = Graph()
        result = frozen(result)
        node = graph.tape.record(self, arguments, result, parameters, scope)
        return tensor.recorded(result, graph, node)

    def _owned(
        self, arguments: Sequence[Any], values: Sequence[Any]
    ) -> tuple[tuple[Any, ...], list[Any]]:
        """The arguments with the user's arrays copied, so that nobody changes them."""
        while arguments[-1] is None and len(arguments) > self.required:
            arguments, values = arguments[:-1], values[:-1]  # they may be left out
        own = [
            constant(self.name, v) if v is a and type(v) not in SCALAR_DTYPES else v
            for a, v in zip(arguments, values, strict=True)
        ]
        pairs = zip(arguments, own, strict=True)
        kept = (a if isinstance(a, Value) else v for a, v in pairs)
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

    def _refuse(self, tensor: Value, parameters: dict[str, Any]) -> None:
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


def primitive(forward: Callable[..., Any]) -> Primitive:
    """Make a differentiable operation of a function of arrays; see `Primitive`."""
    return Primitive(forward)


def listed(value: Any) -> Any:
    """An argument as a user may write it, with a list made an array."""
    return np.asarray(value) if type(value) in SEQUENCES else value


def meet(graph: Graph | None, other: Graph) -> Graph:
    """The one graph that the arguments so far and this one are recorded in."""
    other = other.current() if other.merged_into is not None else other
    if graph is None or graph.current() is other:
        return other
    return graph.current().merge(other)


def constant(operation: str, value: Any) -> Array:
    """A value of the user's own as an array that only the graph holds.

    Raises DTypeError for anything but numbers.
    """
    try:
        array = np.array(value)
    except (ValueError, TypeError) as error:
        raise DTypeError(
            f"{operation}: cannot make an array of {value!r}: {error}"
        ) from None
    if array.dtype.kind not in "biuf":
        raise DTypeError(
            f"{operation}: got {value!r} of type {type(value).__name__}, which is no "
            f"number, array of real numbers or a tensor"
        )
    return array


def explained(
    operation: str,
    values: Sequence[Any],
    parameters: Mapping[str, Any],
    error: Exception,
) -> TinygraphError:
    """The error that NumPy raised, with the operation, shapes and parameters named."""
    shapes = ", ".join(str(np.shape(value)) for value in values)
    given = "".join(f", {name}={value!r}" for name, value in parameters.items())
    text = f"{operation}: shapes {shapes}{given}: {remedy(values, error)}"
    if isinstance(error, TypeError):
        return DTypeError(text)
    if isinstance(error, IndexError):
        return ShapeIndexError(text)
    return ShapeError(text)


def remedy(values: Sequence[Any], error: Exception) -> str:
    """What is wrong with the shapes, in words; NumPy's own words where that is best."""
    if "could not be broadcast together" not in str(error):
        return str(error)
    shapes = [np.shape(value) for value in values]
    for axis in range(-1, -1 - max(map(len, shapes)), -1):
        sizes = [shape[axis] for shape in shapes if len(shape) >= -axis]
        if len(set(sizes) - {1}) > 1:
            clash = " and ".join(map(str, dict.fromkeys(sizes)))
            return (
                f"they cannot be broadcast together: on axis {axis} the sizes are "
                f"{clash}, which must be equal, or 1"
            )
    return str(error)
