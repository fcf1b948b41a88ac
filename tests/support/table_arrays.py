"""Cases of reductions, and of the operations that move elements."""

import numpy as np
import scipy.special
from case import Case, shaped

import tinygraph as tg

AXES = {
    "all": ((2, 3, 2), None, False),
    "int": ((2, 3, 2), 1, False),
    "negative": ((2, 3, 2), -1, False),
    "tuple": ((2, 3, 2), (0, 2), False),
    "mixed": ((2, 3, 2), (-1, 0), True),
    "all-kept": ((2, 3, 2), None, True),
    "kept": ((2, 3, 2), 1, True),
    "none-of-them": ((2, 3), (), False),
    "scalar": ((), None, False),
}
EMPTY = {"empty-rows": ((0, 3), 1, False)}
REDUCTIONS = {
    "sum": (np.sum, "real", "sum"),
    "mean": (np.mean, "real", "mean"),
    "max": (np.max, "spaced", "amax"),
    "min": (np.min, "spaced", "amin"),
    "prod": (np.prod, "nonzero", None),
    "logsumexp": (scipy.special.logsumexp, "real", "logsumexp"),
}


def every_axis(shape, axis):
    """The axes as a tuple, which torch wants."""
    if axis is None:
        return tuple(range(len(shape)))
    return axis if isinstance(axis, tuple) else (axis,)


def torch_reduction(name, axes, keepdims):
    if name is None:
        return None
    return lambda torch, x: getattr(torch, name)(x, axes, keepdim=keepdims)


def reductions():
    for name, (reference, domain, torch_name) in REDUCTIONS.items():
        for label, (shape, axis, keepdims) in (AXES | EMPTY).items():
            if axis == () and name == "logsumexp":
                continue  # scipy takes () for all axes
            axes = every_axis(shape, axis)
            yield Case(
                name,
                lambda x, name=name, a=axis, k=keepdims: getattr(tg, name)(
                    x, axis=a, keepdims=k
                ),
                shaped(shape, domain=domain),
                lambda x, f=reference, a=axis, k=keepdims: f(x, axis=a, keepdims=k),
                torch_reduction(torch_name, axes, keepdims) if axes else None,
                label,
            )


def products():
    for domain in ("one_zero", "two_zeros"):
        for label, axis in (
            ("all", None),
            ("first", 0),
            ("last", -1),
            ("both", (0, 1)),
        ):
            torch_too = axis is None or isinstance(axis, int)
            yield Case(
                "prod",
                lambda x, a=axis: tg.prod(x, axis=a),
                shaped((2, 4), domain=domain),
                lambda x, a=axis: np.prod(x, axis=a),
                (lambda t, x, a=axis: t.prod(x) if a is None else t.prod(x, a))
                if torch_too
                else None,
                f"{domain}-{label}",
            )
    yield Case(
        "prod",
        lambda x: tg.prod(x, axis=1),
        shaped((2, 3, 2), domain="two_zeros"),
        lambda x: np.prod(x, axis=1),
        lambda torch, x: torch.prod(x, 1),
        "zeros-middle",
    )


def variances():
    for name in ("var", "std"):
        for label, axis, ddof, keepdims in (
            ("all", None, 0, False),
            ("row", 1, 0, False),
            ("ddof", 0, 1, False),
            ("kept", -1, 1, True),
            ("pair", (0, 1), 2, False),
            ("fraction", None, 1.5, False),
        ):
            yield Case(
                name,
                lambda x, name=name, a=axis, d=ddof, k=keepdims: getattr(tg, name)(
                    x, axis=a, ddof=d, keepdims=k
                ),
                shaped((3, 4)),
                lambda x, name=name, a=axis, d=ddof, k=keepdims: getattr(np, name)(
                    x, axis=a, ddof=d, keepdims=k
                ),
                lambda torch, x, name=name, a=axis, d=ddof, k=keepdims: getattr(
                    torch, name
                )(x, every_axis((3, 4), a), correction=d, keepdim=k),
                label,
            )


def running():
    for label, shape, axis in (
        ("flat", (2, 3), None),
        ("rows", (2, 3), 0),
        ("last", (2, 3), -1),
        ("empty", (0, 3), 1),
    ):
        yield Case(
            "cumsum",
            lambda x, a=axis: tg.cumsum(x, axis=a),
            shaped(shape),
            lambda x, a=axis: np.cumsum(x, axis=a),
            lambda torch, x, a=axis: (
                torch.cumsum(x.ravel(), 0) if a is None else torch.cumsum(x, a)
            ),
            label,
        )


