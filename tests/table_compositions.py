"""Cases of the compositions, most of which have NumPy's name and PyTorch's."""

from __future__ import annotations

import numpy as np
from case import Case, same_name, shaped

import tinygraph as tg


def of_lists(name, shapes, label="", oracle=True, **more):
    """A case of a function that is given its arrays in one list."""
    return Case(
        name,
        lambda *xs: getattr(tg, name)(xs),
        shaped(*shapes),
        lambda *xs: getattr(np, name)(xs),
        (lambda torch, *xs: getattr(torch, name)(xs)) if oracle else None,
        label,
        **more,
    )


def joining():
    yield same_name("atleast_1d", shaped(()), exact=True)
    yield of_lists("vstack", [(2, 3), (3,)], exact=True)


def table():
    yield from joining()
