"""What was probably meant by a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from .language import translated

LIKE = 0.6  # how alike two names must be, from 0 to 1


def most_similar(name: str, known: Iterable[str], like: float = LIKE) -> str:
    """The known name that looks most like another one; "" if none does.

    >>> most_similar("sofmax", ["softmax", "mse"]), most_similar("x", ["softmax"])
    ('softmax', '')
    """
    return next(iter(difflib.get_close_matches(name, list(known), 1, like)), "")


def nearest_of(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """The end of a sentence about an unknown name: what was probably meant.

    If nothing is like it, that is `otherwise`, or all that there is.

    >>> nearest_of("sofmax", ["softmax", "mse"]), nearest_of("x", ["softmax", "mse"])
    ('; the nearest is softmax', ': choose from softmax, mse')
    """
    known = list(known)
    near = most_similar(name, known)
    if near:
        return translated("; the nearest is {near}", near=near)
    return (
        translated(": choose from {names}", names=", ".join(known))
        if otherwise is None
        else otherwise
    )