MOVES = [
    ("reshape", "other", (2, 6), lambda m, x: m.reshape(x, (3, 4))),
    ("reshape", "rest", (2, 6), lambda m, x: m.reshape(x, (3, -1))),
    ("reshape", "number", (2, 6), lambda m, x: m.reshape(x, -1)),
    ("reshape", "scalar", (1, 1), lambda m, x: m.reshape(x, ())),
    ("reshape", "empty", (0, 3), lambda m, x: m.reshape(x, (3, 0, 2))),
    ("ravel", "matrix", (2, 3), lambda m, x: m.ravel(x)),
    ("ravel", "scalar", (), lambda m, x: m.ravel(x)),
    ("expand_dims", "first", (2, 3), lambda m, x: m.expand_dims(x, 0)),
    ("expand_dims", "last", (2, 3), lambda m, x: m.expand_dims(x, -1)),
    ("expand_dims", "pair", (2, 3), lambda m, x: m.expand_dims(x, (0, 2))),
    ("squeeze", "all", (1, 3, 1), lambda m, x: m.squeeze(x)),
    ("squeeze", "one", (1, 3, 1), lambda m, x: m.squeeze(x, -1)),
    ("squeeze", "pair", (1, 3, 1), lambda m, x: m.squeeze(x, (0, 2))),
    ("transpose", "reversed", (2, 3, 4), lambda m, x: m.transpose(x)),
    ("transpose", "cycle", (2, 3, 4), lambda m, x: m.transpose(x, (1, 2, 0))),
    ("transpose", "negative", (2, 3, 4), lambda m, x: m.transpose(x, (-1, 0, -2))),
    ("transpose", "scalar", (), lambda m, x: m.transpose(x)),
    ("swapaxes", "ends", (2, 3, 4), lambda m, x: m.swapaxes(x, 0, -1)),
    ("swapaxes", "itself", (2, 3), lambda m, x: m.swapaxes(x, 1, 1)),
    ("moveaxis", "one", (2, 3, 4), lambda m, x: m.moveaxis(x, 0, -1)),
    ("moveaxis", "pair", (2, 3, 4), lambda m, x: m.moveaxis(x, (0, -1), (2, 0))),
    ("flip", "all", (2, 3), lambda m, x: m.flip(x)),
    ("flip", "one", (2, 3), lambda m, x: m.flip(x, -1)),
    ("flip", "pair", (2, 3, 2), lambda m, x: m.flip(x, (0, 2))),
    ("broadcast_to", "longer", (3,), lambda m, x: m.broadcast_to(x, (2, 3))),
    ("broadcast_to", "ones", (2, 1, 3), lambda m, x: m.broadcast_to(x, (4, 2, 2, 3))),
    ("broadcast_to", "scalar", (), lambda m, x: m.broadcast_to(x, (2, 3))),
    ("broadcast_to", "empty", (1, 3), lambda m, x: m.broadcast_to(x, (0, 3))),
    ("repeat", "flat", (2, 3), lambda m, x: m.repeat(x, 2)),
    ("repeat", "axis", (2, 3), lambda m, x: m.repeat(x, 3, axis=-1)),
    ("repeat", "array", (2, 3), lambda m, x: m.repeat(x, [2, 0, 3], axis=1)),
    ("repeat", "scalar", (), lambda m, x: m.repeat(x, 3)),
    ("repeat", "never", (2, 3), lambda m, x: m.repeat(x, 0, axis=0)),
    ("tile", "number", (2, 3), lambda m, x: m.tile(x, 2)),
    ("tile", "pair", (2, 3), lambda m, x: m.tile(x, (2, 3))),
    ("tile", "longer", (3,), lambda m, x: m.tile(x, (2, 1, 2))),
    ("tile", "shorter", (2, 3), lambda m, x: m.tile(x, (2,))),
    ("tile", "scalar", (), lambda m, x: m.tile(x, (2, 2))),
    ("tile", "never", (2, 3), lambda m, x: m.tile(x, (0, 1))),
    ("pad", "number", (2, 3), lambda m, x: m.pad(x, 2)),
    ("pad", "pair", (2, 3), lambda m, x: m.pad(x, (1, 2))),
    ("pad", "axes", (2, 3), lambda m, x: m.pad(x, ((0, 1), (2, 0)))),
    (
        "pad",
        "value",
        (2, 3),
        lambda m, x: m.pad(x, ((1,), (2,)), mode="constant", constant_values=7.0),
    ),
    ("split", "number", (6, 2), lambda m, x: m.split(x, 3)[1]),
    ("split", "places", (5, 2), lambda m, x: m.split(x, [1, 3])[1]),
    ("split", "axis", (2, 6), lambda m, x: m.split(x, 2, axis=-1)[1]),
    (
        "split",
        "all-used",
        (4, 2),
        lambda m, x: m.split(x, 2)[0] * 2.0 - m.split(x, 2)[1],
    ),
    (
        "split",
        "beyond-the-end",
        (3,),
        lambda m, x: m.concatenate(m.split(x, [2, 2, 5])),
    ),
]
TORCH_MOVES = {
    "transpose-cycle": lambda torch, x: x.permute(1, 2, 0),
    "transpose-negative": lambda torch, x: x.permute(2, 0, 1),
    "pad-axes": lambda torch, x: torch.nn.functional.pad(x, (2, 0, 0, 1)),
    "repeat-array": lambda torch, x: torch.repeat_interleave(
        x, torch.tensor([2, 0, 3]), dim=1
    ),
    "tile-longer": lambda torch, x: torch.tile(x, (2, 1, 2)),
    "moveaxis-pair": lambda torch, x: torch.moveaxis(x, (0, -1), (2, 0)),
    "split-places": lambda torch, x: torch.tensor_split(x, [1, 3])[1],
    "flip-pair": lambda torch, x: torch.flip(x, (0, 2)),
}


