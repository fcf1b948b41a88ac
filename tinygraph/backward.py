"""The chain rule: the backward pass as a generator of steps over a graph.

Let L be the output.  Every value v has a gradient v̄ = ∂L/∂v, and the chain rule says
that it is a sum over the uses of v:

    v̄  =  Σ  vjp(ȳ, y, ..., v, ...)        over every operation y = f(..., v, ...)

A gradient is complete once every use has contributed.  Going through the operations in
reverse topological order makes sure of it: when we come to y, all of its uses lie
behind us, so ȳ is complete and may be handed on.  The graph was recorded in topological
order, hence the way back is the recording order reversed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .ops.shape import astype, sum_to
from .pulling import pull
from .tape import NO_PARAMETERS
from .value import Value


@dataclass(slots=True)
class Step:
    """One VJP, delivered to one input of one operation.

    The first step of a pass is the seed: it has no operation, and delivers the output's
    own gradient.
    """

    node: int | None  # the operation's result, whose gradient is complete
    position: int  # which argument of the operation
    source: int  # the node that this argument is
    gradient: Any  # ȳ, what arrives at the operation
    contribution: Any  # what the VJP makes of it for this argument
    before: Any  # what earlier steps brought to the source; None if this is the first
    total: Any  # the sum of the two: the source's gradient so far


def backward(
    output: Value,
    seed: Any,
    needed: Container[int],
    record: bool = False,
    order: Iterable[int] | None = None,
) -> Iterator[Step]:
    """Yield the steps of the backward pass from `output`, where its gradient is `seed`.

    Only nodes in `needed` get a gradient.  With `record`, VJPs are applied to tensors,
    so that the backward pass is recorded in the same graph.  Another `order` than the
    reverse topological one gives wrong gradients; `tinygraph.trace` shows how.
    """
    yield Step(None, 0, output.node, None, seed, None, seed)
    graph = output.graph
    if graph is None:  # a leaf: no operation lies behind it
        return
    tape, gradients = graph.tape, {output.node: seed}
    read = graph.tensor_at(type(output)) if record else tape.value.__getitem__
    for key in reversed(graph.operations()) if order is None else order:
        if key not in gradients or (primitive := tape.primitive.get(key)) is None:
            continue
        gradient, inputs = gradients[key], tape.inputs[key]
        result, arguments = read(key), [*map(read, inputs)]
        parameters = tape.params.get(key, NO_PARAMETERS)
        for position, source in enumerate(inputs):
            if source not in needed:
                continue
            contribution = pull(
                primitive, position, gradient, result, arguments, parameters
            )
            if contribution is None:  # an index, say: there is no gradient
                continue
            value = arguments[position]  # a gradient is shaped as its value is:
            if contribution.shape != value.shape:  # undo broadcasting
                contribution = sum_to(contribution, shape=value.shape)
            if contribution.dtype != value.dtype:  # and type promotion
                contribution = astype(contribution, dtype=value.dtype)
            before = gradients.get(source)
            total = contribution if before is None else before + contribution
            gradients[source] = total
            yield Step(key, position, source, gradient, contribution, before, total)
