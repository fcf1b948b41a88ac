"""Cases of PyTorch's functions that are compositions of operations on signals."""

import math

import loops
import numpy as np
from case import Case, shaped

import tinygraph as tg

SIGNALS = {
    "plain": ((2, 2, 5), (3, 2, 2), {}),
    "one-signal": ((2, 5), (3, 2, 2), dict(stride=2, padding=1)),
    "everything": (
        (1, 4, 7),
        (4, 2, 3),
        dict(stride=2, padding=2, dilation=2, groups=2),
    ),
    "same": ((1, 1, 6), (2, 1, 4), dict(padding="same", dilation=1)),
}
LENGTHENED = {
    "plain": ((2, 2, 3), (2, 3, 2), {}),
    "one-signal": ((2, 3), (2, 1, 2), dict(stride=2, padding=1)),
    "everything": (
        (1, 4, 3),
        (4, 1, 3),
        dict(stride=3, padding=2, output_padding=2, dilation=2, groups=2),
    ),
}
POOLS = {
    "plain": ((2, 2, 5), dict(kernel=2)),
    "one-signal": ((2, 6), dict(kernel=3, stride=2, padding=1)),
    "rounded-up": ((1, 1, 6), dict(kernel=3, stride=2, padding=1, ceil_mode=True)),
}
MORE_POOLS = {
    "max_pool1d": {"dilated": ((1, 2, 7), dict(kernel=3, stride=2, dilation=2))},
    "avg_pool1d": {
        "without-padding": (
            (1, 1, 5),
            dict(kernel=2, padding=1, ceil_mode=True, count_include_pad=False),
        )
    },
}


def in_a_row(name, x, *filters, **sliding):
    """What the loop over images makes of signals that are images of one row."""
    filters = [w if w.ndim == 1 else w[..., None, :] for w in filters]
    wide = {
        key: (int(key in ("stride", "dilation", "kernel")), value)
        if type(value) is int and key != "groups"
        else value
        for key, value in sliding.items()
    }
    looped = getattr(loops, name.replace("1d", "2d"))
    return looped(x[..., None, :], *filters, **wide)[..., 0, :]


def signals():
    for name, table in (("conv1d", SIGNALS), ("conv_transpose1d", LENGTHENED)):
        for label, (shape, filters, sliding) in table.items():
            groups = sliding.get("groups", 1)
            outputs = filters[0] if name == "conv1d" else filters[1] * groups
            yield Case(
                name,
                lambda *xs, name=name, s=sliding: getattr(tg, name)(*xs, **s),
                shaped(shape, filters, *[(outputs,)] * (label != "plain")),
                lambda *xs, name=name, s=sliding: in_a_row(name, *xs, **s),
                lambda t, *xs, name=name, s=sliding: getattr(t.nn.functional, name)(
                    *xs, **s
                ),
                label,
            )


def pools():
    for name, domain in (("max_pool1d", "spaced"), ("avg_pool1d", "real")):
        for label, (shape, sliding) in (POOLS | MORE_POOLS[name]).items():
            yield Case(
                name,
                lambda x, name=name, s=sliding: getattr(tg, name)(x, **s),
                shaped(shape, domain=domain),
                lambda x, name=name, s=sliding: in_a_row(name, x, **s),
                label=label,
                exact=name == "max_pool1d",
            )


def parts(x, count, axis):
    """The means of parts that begin and end where fractions of the axis do."""
    size = x.shape[axis]
    edges = [(i * size / count, (i + 1) * size / count) for i in range(count)]
    places = [np.arange(math.floor(first), math.ceil(last)) for first, last in edges]
    means = [np.take(x, place, axis).mean(axis) for place in places]
    return np.stack(means, axis)


def adaptive():
    for label, shape, count in (
        ("dividing", (2, 1, 6), 3),
        ("overlapping", (2, 5), 3),
        ("more", (1, 1, 2), 5),
    ):
        yield Case(
            "adaptive_avg_pool1d",
            lambda x, n=count: tg.adaptive_avg_pool1d(x, n),
            shaped(shape),
            lambda x, n=count: parts(x, n, -1),
            lambda t, x, n=count: t.nn.functional.adaptive_avg_pool1d(x, n),
            label,
        )
    for label, shape, count in (
        ("whole", (2, 2, 3, 4), (1, 1)),
        ("overlapping", (2, 5, 4), (2, 3)),
    ):
        yield Case(
            "adaptive_avg_pool2d",
            lambda x, n=count: tg.adaptive_avg_pool2d(x, n),
            shaped(shape),
            lambda x, n=count: parts(parts(x, n[0], -2), n[1], -1),
            lambda t, x, n=count: t.nn.functional.adaptive_avg_pool2d(x, n),
            label,
        )


def table():
    yield from adaptive()
    yield from signals()
    yield from pools()
