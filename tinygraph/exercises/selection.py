"""Which exercises a user means: numbers, names and ranges, such as 08 or 01-05,softmax.

Every command and the course file read them with `select_ids`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ..errors import ArgumentError
from .exercise import is_called, plain_name, short_id
from .language import translated
from .similar_names import nearest_of

RANGE = re.compile(r"(?P<first>.+?)\s*[-–]\s*(?P<last>.+)")


def select_ids(words: Iterable[str], ids: Sequence[str]) -> list[str]:
    """The exercises that some words name, in the order of the words, each once.

    Raises ArgumentError if there is no such exercise, or a range runs backwards.

    >>> select_ids(["1-3,softmax", "02"], ["01_mse", "02_slopes", "03_softmax"])
    ['01_mse', '02_slopes', '03_softmax']
    """
    words = list(words)
    pieces = [piece.strip() for word in words for piece in word.split(",")]
    found = [id for piece in pieces if piece for id in ids_of_piece(piece, ids)]
    if not found:
        said = " ".join(words)
        raise ArgumentError(
            translated(
                "{said!r} names no exercise: write numbers, names or ranges, such "
                "as 01-05,08",
                said=said,
            )
        )
    return list(dict.fromkeys(found))


def ids_of_piece(piece: str, ids: Sequence[str]) -> Iterator[str]:
    """The exercises that a number, a name or a range names."""
    named = next((id for id in ids if is_called(id, piece)), None)
    ends = RANGE.fullmatch(piece)
    if named is not None or ends is None:
        yield named or find_id(piece, ids)
        return
    first, last = (find_id(ends[end], ids) for end in ("first", "last"))
    begin, end = ids.index(first), ids.index(last)
    if begin > end:
        raise ArgumentError(
            translated(
                "the range {piece!r} runs backwards: write {first}-{last}",
                piece=piece,
                first=short_id(last),
                last=short_id(first),
            )
        )
    yield from ids[begin : end + 1]


def find_id(name: str, ids: Sequence[str]) -> str:
    """The exercise that a number or a name names. Raises ArgumentError without one."""
    for id in ids:
        if is_called(id, name):
            return id
    if "," in name or ((ends := RANGE.fullmatch(name)) and ends["first"].isdigit()):
        raise ArgumentError(
            translated("{name!r} may name several exercises: name one", name=name)
        )
    known = [*ids, *map(plain_name, ids)]
    near = nearest_of(
        name, known, translated(": choose from {names}", names=ids_in_words(ids))
    )
    raise ArgumentError(
        translated("there is no exercise {name!r}{near}", name=name, near=near)
    )


def ids_in_words(ids: Sequence[str]) -> str:
    """A list of exercises in a few words.

    >>> ids_in_words(["01_mse", "02_slopes", "03_softmax", "08_matmul_vjp"])
    '01 to 03 and 08'
    """
    runs: list[list[str]] = []
    for name in map(short_id, ids):
        if runs and follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    parts = [
        part
        for run in runs
        for part in (
            [translated("{first} to {last}", first=run[0], last=run[-1])]
            if len(run) > 2
            else run
        )
    ]
    *first, last = parts
    return (
        translated("{first} and {last}", first=", ".join(first), last=last)
        if first
        else last
    )


def follows(number: str, other: str) -> bool:
    """Whether another exercise has the next number."""
    return number.isdigit() and other.isdigit() and int(other) == int(number) + 1
