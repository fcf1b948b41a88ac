"""A text, as the numbers of its characters."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tinygraph import FileError
from tinygraph.files import require_regular

from .dataset import DataError

CONTEXT = 64  # characters that a network sees at once
TEST_SHARE = 0.1
LARGEST_TEXT = 100_000_000  # bytes
MOST_CHARACTERS = 5000  # different ones
BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Text:
    """A text in windows of `context` characters, each with the characters that follow.

    `codes` is (N,) int64, each an index into `classes`, the different characters. The
    windows follow one another from the place `start`, below `context`; there are as
    many wherever they start. Raises `DataError` for a text that is shorter than two
    windows, and for other numbers.

    >>> text = Text(np.array([0, 1, 2, 1, 0, 2]), ("a", "b", "c"), context=2, start=1)
    >>> text.inputs.tolist(), text.labels.tolist()
    ([[1, 2], [1, 0]], [[2, 1], [0, 2]])
    """

    kind: ClassVar[str] = "text"
    codes: Codes
    classes: tuple[str, ...]
    context: int = CONTEXT
    start: int = 0

    def __post_init__(self) -> None:
        codes, highest = self.codes, len(self.classes) - 1
        if codes.ndim != 1 or codes.dtype != np.int64:
            raise DataError(
                f"codes must be int64 of shape (N,), not {codes.dtype} of shape "
                f"{codes.shape}."
            )
        if self.context < 1 or len(codes) < 2 * self.context:
            raise DataError(
                f"a text of {len(codes)} characters has no two windows of "
                f"{self.context}: give a longer text or a smaller context."
            )
        if not 0 <= self.start < self.context:
            raise DataError(
                f"start is {self.start}: give a place from 0 to {self.context - 1}."
            )
        if codes.min() < 0 or codes.max() > highest:
            raise DataError(
                f"codes run from {codes.min()} to {codes.max()}, but the "
                f"{highest + 1} characters need 0 to {highest}."
            )

    def __len__(self) -> int:
        return len(self.codes) // self.context - 1

    @property
    def inputs(self) -> Codes:
        """The windows, (N, context)."""
        return self._windows(0)

    @property
    def labels(self) -> Codes:
        """The character after each character of the windows, (N, context)."""
        return self._windows(1)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What a network's outputs mean: the characters."""
        return self.classes

    def _windows(self, after: int) -> Codes:
        start = self.start + after
        end = start + len(self) * self.context
        return self.codes[start:end].reshape(-1, self.context)


def text_file(path: Path, context: int = CONTEXT) -> tuple[Text, Text]:
    """The (train, test) parts of a text file in UTF-8; the last tenth is for testing.

    Line ends of all systems are one character. Raises `DataError` for any other file,
    for one with more than 5000 different characters, and for one that is too short.
    """
    text = read_text(path)
    classes = tuple(sorted(set(text)))
    if len(classes) > MOST_CHARACTERS:
        raise DataError(
            f"{path} has {len(classes)} different characters, and {MOST_CHARACTERS} "
            f"are possible: give a text in one language."
        )
    least = round(2 * context / TEST_SHARE)
    if len(text) < least:
        raise DataError(
            f"{path} has {len(text)} characters, too few for windows of {context}: "
            f"give a text of at least {least}, or a smaller --context."
        )
    codes = encoded(text, classes, str(path))
    start = round(len(codes) * (1 - TEST_SHARE))
    return Text(codes[:start], classes, context), Text(codes[start:], classes, context)


def encoded(text: str, classes: tuple[str, ...], source: str) -> Codes:
    """The number of each character among `classes`.

    Raises `DataError`, which names `source`, for a character that is not one of them.

    >>> encoded("cab", ("a", "b", "c"), "prompt").tolist()
    [2, 0, 1]
    """
    numbers = {character: number for number, character in enumerate(classes)}
    try:
        return np.fromiter((numbers[each] for each in text), np.int64, len(text))
    except KeyError as error:
        raise DataError(
            f"{source} has the character {error.args[0]!r}, which the network does not "
            f"know: leave it out, or train with a text that has it."
        ) from None


def read_text(path: Path) -> str:
    """The characters of a file in UTF-8, each line end as one; `DataError` for others.

    A byte order mark is left out.
    """
    try:
        require_regular(path)
        if (size := path.stat().st_size) > LARGEST_TEXT:
            raise DataError(
                f"{path} has {size} bytes, and {LARGEST_TEXT} are possible: give a "
                f"part of it."
            )
        content = path.read_bytes()
    except FileError as error:
        raise DataError(f"{error}: give the path of a file.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    if content.startswith(BOMS):
        raise DataError(f"{path} is a text in UTF-16: save it in UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"byte {error.start} of {path} is not UTF-8: save the text in UTF-8."
        ) from None
    if "\0" in text:
        raise DataError(f"{path} is not a text: it has characters with the number 0.")
    return text.replace("\r\n", "\n").replace("\r", "\n")
