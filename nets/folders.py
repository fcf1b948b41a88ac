"""The folder of a run: which one it is, and that only one run at a time is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from nets import checkpoint
from nets.run import Run
from nets.settings import SettingsError
from tinygraph.files import escaped

DEFAULT_OUT = Path("runs/slide")
CHECKPOINT = "checkpoint.npz"
LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs out of an existing folder.

    The operating system holds the lock, and lets go of it when this process ends, in
    whatever way.  Raises `SettingsError` where another run has it.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise SettingsError(
            f"another run is training in {escaped(folder)}: wait for its end, or "
            f"choose another folder with --out."
        ) from None
    except NotImplementedError:  # a disk that knows no locks
        pass
    try:
        yield
    finally:
        lock.release()


def refuse_used_folder(out: Path | None) -> None:
    """Raise `SettingsError` where the folder that the user named holds a run."""
    if out is not None and (out / CHECKPOINT).exists():
        raise SettingsError(
            f"{escaped(out)} already holds a run: go on with it by --resume, or choose "
            f"another folder with --out."
        )


def make_folder(out: Path | None) -> Path:
    """The folder `out`; or the first of runs/slide, runs/slide-2, ... that is new."""
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
    """The newest of runs/slide, runs/slide-2, ...; runs/slide where there is none."""
    name = re.compile(rf"{DEFAULT_OUT.name}(?:-(\d+))?")
    numbered = {
        int(match[1] or 1): file.parent
        for file in DEFAULT_OUT.parent.glob(f"*/{CHECKPOINT}")
        if (match := name.fullmatch(file.parent.name))
    }
    return numbered[max(numbered)] if numbered else DEFAULT_OUT


def chosen_run(path: Path | None) -> Run:
    """The run in a folder or a checkpoint file; by default the newest one."""
    path = path or latest_folder()
    return checkpoint.load(path if path.suffix == ".npz" else path / CHECKPOINT)
