"""Matrix products and other sums of products."""

from __future__ import annotations

import math
import string
from typing import Any, overload

import numpy as np

from ..arguments import listed
from ..errors import ShapeError
from ..kernels.products import column_times_row, product
from ..operators import Operand
from ..primitive import primitive
from ..signatures import V, composition
from ..value import ARRAY, Array, Arrays, shape_of
from .indexing import getitem
from .reduction import sum
from .shape import (
    axes_of,
    expand_dims,
    moveaxis,
    ravel,
    reshape,
    squeeze,
    swapaxes,
)

__all__ = [
    "diagonal",
    "dot",
    "einsum",
    "linear",
    "matmul",
    "outer",
    "tensordot",
]


@primitive
def matmul(x: Array, y: Array) -> Array:
    """z = x y, the matrix product over the last two axes; leading axes broadcast.

    A 1-d `x` is a row, a 1-d `y` a column. Raises ShapeError unless the last axis of
    `x` is as long as the second to last of `y`.

    >>> matmul(np.ones((2, 3)), np.ones((3, 4))).shape
    (2, 4)
    """
    left, right = shape_of(x), shape_of(y)
    if left and right and left[-1] != right[-2:][0]:
        raise ShapeError(
            f"matmul: shapes {x.shape} and {y.shape} do not fit: the last axis of the "
            f"first ({x.shape[-1]}) must equal the {'second to ' * (y.ndim > 1)}last "
            f"of the second ({y.shape[-2:][0]})"
        )
    if left[-1:] == (1,) and len(left) > 1 < len(right):
        return column_times_row(x, y)
    return product(x, y) if left and right else np.matmul(x, y)


@matmul.vjp("x", r"\bar{z}\, y^\top")
def matmul_vjp_x(g: Any, z: Any, x: Any, y: Any) -> Any:
    """x̄ = z̄ yᵀ"""
    if y.ndim == 1:
        return expand_dims(g, axis=-1) * y
    if x.ndim == 1:
        return getitem(matmul(y, expand_dims(g, axis=-1)), index=(..., 0))
    return matmul(g, swapaxes(y, -1, -2))


@matmul.vjp("y", r"x^\top \bar{z}")
def matmul_vjp_y(g: Any, z: Any, x: Any, y: Any) -> Any:
    """ȳ = xᵀ z̄"""
    if x.ndim == 1 and y.ndim > 1:
        return expand_dims(x, axis=-1) * expand_dims(g, axis=-2)
    if y.ndim == 1:
        return expand_dims(g, axis=-1) * x
    if x.ndim > 2 == y.ndim:  # one product sums over the leading axes, too
        return matmul(rows(x).T, rows(g))
    return matmul(swapaxes(x, -1, -2), g)


@composition
def dot(x: Any, y: Any) -> Any:
    """NumPy's dot product: of vectors, of matrices, or over the last axis of `x` and
    the second to last of `y`.

    >>> dot(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    np.float64(11.0)
    """
    x, y = listed(x), listed(y)
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return x * y
    if np.ndim(y) <= 2:
        return matmul(x, y)
    return tensordot(x, y, axes=((-1,), (-2,)))


@composition
def outer(x: Any, y: Any) -> Any:
    """zᵢⱼ = xᵢ yⱼ, of raveled arrays.

    >>> outer(np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    array([[ 1., 10.],
           [ 2., 20.]])
    """
    return expand_dims(ravel(x), axis=1) * ravel(y)


@primitive(name="einsum")
def contraction(*operands: Array, subscripts: str) -> Array:
    """Einstein's sum over labels, each of which appears once in an operand.

    Every label of an operand appears in another operand or in the output, so that its
    VJP is a contraction as well.
    """
    return np.einsum(subscripts, *operands, optimize=len(operands) > 1)


@contraction.vjp_for_each(r"\mathrm{einsum}(\bar{z}, \ldots)")
def contraction_vjp(
    g: Any, z: Any, *operands: Any, position: int, subscripts: str
) -> Any:
    """The output and the operand change places."""
    inputs, output = subscripts.split("->")
    labels = inputs.split(",")
    others = [output, *labels[:position], *labels[position + 1 :]]
    factors = [g, *operands[:position], *operands[position + 1 :]]
    swapped = f"{','.join(others)}->{labels[position]}"
    return contraction(*factors, subscripts=swapped)


