"""Which elements of an argument made an element of a result, and by how much.

There is one way for every operation: the VJP of a gradient that is 1 at one element of
the result, and 0 elsewhere, is the derivative of that element with respect to every
element of the argument. Where it is 0, the element played no part.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backward import fitted
from ..value import fetched
from .explain import read_only, vjp_of
from .record import Record
from .steps import BackwardStep


def slopes(record: Record, step: BackwardStep, most: int) -> Any | None:
    """The derivative of each element of a result with respect to each of an argument.

    An array (elements of the result, elements of the argument), both in the order of
    memory. None for the seed, and where either has more than `most` elements.

    >>> from tinygraph import Tensor, trace
    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> taken = trace((x * x).sum())
    >>> slopes(taken, taken[1], 9), slopes(taken, taken[2], 9)
    (array([[1., 1., 1.]]), array([[1., 0., 0.],
           [0., 2., 0.],
           [0., 0., 3.]]))
    """
    if step.node is None or max(np.size(step.gradient), np.size(step.total)) > most:
        return None
    like = np.asarray(step.gradient)
    with np.errstate(all="ignore"):
        rows = [probed(record, step, place) for place in range(like.size)]
    return read_only(np.stack(rows)) if rows else None


def probed(record: Record, step: BackwardStep, place: int) -> Any:
    """The VJP of a gradient that is 1 at one place of the result, as a row."""
    gradient = np.zeros_like(step.gradient)
    gradient.flat[place] = 1
    pulled = vjp_of(record.graph, step, gradient)
    return fetched(fitted(pulled, np.asarray(step.total))).ravel()
