"""Listing a folder, without the files that systems and programs leave there."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from .formats import FIRST_BYTES, kind_of

# In addition to every name that starts with a dot: .DS_Store, ._x, .ipynb_checkpoints.
LEFT_BEHIND = re.compile(
    # Windows
    r"thumbs\.db|ehthumbs(_vista)?\.db|desktop\.ini|\$recycle\.bin|recycler|~\$.*"
    r"|system volume information"
    # macOS
    r"|__macosx|icon\r|network trash folder|temporary items"
    # Synology, QNAP and other network drives
    r"|@eadir|#recycle|#snapshot|@tmp|@recycle|@recently-snapshot|lost\+found"
    r"|synofile_thumb.*|@__thumb"
    # programs
    r"|__pycache__|picasa\.ini|zbthumbnail\.info|pspbrwse\.jbf",
    re.IGNORECASE,
)


def composed(name: str) -> str:
    """The name in Unicode form NFC, in which é is always one character.

    >>> composed("cafe\\u0301") == "caf\\u00e9"
    True
    """
    return unicodedata.normalize("NFC", name)


def is_left_behind(name: str) -> bool:
    """Whether a system or a program, not the user, created a file or a folder.

    >>> [is_left_behind(name) for name in ("Thumbs.db", "._cat.jpg", "cat.jpg")]
    [True, True, False]
    """
    return name.startswith(".") or LEFT_BEHIND.fullmatch(name) is not None


def entries(folder: Path) -> list[Path]:
    """The user's files and folders in a folder, sorted by their composed names."""
    found = [entry for entry in folder.iterdir() if not is_left_behind(entry.name)]
    return sorted(found, key=lambda entry: (composed(entry.name), entry.name))


def subfolders(folder: Path) -> list[Path]:
    """The user's folders in a folder."""
    return [entry for entry in entries(folder) if entry.is_dir()]


def loose_pictures(folder: Path) -> list[Path]:
    """The images directly in a folder."""
    return [entry for entry in entries(folder) if entry.is_file() and is_image(entry)]


def is_image(path: Path) -> bool:
    """Whether the content of a file is an image."""
    try:
        with path.open("rb") as file:
            return kind_of(file.read(FIRST_BYTES), path.suffix) is not None
    except OSError:
        return False
