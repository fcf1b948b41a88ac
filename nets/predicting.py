"""The command predict, and what the network of a run makes of pictures."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg
from tinygraph.command_line import USER_ERROR, fail
from tinygraph.files import escaped

from . import data
from .folders import load_run
from .layers.tree import evaluating
from .run import Run
from .settings import SettingsError
from .training import TrainingError

LARGEST_BATCH = 200  # images that the network processes at once


def predict(arguments: Namespace) -> int:
    """Print the output vector and the largest class of each image.

    An image that cannot be used is reported on standard error, and skipped.
    """
    run, code = load_run(arguments.checkpoint), 0
    require_pictures(run)
    for some in batched(arguments.images, LARGEST_BATCH):
        good, images = [], []
        for path in some:
            try:
                images.append(data.read_image(path, run.example.shape[2]))
                good.append(path)
            except data.DataError as error:
                code = fail("nets", error, USER_ERROR)
        if images:
            show_outputs(run, good, np.stack(images))
    return code


def require_pictures(run: Run) -> None:
    """Raise `SettingsError` unless the network of a run classifies pictures."""
    if run.goal != "classes" or run.example.ndim != 4:
        raise SettingsError(
            f"network is {run.settings.network}, trained with {run.settings.data}, "
            f"which does not classify pictures: give another run with --checkpoint."
        )


def batched(paths: Sequence[Path], size: int) -> Iterator[Sequence[Path]]:
    """The paths in batches of at most `size`."""
    return (paths[start : start + size] for start in range(0, len(paths), size))


def show_outputs(run: Run, paths: Sequence[Path], images: NDArray[np.uint8]) -> None:
    """Print the output vectors for images (N, 3, H, W), with their paths."""
    for path, row in zip(paths, outputs(run, images), strict=True):
        named = zip(run.classes, row, strict=True)
        vector = ", ".join(f"{escaped(name)} {value:.4f}" for name, value in named)
        best = escaped(run.classes[row.argmax()])
        print(f"{escaped(path)}: [{vector}] -> {best}")


def outputs(run: Run, images: NDArray[Any]) -> NDArray[np.floating]:
    """The output vectors of a run's network for pictures (N, 3, H, W).

    Raises `TrainingError` if the weights are so large that an output is not finite.
    """
    quiet = np.errstate(over="ignore", invalid="ignore")
    with tg.no_grad(), evaluating(run.network), run.in_use(), quiet:
        rows = np.asarray(run.network(run.standardise(images)).data)
    if not np.isfinite(rows).all():
        raise TrainingError("the network's weights are too large: train again")
    return rows
