"""Derivatives of functions: gradients, Jacobians, Hessians, and both products.

Functions of arrays give arrays; functions of tensors give tensors, which are recorded
and can be differentiated again.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from .arguments import SEQUENCES, listed, numbers, tensor_in
from .backward import backward
from .errors import DTypeError, GraphError, ShapeError
from .graph import Graph
from .modes import current_mode, differentiating
from .ops import positive, reshape, stack
from .tape import NO_PARAMETERS
from .tensor import Tensor
from .value import Watched, arrayed, copied, zeros

__all__ = ["grad", "gradients", "hessian", "jacobian", "jvp", "value_and_grad", "vjp"]

Function = Callable[..., Any]


def gradients(
    output: Tensor, inputs: Sequence[Tensor], seed: Any = None, record: bool = False
) -> list[Any]:
    """∂output/∂input for each input, as arrays; leaves every `.grad` as it is.

    `seed` is the gradient of the output itself, 1 for a single number. With `record`
    the gradients are tensors, part of the same graph, to be differentiated again.
    An input that the output does not depend on has a gradient of zeros.

    Raises GraphError for an input that does not require a gradient, and the errors of
    `Tensor.backward`.

    >>> x = Tensor(3.0, requires_grad=True)
    >>> [slope] = gradients(x**3, [x], record=True)
    >>> gradients(slope, [x])
    [array(18.)]
    """
    refuse_constants(inputs)
    graph, start = output.graph, starting(output, seed, record)
    nodes = [[x.node] if graph is None else graph._versions_of(x) for x in inputs]
    totals = totals_of(output, start, set().union(*nodes), record)
    results = zeros_like(inputs, record)
    for place, versions in enumerate(nodes):
        found = [totals[node] for node in versions if node in totals]
        if found:
            total = sum(found[1:], found[0])
            results[place] = total if record else a_copy(total)
    return results


def a_copy(array: Any) -> Any:
    """A plain array for the user, who may change it; watched where it must be."""
    return array.copy("K") if isinstance(array, Watched) else copied(array)


def refuse_constants(inputs: Sequence[Tensor]) -> None:
    """Raise GraphError for an input that does not require a gradient."""
    for x in inputs:
        if not (isinstance(x, Tensor) and x.requires_grad):
            raise GraphError(
                f"gradients: {x!r} does not require a gradient: "
                f"make it with Tensor(..., requires_grad=True)"
            )


def starting(output: Tensor, seed: Any, record: bool) -> Any:
    """The gradient of the output itself: a tensor if the pass is recorded."""
    if record and isinstance(seed, Tensor):
        return seed
    array = output._seed(seed)
    return Tensor(array) if record else array


def totals_of(
    output: Tensor, start: Any, sources: set[int], record: bool
) -> dict[int, Any]:
    """The gradients of the sources, and of everything between them and the output."""
    totals = {output.node: start}
    if output.graph is not None:
        needed = downstream(output.graph, sources)
        recorder = None if record else current_mode.get().recorder
        if recorder is not None:
            return {output.node: start, **recorder.totals(output, start, needed)}
        with differentiating() if record else nullcontext():
            for step in backward(output, start, needed, record):
                totals[step.source] = step.total
    return totals


def zeros_like(inputs: Sequence[Tensor], record: bool) -> list[Any]:
    """The gradients of an output that does not depend on the inputs."""
    none = [zeros(x.shape, x.dtype, x._data) for x in inputs]
    return [Tensor(z) for z in none] if record else none


def downstream(graph: Graph, sources: set[int]) -> set[int]:
    """The sources, and everything computed from them."""
    reached = set(sources)
    for node, inputs in graph._tape.inputs.items():
        if not reached.isdisjoint(inputs):
            reached.add(node)
    return reached


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that gives (f(...), its gradient) for a scalar-valued `f`.

    With several `argnums`, the gradient is a tuple. Keyword arguments go to `f`
    unchanged.

    Raises DTypeError where `f` does not return a tensor, and warns where the result
    does not depend on these arguments: the gradient is then zero.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (array(9.), array(6.))
    """

    def differentiated(*arguments: Any, **keywords: Any) -> tuple[Any, Any]:
        output, inputs, record = call_on_variables(
            f, arguments, argnums, keywords, single=True
        )
        if output.requires_grad:
            found = gradients(output, inputs, record=record)
        else:
            found = zeros_like(inputs, record)
        value = output if record else a_copy(output.data)
        return value, found[0] if isinstance(argnums, int) else tuple(found)

    return derivative(differentiated)


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The gradient of a scalar-valued function, as a function of the same arguments.

    >>> square = lambda x: x * x
    >>> grad(square)(3.0)
    array(6.)
    >>> grad(grad(square))(3.0)
    array(2.)
    """
    differentiated = value_and_grad(f, argnums)
    return derivative(lambda *inputs, **more: differentiated(*inputs, **more)[1])


def derivative(function: Function) -> Function:
    """Mark a function as a derivative, which may be constant without a warning."""
    function.is_derivative = True  # type: ignore[attr-defined]
    return function


def call_on_variables(
    f: Function,
    arguments: Sequence[Any],
    argnums: int | Sequence[int],
    keywords: Mapping[str, Any] = NO_PARAMETERS,
    single: bool = False,
) -> tuple[Tensor, list[Tensor], bool]:
    """f at the arguments, the tensors to differentiate in, and whether to record.

    These tensors are new values in the graph: the same tensor, used inside `f` under
    another name, is a constant for this derivative.
    """
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)
    for number in numbers:
        if not -len(arguments) <= number < len(arguments):
            raise ShapeError(
                f"argnums names argument {number}, but the call has {len(arguments)} "
                f"positional arguments"
            )
    arguments = [*map(listed, arguments)]
    chosen = {number % len(arguments): None for number in numbers}
    inputs = {number: variable(arguments[number]) for number in chosen}
    with differentiating():
        output = f(
            *(inputs.get(i, argument) for i, argument in enumerate(arguments)),
            **keywords,
        )
    variables = [inputs[number % len(arguments)] for number in numbers]
    output = tensor_of(f, output, single)
    warn_of_constant(f, output, variables)
    record = any(isinstance(x, Tensor) for x in (*arguments, *keywords.values()))
    return output, variables, record


def tensor_of(f: Function, output: Any, single: bool) -> Tensor:
    """The result of a function as a tensor; a list of tensors is stacked.

    Raises DTypeError for a result that is not a tensor: its gradient would be lost.
    """
    if isinstance(output, Tensor):
        return output
    name = getattr(f, "__name__", "the function")
    if type(output) in SEQUENCES and tensor_in(output) is not None:
        if not single:
            return Tensor(output)
        raise DTypeError(
            f"{name} returned a {type(output).__name__} of {len(output)}, but only a "
            f"single number has a gradient: return one, or use tinygraph.jacobian"
        )
    raise DTypeError(
        f"{name} returned {output!r} of type {type(output).__name__}, which is not "
        f"a tensor, so its gradient would be lost: compute the result from the "
        f"arguments with operators, NumPy's functions (np.sin for math.sin) or those "
        f"of tinygraph"
    )


def warn_of_constant(f: Function, output: Tensor, inputs: Sequence[Tensor]) -> None:
    """Warn where a result does not depend on the arguments of the derivative."""
    if getattr(f, "is_derivative", False):
        return
    graph, own = output.graph, {x.node for x in inputs}
    if graph is not None and output.node in downstream(graph, own):
        return
    if output.node not in own:
        warnings.warn(
            f"{getattr(f, '__name__', 'the function')} returned a tensor that does not "
            f"depend on the arguments it is differentiated in: the gradient is zero",
            stacklevel=user_level(),
        )


def user_level() -> int:
    """The `stacklevel` of the line that called into this module."""
    frame, level = sys._getframe(1), 1
    while frame.f_globals["__name__"] == __name__ and frame.f_back is not None:
        frame, level = frame.f_back, level + 1
    return level


def variable(argument: Any) -> Tensor:
    """A tensor to differentiate in, connected to the argument if that is a tensor."""
    if isinstance(argument, Tensor) and argument.requires_grad:
        connected: Tensor = positive(argument)
        if connected.requires_grad:
            return connected
    array = arrayed(numbers("the argument", argument))
    if array.dtype.kind in "iu":
        array = array.astype(float)
    return Tensor(array, requires_grad=True)


def vjp(f: Function, *inputs: Any) -> tuple[Any, Function]:
    """f's value, and the function from a seed v to vᵀJ, one gradient for each input.

    >>> y, pull = vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    output, variables, record = call_on_variables(f, inputs, range(len(inputs)))

    def pull(seed: Any) -> tuple[Any, ...]:
        if not output.requires_grad:
            return tuple(zeros_like(variables, record))
        return tuple(gradients(output, variables, seed, record=record))

    return (output if record else a_copy(output.data)), pull


