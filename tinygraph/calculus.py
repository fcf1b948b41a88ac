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
from .modes import differentiating
from .ops import positive, reshape, stack
from .tape import NO_PARAMETERS
from .tensor import Tensor

Function = Callable[..., Any]


def gradients(
    output: Tensor, inputs: Sequence[Tensor], seed: Any = None, record: bool = False
) -> list[Any]:
    """∂output/∂input for each input, as arrays; no `.grad` is touched.

    `seed` is the gradient of the output itself, 1 for a single number.  With `record`
    the gradients are tensors, part of the same graph, to be differentiated again.
    An input that the output does not depend on has a gradient of zeros.

    Raises GraphError for an input that requires no gradient, and as `Tensor.backward`.

    >>> x = Tensor(3.0, requires_grad=True)
    >>> [slope] = gradients(x**3, [x], record=True)
    >>> gradients(slope, [x])
    [array(18.)]
    """
    for x in inputs:
        if not (isinstance(x, Tensor) and x.requires_grad):
            raise GraphError(
                f"gradients: {x!r} requires no gradient: "
                f"make it Tensor(..., requires_grad=True)"
            )
    if record and isinstance(seed, Tensor):
        start: Any = seed
    else:
        start = output._seed(seed)
        start = type(output)(start) if record else start
    graph = output.graph
    nodes = [[x.node] if graph is None else graph._versions_of(x) for x in inputs]
    totals: dict[int, Any] = {output.node: start}
    if graph is not None:
        needed = downstream(graph, {n for versions in nodes for n in versions})
        with differentiating() if record else nullcontext():
            for step in backward(output, start, needed, record):
                totals[step.source] = step.total
    results = zeros_like(inputs, record)
    for place, versions in enumerate(nodes):
        found = [totals[node] for node in versions if node in totals]
        if found:
            total = sum(found[1:], found[0])
            results[place] = total if record else np.array(total)
    return results


def zeros_like(inputs: Sequence[Tensor], record: bool) -> list[Any]:
    """The gradients of what does not depend on the inputs."""
    zeros = [np.zeros(x.shape, x.dtype) for x in inputs]
    return [Tensor(z) for z in zeros] if record else list(zeros)


def downstream(graph: Graph, sources: set[int]) -> set[int]:
    """The sources and everything that was made of them."""
    reached = set(sources)
    for node, inputs in graph._tape.inputs.items():
        if not reached.isdisjoint(inputs):
            reached.add(node)
    return reached


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that gives (f(...), its gradient) for a scalar-valued `f`.

    With several `argnums`, the gradient is a tuple.  Keyword arguments are handed to
    `f` as they are.

    Raises DTypeError where `f` returns no tensor, and warns where what it returns does
    not depend on these arguments: the gradient is zero then.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (array(9.), array(6.))
    """

    def differentiated(*arguments: Any, **keywords: Any) -> tuple[Any, Any]:
        output, inputs, record = applied(f, arguments, argnums, keywords, single=True)
        if output.requires_grad:
            found = gradients(output, inputs, record=record)
        else:
            found = zeros_like(inputs, record)
        value = output if record else np.array(output.data)
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
    """Mark a function as a derivative: that one is constant is no surprise."""
    function.is_derivative = True  # type: ignore[attr-defined]
    return function


def applied(
    f: Function,
    arguments: Sequence[Any],
    argnums: int | Sequence[int],
    keywords: Mapping[str, Any] = NO_PARAMETERS,
    single: bool = False,
) -> tuple[Tensor, list[Tensor], bool]:
    """f at the arguments, those that it is differentiated in, and whether to record.

    They are new values in the graph: the same tensor, used inside `f` by another name,
    is a constant for this derivative.
    """
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)
    for number in numbers:
        if not -len(arguments) <= number < len(arguments):
            raise ShapeError(
                f"argnums names argument {number}, but there are {len(arguments)} "
                f"without a keyword"
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
    output = returned(f, output, single)
    warn_of_constant(f, output, variables)
    record = any(isinstance(x, Tensor) for x in (*arguments, *keywords.values()))
    return output, variables, record


def returned(f: Function, output: Any, single: bool) -> Tensor:
    """What a function returned, as a tensor; a list of tensors is stacked.

    Raises DTypeError where no tensor was returned: its gradient would be lost.
    """
    if isinstance(output, Tensor):
        return output
    name = getattr(f, "__name__", "the function")
    if type(output) in SEQUENCES and tensor_in(output) is not None:
        if not single:
            return Tensor(output)
        raise DTypeError(
            f"{name} returned a {type(output).__name__} of {len(output)}, and only one "
            f"number has a gradient: return a single tensor, or use tinygraph.jacobian"
        )
    raise DTypeError(
        f"{name} returned {output!r} of type {type(output).__name__}, which is no "
        f"tensor, so that its gradient would be lost: return what is computed from the "
        f"arguments by operators, by NumPy's functions (np.sin for math.sin) or by "
        f"tinygraph's"
    )


def warn_of_constant(f: Function, output: Tensor, inputs: Sequence[Tensor]) -> None:
    """Warn where a result does not depend on what it is differentiated in."""
    if getattr(f, "is_derivative", False):
        return
    graph, own = output.graph, {x.node for x in inputs}
    if graph is not None and output.node in downstream(graph, own):
        return
    if output.node not in own:
        warnings.warn(
            f"{getattr(f, '__name__', 'the function')} returned a tensor that does not "
            f"depend on the arguments it is differentiated in: the gradient is zero",
            stacklevel=outside(),
        )


def outside() -> int:
    """How many calls lie between the caller of this and the user's line."""
    frame, level = sys._getframe(1), 1
    while frame.f_globals["__name__"] == __name__ and frame.f_back is not None:
        frame, level = frame.f_back, level + 1
    return level


