"""Cases of matrix products, images and losses."""

import loops
import numpy as np
from case import Case, shaped

import tinygraph as tg
from tinygraph import ops

MATMULS = {
    "matrices": ((2, 3), (3, 4)),
    "row": ((3,), (3, 4)),
    "column": ((2, 3), (3,)),
    "vectors": ((3,), (3,)),
    "batch": ((5, 2, 3), (5, 3, 4)),
    "broadcast": ((5, 1, 2, 3), (4, 3, 2)),
    "one-matrix": ((5, 2, 3), (3, 4)),
    "batch-row": ((3,), (5, 3, 4)),
    "batch-column": ((5, 2, 3), (3,)),
    "no-inner": ((2, 0), (0, 3)),
    "no-rows": ((0, 3), (3, 2)),
}
DOTS = {
    "vectors": ((3,), (3,)),
    "matrices": ((2, 3), (3, 4)),
    "scalar": ((), (2, 3)),
    "number-right": ((2, 3), ()),
    "column": ((2, 2, 3), (3,)),
    "deep": ((2, 3), (4, 3, 2)),
    "row-deep": ((3,), (2, 3, 4)),
}


def products():
    for label, shapes in MATMULS.items():
        yield Case(
            "matmul",
            lambda x, y: tg.matmul(x, y),
            shaped(*shapes),
            lambda x, y: np.matmul(x, y),
            lambda torch, x, y: torch.matmul(x, y),
            label,
        )
    for label, shapes in DOTS.items():
        yield Case(
            "dot",
            lambda x, y: tg.dot(x, y),
            shaped(*shapes),
            lambda x, y: np.dot(x, y),
            None if label not in ("vectors",) else lambda torch, x, y: torch.dot(x, y),
            label,
        )
    for label, shapes in {"vectors": ((2,), (3,)), "raveled": ((2, 2), (3,))}.items():
        yield Case(
            "outer",
            lambda x, y: tg.outer(x, y),
            shaped(*shapes),
            lambda x, y: np.outer(x, y),
            lambda torch, x, y: torch.outer(x.ravel(), y.ravel()),
            label,
        )


EINSUMS = {
    "matmul": ("ij,jk->ik", (2, 3), (3, 4)),
    "implicit": ("ij,jk", (2, 3), (3, 4)),
    "implicit-order": ("ba", (2, 3)),
    "transpose": ("ij->ji", (2, 3)),
    "trace": ("ii", (3, 3)),
    "diagonal": ("ii->i", (3, 3)),
    "diagonal-of-three": ("iij->ij", (2, 2, 3)),
    "diagonal-of-four": ("iijk->ijk", (2, 2, 3, 4)),
    "diagonal-at-the-end": ("kjii->ijk", (4, 3, 2, 2)),
    "two-diagonals": ("ijij->ji", (2, 3, 2, 3)),
    "thrice": ("iii->i", (2, 2, 2)),
    "total": ("ij->", (2, 3)),
    "summed": ("ijk->j", (2, 3, 2)),
    "summed-alone": ("ij,kl->il", (2, 3), (3, 2)),
    "outer": ("i,j->ij", (2,), (3,)),
    "hadamard": ("ij,ij->ij", (2, 3), (2, 3)),
    "inner": ("i,i", (3,), (3,)),
    "three": ("ij,jk,kl->il", (2, 3), (3, 2), (2, 4)),
    "bilinear": ("i,ij,j->", (2,), (2, 3), (3,)),
    "batch": ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
    "ellipsis": ("...ij,...jk->...ik", (2, 2, 3), (2, 3, 2)),
    "ellipsis-shorter": ("...ij,jk->...ik", (4, 2, 3), (3, 2)),
    "ellipsis-broadcast": ("...i,...i->...", (2, 1, 3), (4, 3)),
    "ellipsis-implicit": ("...i,i", (2, 3), (3,)),
    "ellipsis-moved": ("i...->...i", (2, 3, 4)),
    "repeated-pair": ("ii,ij->j", (3, 3), (3, 2)),
    "scalar": (",i->i", (), (3,)),
    "spaces": ("i j, j k -> i k", (2, 3), (3, 4)),
}


