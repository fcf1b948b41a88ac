"""The command `explore`: a network on a page on which everything can be touched."""

from __future__ import annotations

import sys
import webbrowser
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinygraph.command_line import Commands, Parser, tell
from tinygraph.files import escaped, expanded, write_atomically

from . import data
from .commands import advance, progress_bar
from .data import Dataset
from .explore import page, require_known
from .folders import CHECKPOINT, latest_folder, load_run
from .predicting import outputs
from .run import Run, start
from .settings import Settings, SettingsError
from .training import Record, fit

SHOWN = 40  # pictures that travel with the page
DRAWN = (1000, 100)  # pictures, for training and testing, without a run
EPOCHS = 3
SEED = 5  # of the drawn pictures of a page; other ones than those of training
FIRST_CLASS = "boat"


def explore(arguments: Namespace) -> int:
    """Write the page of a run, or of a network that is trained at once, and open it."""
    path = checked_path(arguments.out)
    run = requested_run(arguments.run)
    require_classes_of_pictures(run)
    label = requested_label(run, arguments.label)
    pictures = pictures_of(run)
    if arguments.image is None:
        first = first_picture(run, pictures, label)
    else:
        image = data.read_image(arguments.image, run.example.shape[2])[np.newaxis]
        pictures, first = with_picture(run, pictures, image, label), 0
    write_atomically(path, page(run, pictures, first).encode())
    print(f"saved the page in {escaped(path)}")
    if arguments.open:
        webbrowser.open(path.resolve().as_uri())
    return 0


def checked_path(path: Path) -> Path:
    """The path of the page; raise `SettingsError` unless it is that of a page."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise SettingsError(f"out is {escaped(path)}: give a name that ends in .html.")
    return path


def requested_run(path: Path | None) -> Run:
    """The run that the user asked for, the newest, or one that is trained at once."""
    if path is None and not (latest_folder() / CHECKPOINT).exists():
        tell("no run yet: training a small network on drawn pictures")
        return trained_run()
    return load_run(path)


def trained_run() -> Run:
    """The slides' network, trained long enough to be right most of the time."""
    train, test = data.pictures_split(*DRAWN)
    run = start(Settings(epochs=EPOCHS), train)

    def watch(records: Iterator[Record]) -> Iterator[Record]:
        with progress_bar(run, len(train)) as bar:
            for record in records:
                advance(bar, run, record)
                yield record

    for _ in fit(run, train, test, watch):
        pass
    return run


def require_classes_of_pictures(run: Run) -> None:
    """Raise `SettingsError` unless the page can compute a run's network."""
    if run.goal != "classes" or run.example.ndim != 4:
        raise SettingsError(
            f"network is {run.settings.network}, trained with {run.settings.data}, "
            f"which does not classify pictures: give another run with --run."
        )
    require_known(run)


def pictures_of(run: Run) -> Dataset:
    """Some of the pictures of a run's data, as many of each class as possible."""
    settings, size = run.settings, run.example.shape[2]
    if settings.data == "pictures":
        return data.pictures(SHOWN, SEED, size)
    try:
        _, test = data.load(
            settings.data, classes=settings.classes, size=size, seed=settings.seed
        )
    except data.DataError as error:
        tell(f"nets: {error} The page has only the run's example.", file=sys.stderr)
        return Dataset(run.example, np.array([run.example_label]), run.classes)
    assert isinstance(test, Dataset)
    return test.take(mixed(test.labels)[:SHOWN])


def mixed(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of labels such that the classes take turns.

    >>> mixed(np.array([0, 0, 0, 1, 1, 2])).tolist()
    [0, 3, 5, 1, 4, 2]
    """
    turn = np.empty_like(labels)
    for label in np.unique(labels):
        turn[labels == label] = np.arange(np.sum(labels == label))
    return np.lexsort((labels, turn))


def requested_label(run: Run, name: str | None) -> int | None:
    """The number of a class; raise `SettingsError` for one that the run has not."""
    if name is None:
        return None
    if (name := data.composed(name)) not in run.classes:
        known = ", ".join(run.classes)
        raise SettingsError(
            f"label is {name}: give one of the network's classes, {known}."
        )
    return run.classes.index(name)


def first_picture(run: Run, pictures: Dataset, label: int | None) -> int:
    """The picture of a class that the network only just recognises; by default a boat.

    Without any of that class, it is the first.
    """
    if label is None:
        label = run.classes.index(FIRST_CLASS) if FIRST_CLASS in run.classes else 0
    rows = outputs(run, pictures.images)
    is_wanted = pictures.labels == label
    recognised = is_wanted & (rows.argmax(axis=1) == label)
    unsure = np.where(recognised, rows[:, label], np.inf)
    return int(unsure.argmin() if recognised.any() else is_wanted.argmax())


def with_picture(
    run: Run, pictures: Dataset, image: NDArray[np.uint8], label: int | None
) -> Dataset:
    """The pictures after another one, by default of the class that the network says."""
    if label is None:
        label = int(outputs(run, image)[0].argmax())
    images = np.concatenate([image, pictures.images[: SHOWN - 1]])
    labels = np.append(label, pictures.labels[: SHOWN - 1])
    return Dataset(images, labels.astype(np.int64), pictures.classes)


def add_explore(subparsers: Commands[Parser]) -> None:
    """Add explore."""
    command = subparsers.add_parser("explore", help="touch a network on a page")
    command.set_defaults(command=explore)
    add = command.add_argument
    add(
        "--run",
        type=expanded,
        metavar="RUN",
        help="folder or .npz file of a run (default the newest in runs/, or a small "
        "network that is trained at once)",
    )
    add("--image", type=expanded, metavar="FILE", help="image to begin with")
    add(
        "--label",
        metavar="CLASS",
        help="class of the picture (default boat, or for --image the network's guess)",
    )
    add(
        "--out",
        "-o",
        type=expanded,
        metavar="FILE",
        default=Path("explore.html"),
        help=".html (default explore.html)",
    )
    add(
        "--no-open",
        dest="open",
        action="store_false",
        help="only save the page",
    )
