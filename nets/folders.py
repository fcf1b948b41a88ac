"""The folder of a run: choosing it, and locking it against other runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tinygraph.files import escaped

from . import checkpoint
from .run import Run
from .settings import SettingsError

DEFAULT_OUT = Path("runs/slide")
CHECKPOINT = "checkpoint.npz"
LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock an existing folder against other runs.

    The operating system releases the lock when this process ends, however it ends.
    Raises `SettingsError` if another run holds the lock.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise SettingsError(
            f"another run is training in {escaped(folder)}: wait until it ends, or "
            f"choose another folder with --out."
        ) from None
    except NotImplementedError:  # this file system has no locks
        pass
    try:
        yield
    finally:
        lock.release()


def refuse_used_folder(out: Path | None) -> None:
    """Raise `SettingsError` if the folder that the user named contains a run."""
    if out is not None and (out / CHECKPOINT).exists():
        raise SettingsError(
            f"{escaped(out)} already contains a run: continue it with --resume, or "
            f"choose another folder with --out."
        )


def make_folder(out: Path | None) -> Path:
    """Make `out`, or the first of runs/slide, runs/slide-2, ... that is new."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        return out
    number, folder = 1, DEFAULT_OUT
    while True:
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            number += 1
            folder = DEFAULT_OUT.with_name(f"{DEFAULT_OUT.name}-{number}")


def latest_folder() -> Path:
    """The newest of runs/slide, runs/slide-2, ...; runs/slide if there is none."""
    name = re.compile(rf"{DEFAULT_OUT.name}(?:-(\d+))?")
    numbered = {
        int(match[1] or 1): file.parent
        for file in DEFAULT_OUT.parent.glob(f"*/{CHECKPOINT}")
        if (match := name.fullmatch(file.parent.name))
    }
    return numbered[max(numbered)] if numbered else DEFAULT_OUT


def load_run(path: Path | None) -> Run:
    """Load the run in a folder or a checkpoint file, by default the newest one."""
    path = path or latest_folder()
    return checkpoint.load(path if path.suffix == ".npz" else path / CHECKPOINT)