def contractions():
    for label, (subscripts, *shapes) in EINSUMS.items():
        yield Case(
            "einsum",
            lambda *xs, s=subscripts: tg.einsum(s, *xs),
            shaped(*shapes),
            lambda *xs, s=subscripts: np.einsum(s, *xs),
            lambda torch, *xs, s=subscripts: torch.einsum(s, *xs),
            label,
        )
    for label, axes, shapes in (
        ("number", 1, ((2, 3), (3, 4))),
        ("default", 2, ((2, 3, 2), (3, 2, 2))),
        ("none", 0, ((2,), (3,))),
        ("pairs", ((1, 0), (0, 1)), ((2, 3), (3, 2))),
        ("negative", ((-1,), (-2,)), ((2, 3), (3, 2))),
    ):
        yield Case(
            "tensordot",
            lambda x, y, a=axes: tg.tensordot(x, y, a),
            shaped(*shapes),
            lambda x, y, a=axes: np.tensordot(x, y, a),
            lambda torch, x, y, a=axes: torch.tensordot(x, y, a),
            label,
        )
    for label, shape, offset, first, second in (
        ("square", (3, 3), 0, 0, 1),
        ("above", (3, 4), 1, 0, 1),
        ("below", (4, 3), -2, 0, 1),
        ("beyond", (2, 3), 5, 0, 1),
        ("axes", (2, 3, 4), 1, 2, 0),
        ("swapped", (3, 4), 1, 1, 0),
    ):
        yield Case(
            "trace",
            lambda x, o=offset, a=first, b=second: ops.trace(x, o, a, b),
            shaped(shape),
            lambda x, o=offset, a=first, b=second: np.trace(x, o, a, b),
            label=label,
        )


def linears():
    for label, shapes in {
        "matrix": ((5, 3), (2, 3), (2,)),
        "vector": ((3,), (2, 3), (2,)),
        "deep": ((4, 5, 3), (2, 3), (2,)),
        "no-bias": ((5, 3), (2, 3)),
        "no-rows": ((0, 3), (2, 3), (2,)),
        "no-inputs": ((5, 0), (2, 0), (2,)),
        "no-outputs": ((5, 3), (0, 3), (0,)),
    }.items():
        yield Case(
            "linear",
            lambda *xs: tg.linear(*xs),
            shaped(*shapes),
            lambda x, w, b=0.0: x @ w.T + b,
            lambda torch, *xs: torch.nn.functional.linear(*xs),
            label,
        )


# Images ------------------------------------------------------------------------------

WINDOWS = {
    "plain": ((2, 2, 4, 5), dict(kernel=2)),
    "rectangle": ((1, 2, 5, 4), dict(kernel=(3, 2))),
    "stride": ((2, 1, 6, 5), dict(kernel=(2, 3), stride=(3, 2))),
    "padding": ((1, 2, 4, 3), dict(kernel=3, padding=(1, 2))),
    "dilation": ((1, 1, 6, 6), dict(kernel=2, dilation=(2, 3))),
    "everything": (
        (2, 2, 6, 7),
        dict(kernel=(2, 3), stride=(2, 3), padding=(2, 1), dilation=(3, 2)),
    ),
    "whole": ((2, 1, 3, 3), dict(kernel=3)),
    "no-images": ((0, 2, 3, 3), dict(kernel=2)),
}


def columns():
    for label, (shape, sliding) in WINDOWS.items():
        yield Case(
            "im2col",
            lambda x, s=sliding: tg.im2col(x, **s),
            shaped(shape),
            lambda x, s=sliding: loops.im2col(x, **s),
            lambda torch, x, s=sliding: torch.nn.functional.unfold(
                x, s["kernel"], **{k: v for k, v in s.items() if k != "kernel"}
            ),
            label,
            exact=True,
        )
        taken = loops.im2col(np.zeros(shape), **sliding).shape
        yield Case(
            "col2im",
            lambda c, s=sliding, size=shape[2:]: tg.col2im(c, size=size, **s),
            shaped(taken),
            lambda c, s=sliding, size=shape[2:]: loops.col2im(c, size, **s),
            lambda torch, c, s=sliding, size=shape[2:]: torch.nn.functional.fold(
                c, size, s["kernel"], **{k: v for k, v in s.items() if k != "kernel"}
            ),
            label,
        )


