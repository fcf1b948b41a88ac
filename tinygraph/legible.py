"""Text from users, made safe for every screen, file and page."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Sequence
from typing import Any

# Everything that XML forbids: control characters, surrogates and two noncharacters.
# Compiling this takes milliseconds, so it is done when it is needed.
FORBIDDEN = r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
LINE_END = "\r\n|[\r\x85\u2028\u2029]"  # some readers turn each into \n


def legible(text: str, substitute: str = "�") -> str:
    r"""The text on one line, with a substitute for each character that cannot be shown.

    >>> legible("a\nb\ud800"), legible("a\nb", " ")
    ('a�b�', 'a b')
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else substitute for c in text)


def escaped(name: str | os.PathLike[str]) -> str:
    r"""A name in which characters that cannot be shown are escaped.

    A file name may contain line ends, terminal codes, and bytes that are not text at
    all, which Python reads as lone surrogates.

    >>> print(escaped("日本\n\udcff.png"))
    日本\n\udcff.png
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode()
        for c in os.fspath(name)
    )


def for_xml(text: str) -> str:
    r"""A text with � for each character that XML forbids, and \n for every line end.

    >>> for_xml("a\r\nb\x00\ud800")
    'a\nb��'
    """
    return re.sub(FORBIDDEN, "�", re.sub(LINE_END, "\n", text))


@functools.lru_cache(maxsize=1024)
def scope_path(name: str) -> str:
    r"""The name of a scope as it is recorded: legible parts, without blank ones.

    >>> scope_path("block/ conv\n1 //"), scope_path(" ")
    ('block/conv�1', '')
    """
    parts = [legible(part.strip()) for part in name.split("/")]
    return "/".join(part for part in parts if part)


def quantity(count: int, one: str, several: str = "") -> str:
    """A count with its noun.

    >>> quantity(1, "step"), quantity(2, "step"), quantity(0, "leaf", "leaves")
    ('1 step', '2 steps', '0 leaves')
    """
    return f"{count} {one if count == 1 else several or f'{one}s'}"


def shape_text(shape: Sequence[Any], times: str = "x") -> str:
    """The shape of an array in one word.

    >>> shape_text((3, 32, 32)), shape_text(())
    ('3x32x32', 'scalar')
    """
    return times.join(map(str, shape)) or "scalar"


def aligned(rows: Sequence[Sequence[str]], sides: str) -> list[str]:
    """The rows as lines with aligned columns, legible on every screen.

    `sides` has "<" for each column aligned to the left, ">" for one to the right.

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
