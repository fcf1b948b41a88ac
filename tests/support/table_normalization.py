"""Cases of normalisations: by mean and variance, of layers, batches and groups."""

import numpy as np
from case import Case, shaped

import tinygraph as tg

EPSILON = 1e-5


def standardized(x, axes, epsilon=EPSILON):
    """(x − μ) / √(σ² + ε), as its formula says."""
    variance = x.var(axis=axes, keepdims=True)
    return (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(variance + epsilon)


def layers():
    """Over the last axes, with and without a scale and a shift."""
    for label, shape, axes, count in (
        ("plain", (3, 5), 1, 0),
        ("scaled", (3, 5), 1, 1),
        ("shifted", (2, 3, 4), 1, 2),
        ("two-axes", (2, 3, 4), 2, 2),
        ("vector", (6,), 1, 2),
    ):
        last = shape[-axes:]
        yield Case(
            "layer_norm",
            lambda *a, axes=axes: tg.layer_norm(*a, axes=axes),
            shaped(shape, *[last] * count),
            lambda x, w=1.0, b=0.0, axes=axes: (
                standardized(x, tuple(range(-axes, 0))) * w + b
            ),
            lambda t, x, *a, last=last: t.nn.functional.layer_norm(x, last, *a),
            label,
        )
    yield Case(
        "layer_norm",
        lambda x, b: tg.layer_norm(x, bias=b, epsilon=0.5),
        shaped((3, 5), (5,)),
        lambda x, b: standardized(x, -1, 0.5) + b,
        lambda t, x, b: t.nn.functional.layer_norm(x, b.shape, t.ones_like(b), b, 0.5),
        "shift-alone",
    )


def along_channels(w, x):
    """Numbers for channels, to be broadcast."""
    return np.reshape(w, (-1,) + (1,) * (x.ndim - 2))


def batches():
    """Over all but the channels; with statistics that are given, by these."""
    for label, shape, count in (
        ("images", (2, 3, 2, 2), 2),
        ("rows", (5, 3), 2),
        ("plain", (3, 2, 4), 0),
        ("scaled", (3, 2, 4), 1),
    ):
        yield Case(
            "batch_norm",
            tg.batch_norm,
            shaped(shape, *[shape[1:2]] * count),
            lambda x, w=1.0, b=0.0: (
                standardized(x, (0, *range(2, x.ndim))) * along_channels(w, x)
                + along_channels(b, x)
            ),
            lambda t, x, *a: t.nn.functional.batch_norm(
                x, None, None, *a, training=True
            ),
            label,
        )
    yield Case(
        "batch_norm",
        lambda x, w, b, m: tg.batch_norm(x, w, b, mean=m, variance=m * m),
        shaped((2, 3, 2), (3,), (3,), (3,)),
        lambda x, w, b, m: (
            (x - along_channels(m, x))
            / np.sqrt(along_channels(m * m, x) + EPSILON)
            * along_channels(w, x)
            + along_channels(b, x)
        ),
        label="given",
    )


def groups():
    """Over the channels of a group, for each image by itself."""
    for label, shape, count, number in (
        ("images", (2, 4, 2, 2), 2, 2),
        ("plain", (3, 6), 0, 2),
        ("one-each", (2, 3, 4), 1, 3),
    ):
        yield Case(
            "group_norm",
            lambda x, *a, number=number: tg.group_norm(x, number, *a),
            shaped(shape, *[shape[1:2]] * count),
            lambda x, w=1.0, b=0.0, number=number: (
                standardized(x.reshape(len(x), number, -1), -1).reshape(x.shape)
                * along_channels(w, x)
                + along_channels(b, x)
            ),
            lambda t, x, *a, number=number: t.nn.functional.group_norm(x, number, *a),
            label,
        )


def table():
    """All of them."""
    yield from layers()
    yield from batches()
    yield from groups()
