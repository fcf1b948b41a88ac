"""The history of a training run as a table and as curves."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

from tinygraph.files import write_atomically

from .run import EpochRecord


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
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8, 3.5), layout="constrained")
    FigureCanvasAgg(figure)
    epochs = [record.epoch for record in history]
    for place, (quantity, scale, label) in enumerate(
        [("loss", 1, "loss"), ("accuracy", 100, "accuracy in %")], start=1
    ):
        axes = figure.add_subplot(1, 2, place)
        for part, words in (("train", "training"), ("test", "test")):
            values = [scale * getattr(r, f"{part}_{quantity}") for r in history]
            axes.plot(epochs, values, marker="o", markersize=3, label=words)
        axes.set(xlabel="epoch", ylabel=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120, metadata={"Software": None})
    write_atomically(path, picture.getvalue())
