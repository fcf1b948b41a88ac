"""Texts of a user's own, made so that every screen, file and page takes them."""

from __future__ import annotations

import functools
import os
import re

# What no XML document may hold: control characters, surrogates, two that are none.
# To compile this takes milliseconds, so that it is done when it is needed.
FORBIDDEN = r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
LINE_END = "\r\n|[\r\x85\u2028\u2029]"  # some readers make \n of each


def legible(text: str) -> str:
    r"""A text with � for each letter that cannot be shown, a line break for instance.

    >>> legible("a\nb\ud800")
    'a�b�'
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else "�" for letter in text)


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