def jvp(f: Function, inputs: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f's value, and J t: its derivative as the inputs move along `tangents`.

    Two reverse passes: uᵀJ is linear in u, and its own VJP at t is J t.
    J. Townsend, A new trick for calculating Jacobian vector products, 2017.

    >>> jvp(lambda x: x * x, [np.array([1.0, 2.0])], [np.array([1.0, 10.0])])
    (array([1., 4.]), array([ 2., 40.]))
    """
    if len(inputs) != len(tangents):
        raise ShapeError(f"jvp: {len(inputs)} inputs, but {len(tangents)} tangents")
    output, variables, record = call_on_variables(f, inputs, range(len(inputs)))
    record = record or any(isinstance(tangent, Tensor) for tangent in tangents)
    still = zeros(output.shape, output.dtype, output._data)
    if not output.requires_grad:
        return (output, Tensor(still)) if record else (a_copy(output.data), still)
    u = Tensor(still, requires_grad=True)
    pulled = gradients(output, variables, u, record=True)
    moved = Tensor(zeros((), float, output._data))
    for direction, tangent in zip(pulled, tangents, strict=True):
        if np.shape(tangent) != direction.shape:
            raise ShapeError(
                f"jvp: a tangent of shape {np.shape(tangent)} for an input of shape "
                f"{direction.shape}"
            )
        moved = moved + (direction * tangent).sum()
    [pushed] = gradients(moved, [u], record=record) if moved.requires_grad else [still]
    return (output, pushed) if record else (a_copy(output.data), pushed)


def jacobian(f: Function, argnum: int = 0) -> Function:
    """All partial derivatives ∂fᵢ/∂xⱼ; the shape is f's, followed by x's.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def differentiated(*arguments: Any, **keywords: Any) -> Any:
        output, [x], record = call_on_variables(f, arguments, [argnum], keywords)
        rows = []
        for place in range(output.size if output.requires_grad else 0):
            seed = np.zeros(output.size, output.dtype)
            seed[place] = 1.0
            rows += gradients(output, [x], seed.reshape(output.shape), record=record)
        shape = (*output.shape, *x.shape)
        if not rows:
            none = zeros(shape, x.dtype, x._data)
            return Tensor(none) if record else none
        return reshape(stack(rows), shape=shape)

    return derivative(differentiated)


def hessian(f: Function, argnum: int = 0) -> Function:
    """All second derivatives of a scalar-valued function; the shape is x's, twice.

    >>> hessian(lambda x: (x * x * x).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return jacobian(grad(f, argnum), argnum)
