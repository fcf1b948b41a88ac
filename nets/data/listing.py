"""What lies in a folder, but for what systems and programs leave there."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from nets.data.formats import kind_of

# Beside these, every name that begins with a dot: .DS_Store, ._x, .ipynb_checkpoints.
_LEAVINGS = re.compile(
    # Windows
    r"thumbs\.db|ehthumbs(_vista)?\.db|desktop\.ini|\$recycle\.bin|recycler|~\$.*"
    r"|system volume information"
    # macOS
    r"|__macosx|icon\r|network trash folder|temporary items"
    # Synology, QNAP and other disks in a network
    r"|@eadir|#recycle|#snapshot|@tmp|@recycle|@recently-snapshot|lost\+found"
    r"|synofile_thumb.*|@__thumb"
    # programs
    r"|__pycache__|picasa\.ini|zbthumbnail\.info|pspbrwse\.jbf",
    re.IGNORECASE,
)
_FIRST = 4096


def composed(name: str) -> str:
    """The name in NFC: é is one character, however the file system spells it.

    >>> composed("cafe\\u0301") == "caf\\u00e9"
    True
    """
    return unicodedata.normalize("NFC", name)


def is_left_behind(name: str) -> bool:
    """Whether a system or a program, not the user, made the file or the folder.

    >>> [is_left_behind(name) for name in ("Thumbs.db", "._cat.jpg", "cat.jpg")]
    [True, True, False]
    """
    return name.startswith(".") or _LEAVINGS.fullmatch(name) is not None


def entries(folder: Path) -> list[Path]:
    """The files and folders of the user, in the order of their composed names."""
    found = [entry for entry in folder.iterdir() if not is_left_behind(entry.name)]
    return sorted(found, key=lambda entry: (composed(entry.name), entry.name))


def subfolders(folder: Path) -> list[Path]:
    """The folders of the user in a folder."""
    return [entry for entry in entries(folder) if entry.is_dir()]


def loose_pictures(folder: Path) -> list[Path]:
    """The images that lie in the folder itself."""
    return [entry for entry in entries(folder) if entry.is_file() and _is_image(entry)]


def _is_image(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return kind_of(file.read(_FIRST), path.suffix) is not None
    except OSError:
        return False