@overload
def einsum(subscripts: str, x: V, /, *others: Operand) -> V: ...
@overload
def einsum(subscripts: str, x: Operand, y: V, /, *others: Operand) -> V: ...
@overload
def einsum(subscripts: str, *operands: Arrays) -> Array: ...
def einsum(subscripts: str, *operands: Any) -> Any:
    """Einstein's sum, in NumPy's notation, with ``...``, repeated and summed labels.

    Raises ShapeError for subscripts that do not fit the operands.

    >>> einsum("ij,jk->ik", np.eye(2), np.ones((2, 3))).shape
    (2, 3)
    """
    arguments = [listed(x) for x in operands]
    labels, output = spelled_out(subscripts, [np.ndim(x) for x in arguments])
    taken = [each_once(x, names) for x, names in zip(arguments, labels, strict=True)]
    arrays, names = [list(column) for column in zip(*taken, strict=True)]
    arrays, names = without_stretched(arrays, names)
    for place, own in enumerate(names):
        elsewhere = output + "".join(names[:place] + names[place + 1 :])
        alone = tuple(axis for axis, name in enumerate(own) if name not in elsewhere)
        if alone:
            arrays[place] = sum(arrays[place], axis=alone)
            names[place] = "".join(name for name in own if name in elsewhere)
    return contraction(*arrays, subscripts=f"{','.join(names)}->{output}")


def without_stretched(
    arrays: list[Any], names: list[str]
) -> tuple[list[Any], list[str]]:
    """Take off axes of one element that another operand's label stretches."""
    shapes = [np.shape(x) for x in arrays]
    sizes = [
        dict(zip(own, shape, strict=True))
        for own, shape in zip(names, shapes, strict=True)
    ]
    largest = {name: max(own.get(name, 1) for own in sizes) for name in "".join(names)}
    for place, own in enumerate(sizes):
        stretched = tuple(
            axis for axis, name in enumerate(own) if own[name] == 1 < largest[name]
        )
        if stretched:
            arrays[place] = squeeze(arrays[place], axis=stretched)
            names[place] = "".join(n for n in own if not own[n] == 1 < largest[n])
    return arrays, names


