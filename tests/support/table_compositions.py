"""Cases of compositions that join, cut, move, select and create elements."""

from __future__ import annotations

import numpy as np
from case import Case
from table_numbers import CUBE, ROW, WIDE, case, like, together

import tinygraph as tg


def of_lists():
    for name in ("vstack", "hstack", "dstack", "column_stack"):
        for label, shapes in (("rows", [ROW, ROW]), ("matrices", [WIDE, WIDE])):
            yield case(
                name,
                lambda m, *xs, n=name: getattr(m, n)(xs),
                shapes,
                label,
                theirs=True,
                exact=True,
            )
    yield case(
        "vstack", lambda m, *xs: m.vstack(xs), [WIDE, (3,), (0, 3)], "mixed", exact=True
    )
    for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
        yield case(
            name,
            lambda m, x, n=name: getattr(m, n)(x),
            [()],
            "number",
            theirs=True,
            exact=True,
        )
        yield case(
            name,
            lambda m, *xs, n=name: together(m, getattr(m, n)(*xs)),
            [ROW, ()],
            "several",
        )
    yield case("append", lambda m, x, y: m.append(x, y, axis=1), [WIDE, (2, 1)], "axis")
    yield case(
        "block",
        lambda m, a, b, c: m.block([[a, b], [c, b[:1]]]),
        [(2, 3), (2, 1), (3,)],
        exact=True,
    )
    yield case("block", lambda m, a, b: m.block([a, b]), [(2,), ()], "row", exact=True)
    yield case("block", lambda m, a: m.block(a), [()], "number", exact=True)
    yield case(
        "broadcast_arrays",
        lambda m, x, y: together(m, m.broadcast_arrays(x, y)),
        [(2, 1), (3,)],
    )
    for label, more in (
        ("", {}),
        ("ij", {"indexing": "ij"}),
        ("sparse", {"sparse": True}),
    ):
        yield case(
            "meshgrid",
            lambda m, x, y, z, k=more: together(m, m.meshgrid(x, y, z, **k)),
            [(2,), (3,), ()],
            label,
        )


def cutting():
    for name, shape in (("hsplit", WIDE), ("vsplit", WIDE), ("dsplit", (1, 2, 3))):
        yield case(
            name,
            lambda m, x, n=name: together(m, getattr(m, n)(x, [1])),
            [shape],
        )
    yield case("hsplit", lambda m, x: together(m, m.hsplit(x, 2)), [ROW], "row")
    yield case(
        "array_split", lambda m, x: together(m, m.array_split(x, 3, axis=-1)), [(2, 4)]
    )
    yield case(
        "split", lambda m, x: together(m, m.split(x, [3, 2])), [ROW], "overlapping"
    )
    yield Case(
        "unstack",
        lambda x: tg.stack(tg.unstack(x, axis=-1)),
        ((WIDE, "real"),),
        lambda x: np.moveaxis(x, -1, 0),
        lambda torch, x: torch.stack(torch.unbind(x, -1)),
        exact=True,
    )


def rearranging():
    x = [CUBE]
    for label, shift, axis in (
        *(("all", 5, None), ("axis", -1, -1), ("axes", (1, 2), (0, 1))),
        *(("again", (1, 1), (2, 2)), ("none", 0, 0)),
    ):
        yield case(
            "roll",
            lambda m, x, s=shift, a=axis: m.roll(x, s, a),
            x,
            label,
            theirs=lambda t, x, s=shift, a=axis: t.roll(x, s, a),
            exact=True,
        )
    yield case("rollaxis", lambda m, x: m.rollaxis(x, -1, 1), x, exact=True)
    yield case("rollaxis", lambda m, x: m.rollaxis(x, 0, 3), x, "last", exact=True)
    for k in (-1, 0, 2, 3):
        yield case(
            "rot90",
            lambda m, x, k=k: m.rot90(x, k, (2, 0)),
            x,
            f"{k}",
            theirs=True,
            exact=True,
        )
    for k in (-1, 2):
        for name in ("tril", "triu", "diag", "diagflat"):
            yield case(
                name,
                lambda m, x, k=k, n=name: getattr(m, n)(x, k),
                [ROW if "diag" in name else CUBE],
                f"{k}",
                exact=True,
            )
    yield case("diagonal", lambda m, x: m.diagonal(x, 1, 2, 0), x, "axes", exact=True)
    yield case("resize", lambda m, x: m.resize(x, (3, 5)), [WIDE])
    yield case("resize", lambda m, x: m.resize(x, 2), [WIDE], "smaller", exact=True)
    for label, axis in (("first", 0), ("all", None), ("middle", 1)):
        yield case(
            "sort",
            lambda m, x, a=axis: m.sort(x, axis=a),
            x,
            label,
            "spaced",
            exact=True,
        )
    yield case(
        "partition",
        lambda m, x: m.sort(m.partition(x, 1, axis=1)[:, :2], axis=1),
        [(2, 5)],
        domain="spaced",
        exact=True,
    )