CONVOLUTIONS = {
    "plain": ((2, 2, 5, 4), (3, 2, 2, 2), {}),
    "rectangle": ((1, 2, 5, 6), (2, 2, 3, 2), {}),
    "stride": ((2, 1, 6, 5), (2, 1, 2, 2), dict(stride=(3, 2))),
    "not-dividing": ((1, 1, 6, 6), (1, 1, 3, 3), dict(stride=2)),
    "padding": ((1, 2, 4, 3), (2, 2, 3, 3), dict(padding=(2, 1))),
    "dilation": ((1, 2, 6, 6), (2, 2, 2, 2), dict(dilation=(2, 3))),
    "groups": ((2, 4, 4, 4), (6, 2, 2, 2), dict(groups=2)),
    "depthwise": ((1, 3, 4, 4), (3, 1, 3, 3), dict(groups=3, padding=1)),
    "everything": (
        (2, 4, 7, 6),
        (4, 2, 2, 3),
        dict(stride=(2, 3), padding=(1, 2), dilation=(3, 2), groups=2),
    ),
    "single-pixel": ((2, 3, 4, 4), (2, 3, 1, 1), {}),
    "whole": ((2, 2, 3, 4), (3, 2, 3, 4), {}),
    "same": ((1, 2, 4, 5), (2, 2, 2, 3), dict(padding="same", dilation=(1, 2))),
    "valid": ((1, 1, 3, 4), (2, 1, 2, 2), dict(padding="valid")),
    "one-image": ((2, 5, 4), (3, 2, 2, 2), dict(padding=1)),
    "padding-larger-than-kernel": ((1, 1, 2, 2), (1, 1, 2, 2), dict(padding=3)),
    "no-images": ((0, 2, 3, 3), (2, 2, 2, 2), {}),
}
TRANSPOSED = {
    "plain": ((1, 2, 3, 2), (2, 3, 2, 3), {}),
    "stride": ((2, 2, 3, 3), (2, 1, 3, 2), dict(stride=(2, 3))),
    "padding": ((1, 2, 3, 4), (2, 2, 3, 3), dict(stride=2, padding=(1, 2))),
    "gaps": ((1, 1, 2, 2), (1, 1, 1, 1), dict(stride=3)),
    "output-padding": (
        (1, 2, 2, 3),
        (2, 1, 3, 2),
        dict(stride=(3, 2), padding=1, output_padding=(2, 1)),
    ),
    "output-padding-beyond-stride": (
        (1, 1, 2, 2),
        (1, 2, 2, 2),
        dict(dilation=(3, 2), padding=1, output_padding=(2, 1)),
    ),
    "groups": ((1, 4, 2, 2), (4, 1, 2, 2), dict(groups=2, dilation=2)),
    "one-image": ((2, 3, 2), (2, 1, 2, 2), dict(stride=2, padding=1)),
}


def convolutions():
    for name, table in (("conv2d", CONVOLUTIONS), ("conv_transpose2d", TRANSPOSED)):
        for label, (image, filters, sliding) in table.items():
            groups = sliding.get("groups", 1)
            outputs = filters[0] if name == "conv2d" else filters[1] * groups
            for bias in ((), (outputs,)):
                yield Case(
                    name,
                    lambda *xs, name=name, s=sliding: getattr(tg, name)(*xs, **s),
                    shaped(image, filters, *[bias] * bool(bias)),
                    lambda *xs, name=name, s=sliding: getattr(loops, name)(*xs, **s),
                    lambda t, *xs, name=name, s=sliding: getattr(t.nn.functional, name)(
                        *xs, **s
                    ),
                    label + "-bias" * bool(bias),
                )