def spelled_out(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """The labels of each operand and of the output, with `...` replaced by labels."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    labels = inputs.split(",")
    if len(labels) != len(ranks):
        raise ShapeError(
            f"einsum: {subscripts!r} names {len(labels)} operands, "
            f"but {len(ranks)} were given"
        )
    spare = [c for c in reversed(string.ascii_letters) if c not in subscripts]
    hidden = [
        rank - len(own.replace("...", ""))
        for own, rank in zip(labels, ranks, strict=True)
    ]
    dotted = [extra for extra, own in zip(hidden, labels, strict=True) if "." in own]
    dots = "".join(spare[: max([0, *dotted])])
    for own, extra, rank in zip(labels, hidden, ranks, strict=True):
        if extra < 0 or (extra and "..." not in own):
            raise ShapeError(
                f"einsum: {own!r} in {subscripts!r} does not fit {rank} axes"
            )
    labels = [
        own.replace("...", dots[len(dots) - extra :])
        for own, extra in zip(labels, hidden, strict=True)
    ]
    if not arrow:
        letters = "".join(labels)
        once = sorted(
            c for c in set(letters) if letters.count(c) == 1 and c not in dots
        )
        output = "..." * bool(dots) + "".join(once)
    if dots and "..." not in output:
        raise ShapeError(
            f"einsum: the axes that '...' stands for in {subscripts!r} are missing in "
            f"the output"
        )
    return labels, output.replace("...", dots)


def each_once(x: Any, names: str) -> tuple[Any, str]:
    """`x` with each label once: a label that appears twice means the diagonal."""
    for name in dict.fromkeys(names):
        while names.count(name) > 1:
            first = names.index(name)
            second = names.index(name, first + 1)
            if x.shape[first] != x.shape[second]:
                raise ShapeError(
                    f"einsum: label {name!r} stands for axes of "
                    f"{x.shape[first]} and {x.shape[second]} elements"
                )
            x = moveaxis(x, (first, second), (-2, -1))
            place = np.arange(x.shape[-1])
            x = getitem(x, index=(..., place, place))
            names = "".join(c for i, c in enumerate(names) if i not in (first, second))
            names += name
    return x, names


@composition
def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """Sum of products over pairs of axes, or over the last `axes` of x, first of y.

    >>> tensordot(np.ones((2, 3)), np.ones((3, 4)), 1).shape
    (2, 4)
    """
    x, y = listed(x), listed(y)
    ranks = np.ndim(x), np.ndim(y)
    if isinstance(axes, int):
        axes = (range(ranks[0] - axes, ranks[0]), range(axes))
    pairs = [
        axes_of("tensordot", np.atleast_1d(a).tolist(), rank)
        for a, rank in zip(axes, ranks, strict=True)
    ]
    sizes = [[np.shape(t)[a] for a in p] for t, p in zip((x, y), pairs, strict=True)]
    if sizes[0] != sizes[1]:
        raise ShapeError(
            f"tensordot: shapes {np.shape(x)} and {np.shape(y)} do not fit: the axes "
            f"{pairs[0]} and {pairs[1]} must be of one size"
        )
    letters = iter(string.ascii_letters)
    first = [next(letters) for _ in range(ranks[0])]
    second = [next(letters) for _ in range(ranks[1])]
    for a, b in zip(*pairs, strict=True):
        second[b] = first[a]
    summed = {first[a] for a in pairs[0]}
    output = [c for c in first + second if c not in summed]
    spelled = f"{''.join(first)},{''.join(second)}->{''.join(output)}"
    return einsum(spelled, x, y)


@composition
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """yᵢ = xᵢ,ᵢ₊ₖ of the matrices over `axis1` and `axis2`, with k the `offset`.

    The diagonal is the last axis of the result.

    >>> diagonal(np.arange(9.0).reshape(3, 3), 1)
    array([1., 5.])
    """
    x = listed(x)
    x = moveaxis(x, axes_of("diagonal", (axis1, axis2), np.ndim(x)), (-2, -1))
    rows, columns = np.shape(x)[-2:]
    row = np.arange(max(0, -offset), max(0, -offset, min(rows, columns - offset)))
    return getitem(x, index=(..., row, row + offset))


@composition
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum along a diagonal of the matrices over `axis1` and `axis2`.

    >>> trace(np.eye(3))
    np.float64(3.0)
    """
    x = listed(x)
    axis1, axis2 = axes_of("trace", (axis1, axis2), np.ndim(x))
    return sum(diagonal(x, offset, axis1, axis2), axis=-1)


@primitive
def linear(x: Array, w: Array, b: Any = None) -> Array:
    """y = x wᵀ + b, a fully connected layer.

    `x` is (..., in), `w` is (out, in), `b` is (out,), the result (..., out).
    Raises ShapeError where they are not.

    >>> linear(np.ones((5, 3)), np.ones((2, 3)), np.zeros(2)).shape
    (5, 2)
    """
    if len(shape_of(w)) != 2 or shape_of(x)[-1:] != w.shape[1:]:
        raise ShapeError(
            f"linear: `x` of shape {np.shape(x)} does not fit `w` of shape "
            f"{np.shape(w)}: w is (out, in), and the last axis of x must be in"
        )
    if b is not None and shape_of(b) != w.shape[:1]:
        raise ShapeError(
            f"linear: `b` of shape {np.shape(b)} does not fit `w` of shape "
            f"{w.shape}: b must be {w.shape[:1]}"
        )
    y = product(x, w.T)
    if b is None:
        return y
    own = type(y) is ARRAY and y.dtype == b.dtype
    return np.add(y, b, out=y) if own else y + b


def rows(x: Any) -> Any:
    """`x` as a matrix, with all leading axes made one."""
    if x.ndim == 2:
        return x
    return reshape(x, shape=(math.prod(x.shape[:-1]), x.shape[-1]))


linear.vjp(
    lambda g, y, x, w, *b: matmul(g, w),
    r"\bar{y}\, w",
    lambda g, y, x, w, *b: matmul(rows(g).T, rows(x)),
    r"\bar{y}^\top x",
    lambda g, y, x, w, b: g,
    r"\bar{y}",
)
