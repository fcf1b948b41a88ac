"""Gradients that are not longer than a limit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

import tinygraph as tg

SMALL = 1e-6  # so that nothing is divided by 0, as in PyTorch


def clip_gradients(
    parameters: Iterable[tg.Tensor] | Mapping[str, tg.Tensor], norm: float
) -> float:
    """Shorten all gradients, taken as one vector, to the length `norm` at most.

    Returns the length before. Parameters without a gradient do not count. Call it
    between `backward` and the optimizer's `step`. Pascanu, Mikolov and Bengio, On the
    difficulty of training recurrent neural networks, 2013.

    >>> w = tg.Tensor([3.0, 4.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> clip_gradients([w], 1.0), w.grad.round(3)
    (10.0, array([0.6, 0.8]))
    """
    if isinstance(parameters, Mapping):
        parameters = parameters.values()
    found = [(tensor, tensor.grad) for tensor in parameters]
    graded = [(tensor, grad) for tensor, grad in found if grad is not None]
    lengths = [np.linalg.norm(grad.astype(np.float64)) for _, grad in graded]
    length = math.hypot(*map(float, lengths))
    share = norm / (length + SMALL)
    if share < 1:
        for tensor, grad in graded:
            tensor.grad = grad * share
    return length
