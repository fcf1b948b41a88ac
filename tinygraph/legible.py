"""Texts of a user's own, made so that every screen, file and page takes them."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Sequence

# What no XML document may hold: control characters, surrogates, two that are none.
# To compile this takes milliseconds, so that it is done when it is needed.
FORBIDDEN = r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
LINE_END = "\r\n|[\r\x85\u2028\u2029]"  # some readers make \n of each


def legible(text: str, substitute: str = "�") -> str:
    r"""The text on one line, with a substitute for what cannot be shown.

    >>> legible("a\nb\ud800"), legible("a\nb", " ")
    ('a�b�', 'a b')
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else substitute for c in text)


def escaped(name: str | os.PathLike[str]) -> str:
    r"""A name in letters that can be shown: others become escapes, to know it by.

    A file's name may hold line ends, codes that a terminal obeys, and bytes that are no
    letters at all, which Python reads as lone surrogates.

    >>> print(escaped("日本\n\udcff.png"))
    日本\n\udcff.png
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode()
        for c in os.fspath(name)
    )


def for_xml(text: str) -> str:
    r"""A text with � for each character that XML forbids, and one kind of line end.

    >>> for_xml("a\r\nb\x00\ud800")
    'a\nb��'
    """
    return re.sub(FORBIDDEN, "�", re.sub(LINE_END, "\n", text))


@functools.lru_cache(maxsize=1024)
def scope_path(name: str) -> str:
    r"""The name of a scope as it is recorded: legible parts, none of them blank.

    >>> scope_path("block/ conv\n1 //"), scope_path(" ")
    ('block/conv�1', '')
    """
    parts = [legible(part.strip()) for part in name.split("/")]
    return "/".join(part for part in parts if part)


def quantity(count: int, one: str, several: str = "") -> str:
    """A number of things in words.

    >>> quantity(1, "step"), quantity(2, "step"), quantity(0, "leaf", "leaves")
    ('1 step', '2 steps', '0 leaves')
    """
    return f"{count} {one if count == 1 else several or f'{one}s'}"


def aligned(rows: Sequence[Sequence[str]], sides: str) -> list[str]:
    """The rows as lines with columns aligned, legible on every screen.

    `sides` has "<" for each column that starts at the left, ">" for one that ends at
    the right.

    >>> aligned([("step", "sum"), ("0", "+1.000")], "><")
    ['step  sum', '   0  +1.000']
    """
    rows = [tuple(map(legible, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            f"{text:{side}{width}}"
            for text, side, width in zip(row, sides, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
