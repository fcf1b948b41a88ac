"""An entry: a file that was handed in, wherever it is kept, or an empty folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..language import translated
from .hand_in import UNKNOWN, HandIn
from .submission import Unusable, shown_name

HIDDEN = (".", "__macosx", "__pycache__", "~$", "desktop.ini", "thumbs.db")


def no_content(largest: int) -> bytes:
    """The content of an entry that has none."""
    raise Unusable(translated("is a folder"))


@dataclass(frozen=True)
class Entry:
    """A file in a folder or an archive. Its content is read only when it is needed."""

    parts: tuple[str, ...]  # its path in the folder or archive
    modified: float = 0.0  # in seconds since 1970
    read: Callable[[int], bytes] = no_content  # refuses more bytes than it is given
    is_empty_folder: bool = False
    is_packed: bool = False  # so that it may be larger than it seems
    reason: str = ""  # why it cannot be read, as the end of a sentence about it
    attempt: str = ""  # which attempt it belongs to: later ones compare greater
    hand_in: HandIn = UNKNOWN
    identifier: str = ""  # what the platform calls its student

    @property
    def name(self) -> str:
        """The name of the file, without its folders."""
        return self.parts[-1] if self.parts else ""

    @property
    def trouble(self) -> str:
        """Why it cannot be read, as a sentence; empty if it can."""
        return self.reason and f"{shown_name(self.name)} {self.reason}"


def is_hidden(name: str) -> bool:
    """Whether a file is one that systems make, not students, by how its name begins."""
    return name.lower().startswith(HIDDEN)
