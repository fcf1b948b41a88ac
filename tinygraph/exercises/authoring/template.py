"""The file that `tinygraph new` writes: a small exercise, to be changed."""

from __future__ import annotations

TEMPLATE = '''\
"""The square, backwards

y = x * x for each element, and g = dL/dy is the gradient from above. Return dL/dx.
"""

import numpy as np

POINTS = 2
AFTER = []
CORNERS = 2  # the first cases are corner cases, the others are random
IMPORTS = ["numpy"]  # that answers may import, besides the standard library
HINTS = [
    "What is the slope of x * x at one x?",
    "The chain rule multiplies that slope by the gradient from above.",
    "Arrays of the same shape are multiplied element by element with *.",
]


def NAME(g, x):
    """g, x: arrays of the same shape. Return dL/dx, of that shape."""
    return 2.0 * x * g


def forward(x):
    """The function whose derivative this is; only the selftest calls it."""
    return x * x


def cases(rng, k):
    if k == 0:  # an exact 0, and both signs
        return np.array([0.5, -1.0, 2.0]), np.array([0.0, -3.0, 1.5])
    shape = (1, 3) if k == 1 else (2 + k % 3, 2 + k % 2)  # from k, not from rng
    return rng.normal(size=shape), rng.normal(size=shape)


def wrong_no_factor(g, x):
    """The slope of x * x is 2 x, but you use x: your result sums to {sum_yours:.3g}."""
    return x * g


def wrong_no_chain(g, x):
    """This is only the slope of x * x: g is not used."""
    return 2.0 * x
'''
