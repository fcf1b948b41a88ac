"""Names as a reader looks for them in a list: without accents and capitals."""

from __future__ import annotations

import re
import unicodedata

UNDECOMPOSED = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i"}
)


def plain(text: str) -> str:
    """A text in small letters without accents.

    >>> plain("Müller, ŁUKASZ")
    'muller, lukasz'
    """
    small = unicodedata.normalize("NFKD", text.casefold()).translate(UNDECOMPOSED)
    return "".join(c for c in small if not unicodedata.combining(c))


def alphabetical(name: str) -> tuple[object, ...]:
    """A key by which names are sorted: without case and accents, numbers by value.

    Names that differ only in those stay apart, in the same order everywhere.

    >>> sorted(["s10", "Zoë", "s2", "Müller", "muller", "Łukasz"], key=alphabetical)
    ['Łukasz', 'muller', 'Müller', 's2', 's10', 'Zoë']
    """
    texts_and_numbers = re.split(r"([0-9]+)", plain(name))
    texts_and_numbers[1::2] = map(by_value, texts_and_numbers[1::2])
    return texts_and_numbers, name.casefold(), name


def by_value(number: str) -> str:
    """A whole number as a text that is sorted by its value, with at most 9,999 digits.

    >>> by_value("0010")
    '000210'
    """
    digits = number.lstrip("0")
    return f"{len(digits):04}{digits}"
