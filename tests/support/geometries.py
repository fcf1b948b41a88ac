"""Random images with windows that fit, and random arrays, for tests of properties."""

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def whole(seed, *shapes):
    """Whole numbers as floats: their sums and products are exact."""
    rng = np.random.default_rng(seed)
    return [rng.integers(-9, 10, shape).astype(float) for shape in shapes]


def inner(x, y):
    return float(np.vdot(x, y))


@st.composite
def geometries(draw, dilated=True):
    """An image size and sliding windows that fit it."""
    pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
    kernel, stride = draw(pairs), draw(pairs)
    dilation = draw(pairs) if dilated else (1, 1)
    most = [3, 3] if dilated else [k // 2 for k in kernel]
    padding = tuple(draw(st.integers(0, p)) for p in most)
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    least = [max(1, s - 2 * p) for s, p in zip(spans, padding, strict=True)]
    size = tuple(draw(st.integers(n, n + 4)) for n in least)
    sliding = dict(stride=stride, padding=padding)
    return size, kernel, sliding | (dict(dilation=dilation) if dilated else {})
