"""A table of numbers, with a class or a number as the target of each row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .dataset import DataError

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of numbers with one target each.

    `rows` is (N, F) float64, with a name for each of the F `columns`. `labels` is (N,):
    int64, each an index into `classes`, or float64, numbers to predict; then there are
    no `classes`. `target` is the name of their column. Raises `DataError` if these do
    not fit together, and for a number that is not finite.

    >>> table = Table(np.eye(2), np.array([0.5, 2.0]), (), ("width", "height"), "price")
    >>> len(table), table.outputs
    (2, ('price',))
    """

    kind: ClassVar[str] = "table"
    rows: Numbers
    labels: NDArray[Any]
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    target: str = "target"

    def __post_init__(self) -> None:
        check_rows(self)
        check_labels(self)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def inputs(self) -> Numbers:
        """The rows."""
        return self.rows

    @property
    def outputs(self) -> tuple[str, ...]:
        """What a network's outputs mean: the classes, or the column of the target."""
        return self.classes or (self.target,)

    def take(self, indices: NDArray[np.int64]) -> Table:
        """The table of some of the rows."""
        return replace(self, rows=self.rows[indices], labels=self.labels[indices])

    def one_hot(self, dtype: DTypeLike = np.float32) -> NDArray[Any]:
        """The target vectors, (N, classes), or the numbers to predict, (N, 1)."""
        if self.classes:
            return np.eye(len(self.classes), dtype=dtype)[self.labels]
        return self.labels.astype(dtype)[:, np.newaxis]


def check_rows(table: Table) -> None:
    """Raise `DataError` for rows of a wrong shape, type or value."""
    rows, wanted = table.rows, (len(table.labels), len(table.columns))
    if rows.dtype != np.float64 or rows.shape != wanted or rows.size == 0:
        raise DataError(
            f"rows must be float64 of shape {wanted}, for the labels and the columns, "
            f"and not empty, not {rows.dtype} of shape {rows.shape}."
        )
    if not np.isfinite(rows).all():
        row, column = np.argwhere(~np.isfinite(rows))[0]
        raise DataError(
            f"row {row} of column {table.columns[column]!r} is {rows[row, column]}: "
            f"fill it in, or leave the row out."
        )


def check_labels(table: Table) -> None:
    """Raise `DataError` for targets that are neither classes nor finite numbers."""
    labels, highest = table.labels, len(table.classes) - 1
    wanted = np.int64 if table.classes else np.float64
    if labels.ndim != 1 or labels.dtype != wanted:
        raise DataError(
            f"labels must be {np.dtype(wanted)} of shape (N,), not {labels.dtype} of "
            f"shape {labels.shape}."
        )
    if table.classes and not 0 <= labels.min() <= labels.max() <= highest:
        raise DataError(
            f"labels run from {labels.min()} to {labels.max()}, but the "
            f"{len(table.classes)} classes need 0 to {highest}."
        )
    if not np.isfinite(labels).all():
        row = int(np.flatnonzero(~np.isfinite(labels))[0])
        raise DataError(
            f"row {row} of the target {table.target!r} is {labels[row]}: fill it in, "
            f"or leave the row out."
        )
