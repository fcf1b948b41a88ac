"""Broadcasting, backwards

An array x of the given shape was broadcast to a larger array y: NumPy repeated it
along new axes at the front, and along its axes of length 1.  g = dL/dy is the gradient
of y. Return dL/dx, which has the given shape.

An element that was repeated gets the sum of the gradients of its copies.
"""

import numpy as np

POINTS = 4
AFTER = ["04_descend"]
CORNERS = 9
IMPORTS = ["numpy"]
HINTS = [
    "Which elements of g belong to one element of x? Add them up.",
    "The extra axes of g are at the front: sum over them until g has as many axes as "
    "x.",
    "Then sum over each axis that has length 1 in the shape, with keepdims=True, "
    "because that axis must remain.",
]


def sum_to(g, shape):
    """g: array; shape: tuple, can be broadcast to g's. Return dL/dx, of that shape."""
    front = g.ndim - len(shape)
    g = g.sum(axis=tuple(range(front)))
    ones = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return g.sum(axis=ones, keepdims=True)


def forward(x, g):
    return np.broadcast_to(x, g.shape)


def cases(rng, k):
    shapes = [
        ((4, 3), (3,)),
        ((4, 3), (4, 1)),
        ((4, 3), (1, 3)),
        ((4, 3), ()),
        ((2, 4, 3), (4, 1)),
        ((4, 3), (4, 3)),
        ((3, 1, 2), (1, 2)),
        ((3, 3), (3,)),
        ((2, 3, 4), (1, 3, 1)),
        # What is ordinary: new axes and one of length 1, or only the latter.
        ((3, 2, 4, 2), (1, 2)),
        ((3, 4, 2), (3, 1, 2)),
        ((2, 3, 4, 2), (4, 1)),
    ]
    large, shape = shapes[k]
    g = rng.normal(size=large)
    return g * -np.sign(sum_to(g, shape).flat[0]), shape


def wrong_not_summed(g, shape):
    """You forgot to sum over the axes along which x was repeated: the gradient has
    shape {shape}, and x has {expected}."""
    return g


def wrong_mean(g, shape):
    """This is the mean over the copies. Every copy counts fully: use the sum."""
    return sum_to(g, shape) * np.prod(shape) / g.size


def wrong_only_front(g, shape):
    """The new axes at the front are summed, but not those of length 1: the gradient has
    shape {shape}, and x has {expected}."""
    return g.sum(axis=tuple(range(g.ndim - len(shape))))


def wrong_only_ones(g, shape):
    """The axes of length 1 are summed, but not the new ones at the front: the gradient
    has shape {shape}, and x has {expected}."""
    front = g.ndim - len(shape)
    ones = tuple(front + axis for axis, length in enumerate(shape) if length == 1)
    return g.sum(axis=ones, keepdims=True)


def wrong_dropped_axis(g, shape):
    """An axis of length 1 is dropped: {shape} instead of {expected}. Sum over it with
    keepdims=True."""
    axes = [axis for axis, length in enumerate(shape) if length == 1]
    return sum_to(g, shape).sum(axis=tuple(axes))


def wrong_kept_front(g, shape):
    """There is an extra axis at the front: {shape} instead of {expected}. Use keepdims
    only for the axes of length 1."""
    front = g.ndim - len(shape)
    return sum_to(g, shape).reshape((1,) * front + tuple(shape))


def wrong_first_slice(g, shape):
    """You take the first of the copies. Add up the gradients of all copies."""
    g = g[(0,) * (g.ndim - len(shape))]
    return g[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]


def wrong_first_of_new_axes(g, shape):
    """Along the new axes you take the first of the copies: sum over these axes too."""
    return sum_to(g[(0,) * (g.ndim - len(shape))], shape)


def wrong_first_along_ones(g, shape):
    """Along the axes of length 1 you take the first of the copies: sum over them."""
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]


def wrong_total(g, shape):
    """You give every element the sum of all of g. Each gets only the sum over its own
    copies."""
    return np.full(shape, g.sum())


def wrong_first_elements(g, shape):
    """The first elements of g are put into the new shape, and the others are lost: sum
    over the axes instead of cutting them off."""
    return np.resize(g, shape)


def wrong_largest(g, shape):
    """You take the largest of the copies. Add up the gradients of all copies."""
    front = tuple(range(g.ndim - len(shape)))
    g = g.max(axis=front) if front else g
    ones = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return g.max(axis=ones, keepdims=True) if ones else g


def wrong_front_aligned(g, shape):
    """The shapes are aligned at the front. Broadcasting aligns them at the end: the new
    axes of g come first, so sum over the first ones."""
    g = g.sum(axis=tuple(range(len(shape), g.ndim)))
    ones = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return g.sum(axis=ones, keepdims=True)


def wrong_equal_axes(g, shape):
    """You sum over the axes whose lengths are equal. Those were not repeated: sum over
    the new axes, and over those of length 1 in the shape."""
    front = g.ndim - len(shape)
    equal = tuple(front + i for i, n in enumerate(shape) if g.shape[front + i] == n)
    return g.sum(axis=equal)


def wrong_equal_axes_kept(g, shape):
    """You sum over the axes whose lengths are equal, with keepdims=True. Those were not
    repeated: sum over the new axes, and over those of length 1 in the shape."""
    front = g.ndim - len(shape)
    equal = tuple(front + i for i, n in enumerate(shape) if g.shape[front + i] == n)
    return g.sum(axis=equal, keepdims=True)


def wrong_last_slice(g, shape):
    """You take the last of the copies. Add up the gradients of all copies."""
    g = g[(-1,) * (g.ndim - len(shape))]
    return g[tuple(slice(-1, None) if n == 1 else slice(None) for n in shape)]


def wrong_first_one_only(g, shape):
    """You sum over only one of the axes of length 1: the shape may have several."""
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=shape.index(1), keepdims=True) if 1 in shape else g


def wrong_divided_by_rows(g, shape):
    """The sum is divided by the length of the first axis. Every copy counts fully: do
    not divide."""
    return sum_to(g, shape) / len(g)


def wrong_product(g, shape):
    """You multiply the gradients of the copies. Add them up."""
    g = g.prod(axis=tuple(range(g.ndim - len(shape))))
    ones = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return g.prod(axis=ones, keepdims=True)


def wrong_reshaped(g, shape):
    """You reshape g and sum over what is left. reshape cuts g row by row, wherever the
    copies are: sum over the axes that were repeated."""
    return g.reshape(int(np.prod(shape)), -1).sum(axis=1).reshape(shape)


def wrong_reshaped_front(g, shape):
    """You reshape g and sum over the front. That is right for new axes, but not for
    those of length 1: sum over each of them."""
    return g.reshape(-1, int(np.prod(shape))).sum(axis=0).reshape(shape)


def wrong_axis_zero(g, shape):
    """For each length 1 in the shape you sum over axis 0. Sum over the axis where that
    1 is."""
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=0, keepdims=True) if 1 in shape else g