POOLS = {
    "plain": ((2, 2, 4, 4), dict(kernel=2)),
    "rectangle": ((1, 2, 6, 4), dict(kernel=(3, 2))),
    "overlapping": ((2, 1, 5, 5), dict(kernel=3, stride=1)),
    "not-dividing": ((1, 1, 5, 7), dict(kernel=2)),
    "gaps": ((1, 2, 7, 7), dict(kernel=2, stride=3)),
    "padded": ((2, 1, 5, 4), dict(kernel=3, stride=2, padding=1)),
    "padded-pair": ((1, 1, 4, 5), dict(kernel=(3, 2), stride=(2, 1), padding=(1, 0))),
    "whole": ((2, 3, 3, 2), dict(kernel=(3, 2))),
    "single-pixel": ((1, 1, 3, 3), dict(kernel=1)),
    "no-images": ((0, 2, 4, 4), dict(kernel=2)),
    "one-image": ((2, 4, 5), dict(kernel=2, stride=1)),
    "rounded-up": ((1, 2, 5, 6), dict(kernel=(2, 3), stride=2, ceil_mode=True)),
    "rounded-up-padded": (
        (1, 1, 5, 4),
        dict(kernel=(3, 2), stride=(3, 2), padding=1, ceil_mode=True),
    ),
}
ONE_KIND = {
    "max_pool2d": {
        "dilated": ((1, 2, 6, 7), dict(kernel=(2, 3), stride=2, dilation=(3, 2))),
        "dilated-rounded-up": (
            (2, 1, 6, 6),
            dict(kernel=2, stride=3, padding=1, dilation=2, ceil_mode=True),
        ),
    },
    "avg_pool2d": {
        "without-padding": (
            (1, 2, 4, 5),
            dict(kernel=3, stride=2, padding=1, count_include_pad=False),
        ),
        "rounded-up-without-padding": (
            (2, 4, 4),
            dict(kernel=(3, 2), padding=1, ceil_mode=True, count_include_pad=False),
        ),
        "divisor": ((1, 1, 4, 4), dict(kernel=2, padding=1, divisor_override=3)),
    },
}


def pools():
    for name, domain in (("max_pool2d", "spaced"), ("avg_pool2d", "real")):
        for label, (shape, sliding) in (POOLS | ONE_KIND[name]).items():
            yield Case(
                name,
                lambda x, name=name, s=sliding: getattr(tg, name)(x, **s),
                shaped(shape, domain=domain),
                lambda x, name=name, s=sliding: getattr(loops, name)(x, **s),
                lambda torch, x, name=name, s=sliding: getattr(
                    torch.nn.functional, name
                )(
                    x,
                    s["kernel"],
                    **{k: v for k, v in s.items() if k != "kernel"},
                ),
                label,
                exact=name == "max_pool2d",
            )


# Losses ------------------------------------------------------------------------------


def half_sum(output, target):
    rows = int(np.prod(output.shape[:-1]))
    return 0.5 * np.sum((target - output) ** 2) / rows


SQUARES = {
    "half_sum": half_sum,
    "mean": lambda o, t: np.mean((o - t) ** 2),
    "sum": lambda o, t: np.sum((o - t) ** 2),
    "none": lambda o, t: (o - t) ** 2,
}


def squares():
    for reduction, reference in SQUARES.items():
        for label, shape in {
            "vector": (4,),
            "matrix": (3, 4),
            "deep": (2, 3, 4),
        }.items():
            yield Case(
                "mse",
                lambda o, t, r=reduction: tg.mse(o, t, reduction=r),
                shaped(shape, shape),
                reference,
                None
                if reduction == "half_sum"
                else lambda torch, o, t, r=reduction: torch.nn.functional.mse_loss(
                    o, t, reduction=r
                ),
                f"{reduction}-{label}",
            )


def table():
    parts = (products, contractions, linears, columns, convolutions, pools, squares)
    for part in parts:
        yield from part()
