"""The commands train, evaluate, predict and draw."""

from __future__ import annotations

import shlex
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import tinygraph as tg
from tinygraph.command_line import INTERRUPTED, USER_ERROR, fail, tell
from tinygraph.files import escaped

from . import checkpoint, data
from .checkpoint import CheckpointError
from .folders import (
    CHECKPOINT,
    latest_folder,
    load_run,
    locked,
    make_folder,
    refuse_used_folder,
)
from .layers.tree import evaluating
from .plots import save_curve, save_gradients, save_history
from .run import EpochRecord, Run, fingerprint, start
from .settings import Settings, SettingsError, usual_lr
from .stopping import Interrupted, stop_requests
from .training import (
    Record,
    TrainingError,
    epochs_without_progress,
    evaluate,
    fit,
    is_finished,
    total_error,
)

LARGEST_BATCH = 200  # images that the network processes at once
Datasets = tuple[data.Dataset, data.Dataset]


def train(arguments: Namespace) -> int:
    """Train a new run, or resume an old one, and write the files of its folder."""
    given = {
        field.name: getattr(arguments, field.name)
        for field in fields(Settings)
        if getattr(arguments, field.name) is not None
    }
    if arguments.resume:
        return resume(arguments.out or latest_folder(), given)
    refuse_used_folder(arguments.out)
    run, datasets = begin_run(given)
    with requested_loops(run.settings):
        folder = make_folder(arguments.out)
        with locked(folder):
            refuse_used_folder(folder)  # another run may have ended meanwhile
            checkpoint.save(run, folder / CHECKPOINT)
            save_graph(run, folder / "graph.svg")
            return train_in(folder, run, datasets)


def resume(folder: Path, given: dict[str, Any]) -> int:
    """Continue the run in a folder."""
    with locked(folder) if folder.is_dir() else nullcontext():
        run, datasets = continue_run(folder / CHECKPOINT, given)
        with requested_loops(run.settings):
            return train_in(folder, run, datasets)


def requested_loops(settings: Settings) -> AbstractContextManager[None]:
    """A context with the loops that the settings ask for: compiled or NumPy's."""
    return tg.compiled() if settings.compiled else nullcontext()


def train_in(folder: Path, run: Run, datasets: Datasets) -> int:
    """Train the remaining epochs of a run, and write the files of its folder."""
    try:
        train_to_the_end(run, *datasets, folder)
    except Interrupted:
        checkpoint.save(run, folder / CHECKPOINT)
        out = shlex.quote(str(folder))
        tell(f"stopped; to continue: python -m nets train --out {out} --resume")
        return INTERRUPTED
    except TrainingError as error:
        raise TrainingError(
            f"{error.args[0]}; {folder / CHECKPOINT} has the last good epoch."
        ) from error
    save_results(run, folder)
    return 0


def begin_run(given: dict[str, Any]) -> tuple[Run, Datasets]:
    """A new run and its pictures; the default lr depends on the other settings."""
    settings = Settings(**given)
    if "lr" not in given:
        usual = usual_lr(settings.batch_size, settings.loss, settings.optimizer)
        settings = replace(settings, lr=usual)
    train, test = load_data(settings)
    return start(settings, train), (train, test)


def continue_run(path: Path, given: dict[str, Any]) -> tuple[Run, Datasets]:
    """A saved run and its pictures; `given` are settings that must be the same."""
    run = checkpoint.load(path)
    for name, value in given.items():
        saved = getattr(run.settings, name)
        if value != saved:
            flag = f"--{name.replace('_', '-')}"
            was = f"with {flag} {shown(saved)}, not {shown(value)}"
            without = value is True or saved is None
            raise SettingsError(
                f"{path} was trained {f'without {flag}' if without else was}: "
                f"leave {flag} out, or start a new run without --resume."
            )
    train, test = load_data(run.settings, run.example.shape[2])
    if fingerprint(train) != run.fingerprint:
        raise data.DataError(
            f"the pictures of {run.settings.data!r} have changed since {path} was "
            f"saved: restore them, or start a new run without --resume."
        )
    check_place(run, len(train), path)
    return run, (train, test)


def shown(value: Any) -> str:
    """A setting as it is written on the command line.

    >>> shown((6, 16)), shown(()), shown(0.5)
    ('6,16', 'none', '0.5')
    """
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return str(value)


def check_place(run: Run, pictures: int, path: Path) -> None:
    """Raise `CheckpointError` if a run's progress does not fit its pictures."""
    progress, size = run.progress, run.settings.batch_size
    if (progress.batch - 1) * size >= pictures or progress.seen != min(
        progress.batch * size, pictures
    ):
        raise CheckpointError(
            f"{path} says that {progress.seen} of {pictures} pictures were seen in "
            f"{progress.batch} batches of {size}: start a new run without --resume."
        )


