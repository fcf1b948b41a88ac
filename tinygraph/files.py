"""Files: where a path leads, what is safe to read, and atomic writing."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .errors import FileError
from .legible import escaped as escaped

KINDS: dict[str, Callable[[int], bool]] = {
    "a folder": stat.S_ISDIR,
    "a pipe": stat.S_ISFIFO,
    "a socket": stat.S_ISSOCK,
}


def expanded(path: str | os.PathLike[str]) -> Path:
    """The path with `~` replaced by the home folder, as a shell does it.

    `~name` stays as it is where no user has that name.

    >>> expanded("~/a.txt") == Path.home() / "a.txt"
    True
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:  # nobody has that name
        return Path(path)


def require_regular(path: str | os.PathLike[str]) -> None:
    """Raise FileError where `path` is a folder, a pipe or a device.

    Reading from one may never end. A path that does not exist is not refused here.

    >>> require_regular(os.curdir)
    Traceback (most recent call last):
    tinygraph.errors.FileError: . is a folder, not a file
    """
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return
    if not stat.S_ISREG(mode):
        kind = next((kind for kind, has in KINDS.items() if has(mode)), "a device")
        raise FileError(f"{escaped(path)} is {kind}, not a file")


def beside(target: Path) -> Path:
    """A new name in the same folder, however long the name of `target` is."""
    return target.with_name(f".tinygraph-{os.urandom(8).hex()}")


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write beside `path`, then move into place: the old file or the new, never half.

    Links are followed, and a file that is replaced keeps its mode. Raises FileError,
    and leaves the old file untouched, where it cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder, "a.txt"), b"whole")
    ...     [path.name for path in Path(folder).iterdir()]
    ['a.txt']
    """
    try:
        target = expanded(path).resolve()
        require_regular(target)
        replace_file(target, content)
    except FileNotFoundError:
        folder = escaped(expanded(path).parent.absolute())
        raise FileError(
            f"cannot write {escaped(path)}: the folder {folder} does not exist"
        ) from None
    except FileError as error:
        raise FileError(f"cannot write {escaped(path)}: {error}") from None
    except OSError as error:
        raise FileError(f"cannot write {escaped(path)}: {error.strerror}") from error
    except RuntimeError:  # Python before 3.13, for a link that points to itself
        raise FileError(
            f"cannot write {escaped(path)}: it is a link that leads back to itself"
        ) from None
    except ValueError as error:  # such as a NUL in the name
        raise FileError(f"cannot write {escaped(path)}: {error}") from None


def make_folder(path: Path) -> None:
    """Make a folder, and those around it, unless it exists. Raises FileError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot make {escaped(path)}: {error.strerror}") from None


def write_new(path: Path, text: str) -> bool:
    """Write a file unless something of that name exists; whether it was written."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def replace_file(target: Path, content: bytes) -> None:
    """Write a file beside `target`, with its mode, and move it into place."""
    new, mode = beside(target), mode_of(target)
    # Never readable by more people than the old file, not even while it is written.
    opened = 0o666 if mode is None else mode
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(new, flags, opened), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            with suppress(OSError):  # such as on a disk without modes
                new.chmod(mode)
        new.replace(target)
    finally:
        with suppress(OSError):
            new.unlink()


def mode_of(path: Path) -> int | None:
    """The mode of a file; None where there is none."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None
