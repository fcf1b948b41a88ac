"""A pass for convolutions: the columns that two of them share are made once.

A convolution and its gradient in the filters multiply the same columns, im2col of the
image. Alone, each makes them in scratch memory that the next one overwrites. Here they
become a value of their own, and as a common subexpression they are computed once. With
many images the columns would not stay in the cache, and it is faster to make them
again, so this is for those that are made at once. A step of the slides' network with
one image takes 0.9 of its time that way.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from ..graph import Graph
from ..kernels.choosing import AnyConvolution
from ..kernels.compilation import NONE, chosen
from ..kernels.convolution import Convolution, common
from ..kernels.pixels import ImagesByPixels
from ..kernels.windows import bordered
from ..ops.image import conv2d, conv2d_filters, plan, sizes_of
from ..primitive import Primitive
from ..tape import Tape
from ..value import Array, new_node
from .nodes import example

Known = dict[Any, Primitive[Any]]


def with_columns_apart(graph: Graph, fixed: Collection[int]) -> Graph:
    """Convolutions as products of columns, which are in a node before it."""
    if chosen.get() is not NONE:  # compiled loops need no columns
        return graph
    tape, changed, known = graph._tape, Graph(), Known()
    columns: dict[str, dict[int, Any]] = vars(tape)
    for node in tape:
        parts = None if node in fixed else apart(tape, node, known)
        for name, column in columns.items():
            if node in column:
                getattr(changed._tape, name)[node] = column[node]
        if parts is not None:
            insert(changed._tape, node, *parts)
    return changed


def insert(tape: Tape, node: int, im2col: Any, product: Any) -> None:
    """Put the columns before the last node, which becomes a product of them."""
    image, *others = tape.inputs.pop(node)
    value, _ = tape.value.pop(node), tape.primitive.pop(node)
    tape.params.pop(node, None)
    before = new_node()
    tape.value[before] = im2col.forward(example(tape.value[image]))
    tape.primitive[before], tape.inputs[before] = im2col, (image,)
    tape.value[node], tape.primitive[node] = value, product
    tape.inputs[node] = (before, *others)


def apart(tape: Tape, node: int, known: Known) -> tuple[Any, Any] | None:
    """The operation for the columns of a convolution, and that for the product."""
    operation = tape.primitive.get(node)
    if operation is not conv2d and operation is not conv2d_filters:
        return None
    arrays = [example(tape.value[source]) for source in tape.inputs[node]]
    if any(type(array) is not np.ndarray for array in arrays) or arrays[0].ndim != 4:
        return None
    sliding = {**tape.params[node]}
    if operation is conv2d:
        convolution = plan(sizes_of(*arrays, *[None] * (3 - len(arrays))), **sliding)
        return operations(convolution, "conv2d", sliding, arrays, known)
    x, g = arrays
    filters = (g.shape[1], x.shape[1] // sliding["groups"], *sliding.pop("kernel"))
    convolution = plan((x.shape, filters, None), **sliding)
    return operations(convolution, "conv2d_filters", sliding, arrays, known)


def operations(
    convolution: AnyConvolution,
    name: str,
    sliding: Mapping[str, Any],
    arrays: Any,
    known: Known,
) -> tuple[Any, Any] | None:
    """Both operations, if all columns are made at once.

    `known` has im2col for each size of images and windows, so that it is one operation.
    """
    if not (type(convolution) is Convolution or type(convolution) is ImagesByPixels):
        return None
    shared = convolution.block == 1 and not convolution.windows.plain()
    if not shared or len(convolution.tiles) > 1:
        return None
    names = "stride", "padding", "dilation", "groups"
    given = [sliding[name] for name in names]
    key = arrays[0].shape, convolution.filters[2:], *given
    im2col = known.setdefault(key, unfolding(convolution))
    product = correlated if name == "conv2d" else filters_of
    return im2col, Primitive(functools.partial(product, convolution), name)


def unfolding(convolution: Convolution) -> Primitive[Any]:
    """im2col of the images of a convolution."""

    def im2col(x: Array) -> Array:
        x, run = bordered(x, convolution.windows), convolution.unfolding(x.itemsize)
        columns = np.empty((len(x), *run.columns), x.dtype)
        for rows in run.rows:
            windows, lines, down, place = run.views(x, columns, rows)
            lines[:] = windows
            place[:] = down
        return columns.reshape(len(x), *convolution.columns)

    return Primitive(im2col)


def correlated(
    convolution: Convolution, /, columns: Array, w: Array, b: Any = None
) -> Array:
    """The convolution of the image that columns were made of."""
    y = np.empty(convolution.output, common(columns, w))
    rows = convolution.rows_of(y)
    convolution.multiply(convolution.matrices(w), columns, rows)
    rows += 0.0 if b is None else b.reshape(convolution.biases)
    return y


def filters_of(convolution: Convolution, /, columns: Array, g: Array) -> Array:
    """The gradient of the filters."""
    rows = convolution.rows_of(np.ascontiguousarray(g))
    if convolution.large:
        products = convolution.in_pieces(columns, rows)
    else:
        products = np.matmul(columns, rows.swapaxes(2, 3))
    return convolution.from_matrices(np.add.reduce(products, axis=0))