def moves():
    for name, label, shape, call in MOVES:
        yield Case(
            name,
            lambda x, f=call: f(tg, x),
            shaped(shape),
            lambda x, f=call: f(np, x),
            TORCH_MOVES.get(f"{name}-{label}"),
            label,
            exact=True,
        )


def sums_to():
    for label, shape, target in (
        ("shorter", (2, 3), (3,)),
        ("ones", (4, 2, 3), (2, 1)),
        ("scalar", (2, 3), ()),
        ("same", (2, 3), (2, 3)),
    ):
        yield Case(
            "sum_to",
            lambda x, s=target: tg.sum_to(x, shape=s),
            shaped(shape),
            lambda x, s=target: summed_by_hand(x, s),
            lambda torch, x, s=target: x.sum_to_size(s),
            label,
        )


def summed_by_hand(x, shape):
    y = np.zeros(shape)
    places = np.broadcast_to(np.arange(y.size).reshape(shape), x.shape)
    for place, value in zip(places.ravel(), x.ravel(), strict=True):
        y.flat[place] += value
    return y


def types():
    yield Case(
        "astype",
        lambda x: tg.astype(x, x.dtype) * 1.0,
        shaped((2, 3)),
        lambda x: x * 1.0,
        label="same",
    )


INDICES = {
    "integer": 1,
    "negative": -1,
    "slice": np.s_[1:],
    "step": np.s_[:, ::2],
    "backwards": np.s_[::-1, ::-2],
    "pair": (1, 2),
    "new-axis": np.s_[None, :, None],
    "ellipsis": np.s_[..., 0],
    "everything": ...,
    "array": np.array([0, 2, 0, 0]),
    "two-arrays": (np.array([0, 2, 0]), np.array([1, 1, 1])),
    "grid": (np.array([[0], [2]]), np.array([1, -1, 1])),
    "mixed": np.s_[np.array([1, 1]), ..., None],
    "negative-repeats": np.array([0, -3]),
    "mask": np.arange(12).reshape(3, 4) % 3 == 0,
    "row-mask": np.array([True, False, True]),
    "empty": np.s_[3:],
    "no-places": np.array([], int),
    "apart": np.s_[np.array([0, 0]), :, np.array([1, 1])],
}


def indices():
    for label, index in INDICES.items():
        shape = (3, 2, 4) if label == "apart" else (3, 4)

        def through_torch(torch, x, index=index):
            return x[as_torch_index(torch, index)]

        steps_back = label == "backwards"
        yield Case(
            "getitem",
            lambda x, i=index: x[i] if isinstance(x, tg.Tensor) else tg.getitem(x, i),
            shaped(shape),
            lambda x, i=index: x[i],
            None if steps_back else through_torch,
            label,
            exact=True,
        )
        taken = np.zeros(shape)[index].shape
        yield Case(
            "put",
            lambda g, i=index, s=shape: tg.put(g, index=i, shape=s),
            shaped(taken),
            lambda g, i=index, s=shape: added_at(g, i, s),
            label=label,
        )


def as_torch_index(torch, index):
    if isinstance(index, tuple):
        return tuple(as_torch_index(torch, part) for part in index)
    return torch.tensor(index) if isinstance(index, np.ndarray) else index


def added_at(g, index, shape):
    x = np.zeros(shape)
    places = np.arange(x.size).reshape(shape)[index]
    for place, value in zip(np.ravel(places), np.ravel(g), strict=True):
        x.flat[place] += value
    return x


def joins():
    for label, shapes, axis in (
        ("first", ((2, 3), (1, 3)), 0),
        ("last", ((2, 3), (2, 1), (2, 2)), -1),
        ("flat", ((2, 3), (4,)), None),
        ("one", ((2, 3),), 0),
        ("empty", ((0, 3), (2, 3)), 0),
    ):
        yield Case(
            "concatenate",
            lambda *xs, a=axis: tg.concatenate(xs, axis=a),
            shaped(*shapes),
            lambda *xs, a=axis: np.concatenate(xs, axis=a),
            lambda torch, *xs, a=axis: (
                torch.cat([x.ravel() for x in xs]) if a is None else torch.cat(xs, a)
            ),
            label,
            exact=True,
        )
    for label, shape, axis in (("first", (2, 3), 0), ("last", (2, 3), -1)):
        yield Case(
            "stack",
            lambda *xs, a=axis: tg.stack(xs, axis=a),
            shaped(shape, shape, shape),
            lambda *xs, a=axis: np.stack(xs, axis=a),
            lambda torch, *xs, a=axis: torch.stack(xs, a),
            label,
            exact=True,
        )
    yield Case(
        "stack",
        lambda x: tg.stack([x, x]),
        shaped((3,)),
        lambda x: np.stack([x, x]),
        lambda torch, x: torch.stack([x, x]),
        "twice",
        exact=True,
    )


def table():
    parts = (reductions, products, variances, running, moves, sums_to, types, indices)
    for part in (*parts, joins):
        yield from part()
