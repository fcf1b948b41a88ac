"""The history of a training run as tables and as curves."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinygraph.files import write_atomically

from .figures import curves, png
from .run import EpochRecord, Run


def save_history(history: Sequence[EpochRecord], path: Path) -> None:
    """Write a CSV file with one line per epoch: the fields of `EpochRecord`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(EpochRecord))
    writer.writerows(astuple(record) for record in history)
    write_atomically(path, text.getvalue().encode())


def save_curve(history: Sequence[EpochRecord], path: Path) -> None:
    """Write a PNG of loss and accuracy over the epochs.

    The same history gives the same bytes. Raises ModuleNotFoundError if matplotlib is
    not installed.
    """
    write_atomically(path, png(curves(history)))


def save_gradients(run: Run, path: Path) -> None:
    """Add a line for the last epoch to a CSV file: the length of each gradient.

    It is that of the epoch's last batch. Lines of epochs that a resumed run repeats are
    replaced.
    """
    names, epoch = [*run.network.parameters()], run.progress.epoch
    lengths = [length(tensor.grad) for tensor in run.network.parameters().values()]
    rows = [row for row in read_gradients(path, names) if int(row[0]) < epoch]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["epoch", *names])
    writer.writerows([*rows, [epoch, *lengths]])
    write_atomically(path, text.getvalue().encode())


def length(gradient: NDArray[Any] | None) -> float:
    """The Euclidean norm, 0 where there is no gradient."""
    return 0.0 if gradient is None else float(np.linalg.norm(gradient))


def read_gradients(path: Path, names: Sequence[str]) -> list[list[str]]:
    """The lines of a file of gradients; none if it is not one of these parameters."""
    if not path.is_file():
        return []
    rows = [*csv.reader(path.read_text(errors="replace").splitlines())]
    if not rows or rows[0] != ["epoch", *names]:
        return []
    return [row for row in rows[1:] if is_line(row, len(names))]


def is_line(row: Sequence[str], names: int) -> bool:
    """Whether a line has an epoch and a number for each name."""
    try:
        return len([int(row[0]), *map(float, row[1:])]) == names + 1
    except (ValueError, IndexError):
        return False
