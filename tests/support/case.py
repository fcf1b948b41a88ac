"""Case: one way to call an operation, with all that is known of what it must give.

A case says how an operation is called, what its inputs look like, what it must equal in
NumPy or in a plain loop, and what PyTorch calls it. Inputs keep their distance from
kinks and from one another by how they are made, so no case is ever thrown away.
"""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np

import tinygraph as tg


@dataclass(frozen=True)
class Case:
    """One way to call one operation."""

    name: str  # of the operation, as tinygraph has it
    call: Callable[..., Any]  # with tensors or with arrays
    inputs: tuple[tuple[tuple[int, ...], str], ...]  # a shape and a domain each
    reference: Callable[..., Any]  # the same with NumPy, on arrays
    oracle: Callable[..., Any] | None = None  # the same with torch, which comes first
    label: str = ""  # what tells it from other cases of the operation
    smooth: bool = True  # whether a second derivative says anything
    exact: bool = False  # elements only move, so that not one bit may differ

    def __str__(self) -> str:
        return f"{self.name}-{self.label}" if self.label else self.name

    @functools.cached_property
    def drawn(self) -> list[np.ndarray]:
        """The inputs, which nobody changes."""
        rng = np.random.default_rng(zlib.crc32(str(self).encode()))
        return [np.asarray(DOMAINS[kind](rng, shape)) for shape, kind in self.inputs]

    def arrays(self, dtype: Any = float) -> list[np.ndarray]:
        """The inputs, the same in every run, in new memory."""
        return [np.array(array, dtype) for array in self.drawn]

    def rng(self) -> np.random.Generator:
        """Random numbers for seeds and directions, of this case alone."""
        return np.random.default_rng(zlib.crc32(str(self).encode()) + 1)


# Inputs ------------------------------------------------------------------------------


def real(rng, shape):
    return rng.normal(size=shape)


def nonzero(rng, shape):
    return rng.uniform(0.3, 2.0, shape) * rng.choice([-1.0, 1.0], shape)


def positive(rng, shape):
    return rng.uniform(0.5, 2.0, shape)


def inner(rng, shape):
    return rng.uniform(-0.8, 0.8, shape)


def probability(rng, shape):
    return rng.uniform(0.1, 0.9, shape)


def spaced(rng, shape, offset=0.05):
    """No two elements closer than 0.2, and none within 0.05 of 0."""
    size = math.prod(shape)
    steps = rng.permutation(size) - size // 2
    return (0.2 * steps + offset).reshape(shape)


def between(rng, shape):
    """Like `spaced`, and no element within 0.1 of an element of that."""
    return spaced(rng, shape, 0.15)


def one_zero(rng, shape):
    array = nonzero(rng, shape)
    array.flat[1] = 0.0
    return array


def two_zeros(rng, shape):
    array = one_zero(rng, shape)
    array.flat[2] = 0.0
    return array


def above_one(rng, shape):
    return rng.uniform(1.3, 3.0, shape)


def far(rng, shape):
    """Numbers that no difference of `spaced` ones comes near a multiple of."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.61, 0.67, shape)


def coarse(rng, shape):
    """Numbers some times as large as `divisor`, and near no multiple of it."""
    size = math.prod(shape)
    return (rng.permutation(size) - size // 2 + 1.25).reshape(shape)


def divisor(rng, shape):
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.70, 0.72, shape)


def between_steps(rng, shape):
    """Numbers that are neither near a whole number nor near a half."""
    beside = rng.choice([-1.0, 1.0], shape) * rng.uniform(0.1, 0.4, shape)
    return rng.integers(-2, 3, shape) + beside


def distribution(rng, shape):
    """Rows of probabilities."""
    array = rng.uniform(0.1, 1.0, shape)
    return array / array.sum(axis=-1, keepdims=True)


def regular(rng, shape):
    """Matrices of full rank, whose singular values lie apart."""
    rows, columns = shape[-2:]
    return 0.3 * rng.normal(size=shape) + np.eye(rows, columns) * (
        1 + np.arange(columns)
    )


DOMAINS = {
    function.__name__: function
    for function in (
        real,
        nonzero,
        positive,
        inner,
        probability,
        spaced,
        between,
        one_zero,
        two_zeros,
        distribution,
        regular,
        above_one,
        between_steps,
        far,
        coarse,
        divisor,
    )
}


def shaped(*shapes, domain="real"):
    """Inputs of these shapes from one domain."""
    return tuple((shape, domain) for shape in shapes)


def same_name(name, inputs, label="", oracle=True, **more):
    """A case whose reference and oracle are called what the operation is called."""
    return Case(
        name,
        lambda *xs: attrgetter(name)(tg)(*xs),
        inputs,
        lambda *xs: attrgetter(name)(np)(*xs),
        (lambda torch, *xs: attrgetter(name)(torch)(*xs)) if oracle else None,
        label,
        **more,
    )
