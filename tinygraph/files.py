"""Writing files so that no reader ever sees half of one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from .errors import FileError


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write beside `path`, then move into place: the old file or the new, never half.

    Raises FileError, with the old file untouched, where the disk does not take it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder, "a.txt"), b"whole")
    ...     [path.name for path in Path(folder).iterdir()]
    ['a.txt']
    """
    target = Path(path).resolve()
    beside = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except FileNotFoundError:
        raise FileError(
            f"cannot write {path}: the folder {target.parent} is not there"
        ) from None
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            beside.unlink()
