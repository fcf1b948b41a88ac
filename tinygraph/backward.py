"""The chain rule: the backward pass as a generator of steps over a graph.

Let L be the output. Every value v has a gradient v̄ = ∂L/∂v, and the chain rule says
that it is a sum over the uses of v:

    v̄  =  Σ  vjp(ȳ, y, ..., v, ...)        over every operation y = f(..., v, ...)

A gradient is complete once every use has contributed. Going through the operations in
reverse topological order makes sure of it: when we come to y, all of its uses have been
visited, so ȳ is complete and may be handed on. The graph was recorded in topological
order, hence the way back is the recording order reversed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .graph import Graph
from .modes import current_mode
from .ops.shape import astype, sum_to
from .pulling import pull
from .tape import NO_PARAMETERS
from .tensor import Tensor
from .value import PYTHON_NUMBERS


@dataclass(slots=True)
class Step:
    """One VJP, delivered to one input of one operation.

    The first step of a pass is the seed: it has no operation, and delivers the output's
    own gradient.
    """

    node: int | None  # the operation's result, whose gradient is complete
    position: int  # which argument of the operation
    source: int  # the node of that argument
    gradient: Any  # ȳ, what arrives at the operation
    contribution: Any  # what the VJP makes of it for this argument
    before: Any  # what earlier steps brought to the source; None if this is the first
    total: Any  # the sum of the two: the source's gradient so far


def backward(
    output: Tensor,
    seed: Any,
    needed: Container[int],
    record: bool = False,
    order: Iterable[int] | None = None,
) -> Iterator[Step]:
    """Yield the steps of the backward pass from `output`, whose gradient is `seed`.

    `needed` has the nodes that get a gradient, and all nodes on the way to them. With
    `record`, VJPs are applied to tensors, and the pass is recorded in the same graph.
    Any `order` but the reverse topological one gives wrong gradients.
    """
    yield Step(None, 0, output.node, None, seed, None, seed)
    if (graph := output.graph) is None:  # a leaf: no operation computed it
        return
    tape, gradients = graph._tape, {output.node: seed}
    read = tensor_reader(output, graph) if record else tape.value.__getitem__
    params = parameters_of(graph) if record else tape.params
    correct = order is None
    for node in reversed(graph._result_nodes()) if order is None else order:
        if node not in gradients or node not in tape.primitive:
            continue  # no gradient arrived here; or, in an order that was given, a leaf
        gradient, inputs = gradients[node], tape.inputs[node]
        if correct:  # complete, hence used for the last time
            del gradients[node]
        result, arguments = read(node), [*map(read, inputs)]
        primitive, parameters = (
            tape.primitive[node],
            params.get(node, NO_PARAMETERS),
        )
        for position, source in enumerate(inputs):
            if source not in needed:
                continue
            pulled = pull(primitive, position, gradient, result, arguments, parameters)
            if pulled is None:  # an index, say, has no gradient
                continue
            contribution = fitted(pulled, arguments[position])
            before = gradients.get(source)
            total = contribution if before is None else before + contribution
            gradients[source] = total
            yield Step(node, position, source, gradient, contribution, before, total)


def fitted(gradient: Any, value: Any) -> Any:
    """A gradient with the shape and type of its value.

    This undoes the broadcasting and type promotion that NumPy applies to an argument
    before the operation itself.
    """
    if gradient.shape != value.shape:
        gradient = sum_to(gradient, shape=value.shape)
    if gradient.dtype != value.dtype:
        gradient = astype(gradient, dtype=value.dtype)
    return gradient


def parameters_of(graph: Graph) -> Any:
    """For a pass that is recorded: the parameters of operations, by node.

    While a step is recorded for replay, arrays among them are watched.
    """
    recorder = current_mode.get().recorder
    params = graph._tape.params
    return params if recorder is None else recorder.watched_parameters(params)


def tensor_reader(output: Tensor, graph: Graph) -> Callable[[int], Any]:
    """For a pass that is recorded: a function from a node to a tensor of its value.

    A leaf is read this way, too: a new leaf would have another node, and the gradient
    would not reach the old one. Python numbers stay what they are.
    """
    tape = graph._tape

    def read(node: int) -> Any:
        value = tape.value[node]
        if type(value) in PYTHON_NUMBERS:
            return value
        return output._result(value, graph, node, tape.requires_grad(node))

    return read