def selecting():
    index = np.array([[2, 0], [1, 1]])
    yield case("take", lambda m, x: m.take(x, index), [WIDE], exact=True)
    yield case(
        "take", lambda m, x: m.take(x, index, axis=1), [CUBE], "axis", exact=True
    )
    for mode in ("wrap", "clip"):
        yield case(
            "take",
            lambda m, x, o=mode: m.take(x, [7, -5], axis=0, mode=o),
            [ROW],
            mode,
            exact=True,
        )
    yield case(
        "take_along_axis",
        lambda m, x: m.take_along_axis(x, index, axis=1),
        [WIDE],
        exact=True,
        theirs=lambda t, x: t.take_along_dim(x, t.tensor(index), 1),
    )
    yield case(
        "take_along_axis",
        lambda m, x: m.take_along_axis(x, index[0], axis=None),
        [WIDE],
        "all",
        exact=True,
    )
    yield case(
        "compress",
        lambda m, x: m.compress([True, False, True], x, axis=1),
        [WIDE],
        exact=True,
    )
    yield case(
        "extract",
        lambda m, x: m.extract([[True, False, True]] * 2, x),
        [WIDE],
        exact=True,
    )
    yield case("delete", lambda m, x: m.delete(x, [0, -1], axis=1), [CUBE], exact=True)
    yield case(
        "delete", lambda m, x: m.delete(x, slice(1, 3)), [WIDE], "all", exact=True
    )
    yield case(
        "trim_zeros", lambda m, x: m.trim_zeros(x * like(x, [0, 0, 1, 0, 1, 0])), [(6,)]
    )
    yield case(
        "select",
        lambda m, x, y: m.select([x > 1, x > 0], [x * y, y], default=2.0 * x),
        [WIDE, WIDE],
        domain="nonzero",
    )
    yield case(
        "choose",
        lambda m, x, y: m.choose([[1, 0, 1]], [x, y]),
        [WIDE, (3,)],
        exact=True,
    )
    yield case(
        "choose",
        lambda m, x, y: m.choose([2, 3, -1], (x, y), mode="wrap"),
        [(3,), (3,)],
        "wrap",
        exact=True,
    )
    yield case(
        "piecewise",
        lambda m, x: m.piecewise(x, [x > 0.5, x < 0], [m.sin, 2.0, m.square]),
        [(3, 4)],
        domain="nonzero",
    )


def creating():
    for label, more in (
        ("", {}),
        ("open", {"endpoint": False}),
        ("axis", {"axis": -1}),
    ):
        yield case(
            "linspace",
            lambda m, a, b, k=more: m.linspace(a, b, 4, **k),
            [(2, 1), (3,)],
            label,
        )
    yield case(
        "linspace",
        lambda m, a, b: together(m, m.linspace(a, b, 3, retstep=True)),
        [(), ()],
        "step",
    )
    yield case("logspace", lambda m, a: m.logspace(a, 1.0, 3, base=2.0), [(2,)])
    yield case(
        "geomspace", lambda m, a, b: m.geomspace(a, b, 4), [(2,), ()], domain="positive"
    )
    for shape in ((2, 3), 3):
        yield case("full", lambda m, x, s=shape: m.full(s, x), [(3,)], f"{shape}")
    yield Case(
        "full_like",
        lambda x, y: tg.full_like(x, y),
        ((WIDE, "real"), ((3,), "real")),
        lambda x, y: np.full_like(x, y),
    )
    yield case(
        "apply_along_axis",
        lambda m, x: m.apply_along_axis(lambda row: m.outer(row, row[:2]), 1, x),
        [(2, 3, 2)],
    )
    yield case(
        "apply_over_axes", lambda m, x: m.apply_over_axes(m.sum, x, [0, -1]), [CUBE]
    )


def table():
    for family in (of_lists, cutting, rearranging, selecting, creating):
        yield from family()