def variable(argument: Any) -> Tensor:
    """A tensor to take a gradient in, connected to the argument if that is one."""
    if isinstance(argument, Tensor) and argument.requires_grad:
        connected: Tensor = positive(argument)
        if connected.requires_grad:
            return connected
    array = np.asarray(numbers("the argument", argument))
    if array.dtype.kind in "iu":
        array = array.astype(float)
    return Tensor(array, requires_grad=True)


def vjp(f: Function, *inputs: Any) -> tuple[Any, Function]:
    """f's value, and the function from a seed v to vᵀJ: one gradient per input.

    >>> y, pull = vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    output, variables, record = applied(f, inputs, range(len(inputs)))

    def pull(seed: Any) -> tuple[Any, ...]:
        if not output.requires_grad:
            return tuple(zeros_like(variables, record))
        return tuple(gradients(output, variables, seed, record=record))

    return (output if record else np.array(output.data)), pull


def jvp(f: Function, inputs: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f's value, and J t: how it changes as the inputs move along `tangents`.

    Made of two reverse passes: uᵀJ is linear in u, and its own VJP at t is J t.
    J. Townsend, A new trick for calculating Jacobian vector products, 2017.

    >>> jvp(lambda x: x * x, [np.array([1.0, 2.0])], [np.array([1.0, 10.0])])
    (array([1., 4.]), array([ 2., 40.]))
    """
    if len(inputs) != len(tangents):
        raise ShapeError(f"jvp: {len(inputs)} inputs, but {len(tangents)} tangents")
    output, variables, record = applied(f, inputs, range(len(inputs)))
    record = record or any(isinstance(tangent, Tensor) for tangent in tangents)
    zeros = np.zeros(output.shape, output.dtype)
    if not output.requires_grad:
        return (output, Tensor(zeros)) if record else (np.array(output.data), zeros)
    u = Tensor(zeros, requires_grad=True)
    pulled = gradients(output, variables, u, record=True)
    moved = Tensor(0.0)
    for direction, tangent in zip(pulled, tangents, strict=True):
        if np.shape(tangent) != direction.shape:
            raise ShapeError(
                f"jvp: a tangent of shape {np.shape(tangent)} for an input of shape "
                f"{direction.shape}"
            )
        moved = moved + (direction * tangent).sum()
    [pushed] = gradients(moved, [u], record=record) if moved.requires_grad else [zeros]
    return (output, pushed) if record else (np.array(output.data), pushed)


def jacobian(f: Function, argnum: int = 0) -> Function:
    """All partial derivatives ∂fᵢ/∂xⱼ, of f's shape followed by x's.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def differentiated(*arguments: Any, **keywords: Any) -> Any:
        output, [x], record = applied(f, arguments, [argnum], keywords)
        rows = []
        for place in range(output.size if output.requires_grad else 0):
            seed = np.zeros(output.size, output.dtype)
            seed[place] = 1.0
            rows += gradients(output, [x], seed.reshape(output.shape), record=record)
        shape = (*output.shape, *x.shape)
        if not rows:
            return Tensor(np.zeros(shape)) if record else np.zeros(shape, x.dtype)
        return reshape(stack(rows), shape=shape)

    return derivative(differentiated)


def hessian(f: Function, argnum: int = 0) -> Function:
    """All second derivatives of a scalar-valued function, of x's shape twice over.

    >>> hessian(lambda x: (x * x * x).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return jacobian(grad(f, argnum), argnum)