def load_data(settings: Settings, size: int = 32) -> Datasets:
    """Load the pictures (train, test); print what is not used."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", data.DataWarning)
        train, test = data.load(
            settings.data,
            classes=settings.classes,
            size=size,
            seed=settings.seed,
            skip_bad=settings.skip_bad,
        )
    for warning in said:
        tell(f"nets: {warning.message}", file=sys.stderr)
    if not (isinstance(train, data.Dataset) and isinstance(test, data.Dataset)):
        raise SettingsError(
            f"data is {settings.data}, a {train.kind}, and the networks of a run take "
            f"pictures: give those, or train with nets.train_step in Python."
        )
    return train, test


def train_to_the_end(
    run: Run, train: data.Dataset, test: data.Dataset, folder: Path
) -> None:
    """Train, and save after each epoch; raise `Interrupted` after a stop signal."""
    with stop_requests() as requested:
        counts = f"{len(train)} training pictures, {len(test)} test pictures"
        tell(f"{counts}; saving in {escaped(folder)}")

        def watch(records: Iterator[Record]) -> Iterator[Record]:
            with progress_bar(run, len(train)) as bar:
                for record in records:
                    advance(bar, record)
                    yield record
                    if requested():
                        raise Interrupted

        for record in fit(run, train, test, watch):
            checkpoint.save(run, folder / CHECKPOINT)
            save_history(run.progress.history, folder / "history.csv")
            save_gradients(run, folder / "gradients.csv")
            tell(epoch_line(record, run.settings.epochs))
            if requested() and not is_finished(run):
                raise Interrupted
        if run.progress.epoch < run.settings.epochs:
            waited = epochs_without_progress(run.progress.history)
            tell(f"stopped early: the test loss has not fallen for {waited} epochs")


def progress_bar(run: Run, pictures: int) -> tqdm[None]:
    """A progress bar for one epoch, on standard error if that is a terminal."""
    batches = -(-pictures // run.settings.batch_size)
    return tqdm(
        total=batches,
        initial=run.progress.batch,
        desc=f"epoch {run.progress.epoch + 1}/{run.settings.epochs}",
        unit="batch",
        leave=False,
        disable=None,
    )


def advance(bar: tqdm[None], record: Record) -> None:
    """Advance the bar by one batch."""
    text = f"loss {record.loss:.4f}, accuracy {record.accuracy:.1%}"
    bar.set_postfix_str(text, refresh=False)
    bar.update()


def epoch_line(record: EpochRecord, epochs: int) -> str:
    """One line about one epoch."""
    return (
        f"epoch {record.epoch}/{epochs}: "
        f"training loss {record.train_loss:.4f}, accuracy {record.train_accuracy:.1%}; "
        f"test loss {record.test_loss:.4f}, accuracy {record.test_accuracy:.1%}; "
        f"{record.seconds:.1f} s"
    )


def save_results(run: Run, folder: Path) -> None:
    """Save the table and the curve of a finished run, and print its result."""
    save_history(run.progress.history, folder / "history.csv")
    try:
        save_curve(run.progress.history, folder / "curve.png")
    except ModuleNotFoundError:
        tell('no curve.png without matplotlib: pip install "tinygraph[nets]"')
    last = run.progress.history[-1]
    text = f"recognised {last.test_accuracy:.1%} of the test pictures"
    tell(f"{text}; results in {escaped(folder)}")


def save_graph(run: Run, path: Path) -> Path:
    """Draw one example, forward and backward; save .dot text if Graphviz is missing.

    For a new run this is the first example with the random weights of step 1, whose
    gradients are large enough to see.
    """
    error = error_of(run, run.example, run.example_label, run.settings.loss)
    run.optimizer.zero_grad()
    error.backward()
    picture = tg.draw(error)
    try:
        return Path(picture.save(path))
    except tg.DrawingError as reason:
        if path.suffix.lower() not in (".svg", ".png", ".pdf", ".html"):
            raise
        path = Path(picture.save(path.with_suffix(".dot")))
        tell(f"saved {escaped(path)} instead of a picture: {reason}")
        return path


def error_of(run: Run, image: NDArray[np.uint8], label: int, loss: str) -> tg.Tensor:
    """The error of a run's network for one picture (1, 3, H, W) of class `label`."""
    targets = np.eye(len(run.classes), dtype=np.float32)[[label]]
    with evaluating(run.network), run.in_use():
        error, _ = total_error(run.network, run.standardise(image), targets, loss)
    error.name = "error"
    return error


def evaluate_run(arguments: Namespace) -> int:
    """Print loss and accuracy on pictures that were not used in training."""
    run = load_run(arguments.checkpoint)
    settings = run.settings
    if arguments.data is not None:
        settings = replace(settings, data=arguments.data, skip_bad=False)
    if arguments.skip_bad:
        settings = replace(settings, skip_bad=True)
    _, test = load_data(settings, run.example.shape[2])
    if tuple(map(data.composed, run.classes)) != test.classes:
        raise data.DataError(
            f"{settings.data!r} has the classes {', '.join(test.classes)}, but the "
            f"network knows {', '.join(run.classes)}: give pictures of those."
        )
    with run.in_use():
        record = evaluate(run.network, test, run.standardise, settings.loss)
    accuracy = f"accuracy {record.accuracy:.2%}"
    print(f"loss {record.loss:.4f}, {accuracy} on {len(test)} test pictures")
    return 0


def predict(arguments: Namespace) -> int:
    """Print the output vector and the largest class of each image.

    An image that cannot be used is reported on standard error, and skipped.
    """
    run, code = load_run(arguments.checkpoint), 0
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


def outputs(run: Run, images: NDArray[np.uint8]) -> NDArray[np.floating]:
    """The output vectors of a run's network for pictures (N, 3, H, W).

    Raises `TrainingError` if the weights are so large that an output is not finite.
    """
    quiet = np.errstate(over="ignore", invalid="ignore")
    with tg.no_grad(), evaluating(run.network), run.in_use(), quiet:
        rows = np.asarray(run.network(run.standardise(images)).data)
    if not np.isfinite(rows).all():
        raise TrainingError("the network's weights are too large: train again")
    return rows


def draw(arguments: Namespace) -> int:
    """Draw the graph of one example of a run, forward and backward."""
    path = save_graph(load_run(arguments.checkpoint), arguments.out)
    print(f"saved the graph in {escaped(path)}")
    return 0
