"""What the command line does: train, evaluate, predict and draw."""

from __future__ import annotations

import re
import shlex
import signal
import sys
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import fields, replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import tinygraph as tg
from nets import checkpoint, data
from nets.plots import save_curve, save_history
from nets.run import EpochRecord, Run, fingerprint, start
from nets.settings import Settings, SettingsError, usual_lr
from nets.training import Record, TrainingError, evaluate, fit, total_error

DEFAULT_OUT = Path("runs/slide")
CHECKPOINT = "checkpoint.npz"
Datasets = tuple[data.Dataset, data.Dataset]


class Interrupted(Exception):
    """A signal asked the training to stop, and it stands between two batches."""


def train(arguments: Namespace) -> int:
    """Train a new run, or the rest of an old one, and fill its folder."""
    given = {
        field.name: getattr(arguments, field.name)
        for field in fields(Settings)
        if getattr(arguments, field.name) is not None
    }
    if arguments.resume:
        folder = arguments.out or latest_folder()
        run, datasets = continue_run(folder / CHECKPOINT, given)
    else:
        refuse_used_folder(arguments.out)
        run, datasets = begin_run(given)
    with tg.compiled() if run.settings.compiled else nullcontext():
        if not arguments.resume:
            folder = make_folder(arguments.out)
            checkpoint.save(run, folder / CHECKPOINT)
            save_graph(run, folder / "graph.svg")
        return train_in(folder, run, datasets)


def train_in(folder: Path, run: Run, datasets: Datasets) -> int:
    """Train what is left of a run, and fill its folder."""
    try:
        train_to_the_end(run, *datasets, folder)
    except Interrupted:
        checkpoint.save(run, folder / CHECKPOINT)
        out = shlex.quote(str(folder))
        print(f"stopped; to go on: python -m nets train --out {out} --resume")
        return 130
    except TrainingError as error:
        raise TrainingError(
            f"{error.args[0]}; {folder / CHECKPOINT} is of the last good epoch."
        ) from error
    finish(run, folder)
    return 0


def begin_run(given: dict[str, Any]) -> tuple[Run, Datasets]:
    """A new run and its pictures; lr by default fits the size of the batches."""
    settings = Settings(**given)
    if "lr" not in given:
        settings = replace(settings, lr=usual_lr(settings.batch_size))
    train, test = load_data(settings)
    return start(settings, train), (train, test)


def continue_run(path: Path, given: dict[str, Any]) -> tuple[Run, Datasets]:
    """A saved run and its pictures; `given` are settings that must not differ."""
    run = checkpoint.load(path)
    for name, value in given.items():
        saved = getattr(run.settings, name)
        if value != saved:
            flag = name.replace("_", "-")
            raise SettingsError(
                f"{path} was trained with --{flag} {saved}, not {value}: leave "
                f"--{flag} out, or start a new run without --resume."
            )
    train, test = load_data(run.settings, run.example.shape[2])
    if fingerprint(train) != run.fingerprint:
        raise data.DataError(
            f"the pictures of {run.settings.data!r} have changed since {path} was "
            f"saved: bring them back, or start a new run without --resume."
        )
    return run, (train, test)


def load_data(settings: Settings, size: int = 32) -> Datasets:
    """The pictures (train, test) that the settings name; says what is not used."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", data.DataWarning)
        datasets = data.load(
            settings.data,
            classes=settings.classes,
            size=size,
            seed=settings.seed,
            skip_bad=settings.skip_bad,
        )
    for warning in said:
        print(f"nets: {warning.message}", file=sys.stderr)
    return datasets


def refuse_used_folder(out: Path | None) -> None:
    """Raise `SettingsError` where the folder that the user named holds a run."""
    if out is not None and (out / CHECKPOINT).exists():
        raise SettingsError(
            f"{out} already holds a run: go on with it by --resume, or choose another "
            f"folder with --out."
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


def train_to_the_end(
    run: Run, train: data.Dataset, test: data.Dataset, folder: Path
) -> None:
    """Train, and save after each epoch; `Interrupted` if a signal asks for it."""
    with stop_requests() as requested:
        counts = f"{len(train)} pictures to train, {len(test)} to test"
        print(f"{counts}; saved in {folder}", flush=True)

        def watch(records: Iterator[Record]) -> Iterator[Record]:
            with progress_bar(run, len(train)) as bar:
                for record in records:
                    show(bar, record)
                    yield record
                    if requested():
                        raise Interrupted

        for record in fit(run, train, test, watch):
            checkpoint.save(run, folder / CHECKPOINT)
            save_history(run.progress.history, folder / "history.csv")
            print(epoch_line(record, run.settings.epochs), flush=True)
            if requested() and record.epoch < run.settings.epochs:
                raise Interrupted


@contextmanager
def stop_requests() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C and SIGTERM into an answer to the question whether to stop.

    A signal may come in the middle of a step; the batch is finished first, so that a
    resumed run equals one that was never stopped.
    """
    received: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        received.append(number)

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, remember) for number in signals]
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def progress_bar(run: Run, pictures: int) -> tqdm[None]:
    """A bar for one epoch on standard error, if that is a terminal."""
    batches = -(-pictures // run.settings.batch_size)
    return tqdm(
        total=batches,
        initial=run.progress.batch,
        desc=f"epoch {run.progress.epoch + 1}/{run.settings.epochs}",
        unit="batch",
        leave=False,
        disable=None,
    )


def show(bar: tqdm[None], record: Record) -> None:
    """Move the bar on by one batch."""
    text = f"loss {record.loss:.4f}, accuracy {record.accuracy:.1%}"
    bar.set_postfix_str(text, refresh=False)
    bar.update()


def epoch_line(record: EpochRecord, epochs: int) -> str:
    """One epoch in words."""
    return (
        f"epoch {record.epoch}/{epochs}: "
        f"training loss {record.train_loss:.4f}, accuracy {record.train_accuracy:.1%}; "
        f"test loss {record.test_loss:.4f}, accuracy {record.test_accuracy:.1%}; "
        f"{record.seconds:.1f} s"
    )


def finish(run: Run, folder: Path) -> None:
    """The table and the curve of a finished run, and its result in words."""
    save_history(run.progress.history, folder / "history.csv")
    try:
        save_curve(run.progress.history, folder / "curve.png")
    except ModuleNotFoundError:
        print('curve.png is not drawn: pip install "tinygraph[nets]" for matplotlib')
    last = run.progress.history[-1]
    print(f"{last.test_accuracy:.1%} of the test pictures recognised; see {folder}")


def save_graph(run: Run, path: Path) -> Path:
    """Draw one example, forward and backward; as .dot text if nothing can draw it.

    Of a new run this is the first example with the random weights of step 1, whose
    gradients are large enough to look at.
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
        print(f"saved {path} instead of a picture: {reason}")
        return path


def error_of(run: Run, image: NDArray[np.uint8], label: int, loss: str) -> tg.Tensor:
    """The error of a run's network for one picture (1, 3, H, W) of a class."""
    targets = np.eye(len(run.classes), dtype=np.float32)[[label]]
    error, _ = total_error(run.network, run.standardise(image), targets, loss)
    error.name = "error"
    return error


def chosen_run(path: Path | None) -> Run:
    """The run in a folder or a checkpoint file; by default the newest one."""
    path = path or latest_folder()
    return checkpoint.load(path if path.suffix == ".npz" else path / CHECKPOINT)


def evaluate_run(arguments: Namespace) -> int:
    """Print loss and accuracy on pictures that the network was not trained with."""
    run = chosen_run(arguments.checkpoint)
    settings = run.settings
    if arguments.data is not None:
        settings = replace(settings, data=arguments.data, skip_bad=False)
    if arguments.skip_bad:
        settings = replace(settings, skip_bad=True)
    _, test = load_data(settings, run.example.shape[2])
    if tuple(map(data.composed, run.classes)) != test.classes:
        raise data.DataError(
            f"{settings.data!r} has the classes {', '.join(test.classes)}, but the "
            f"network knows {', '.join(run.classes)}: give pictures of these."
        )
    record = evaluate(run.network, test, run.standardise, settings.loss)
    print(f"loss {record.loss:.4f}, accuracy {record.accuracy:.2%} of {len(test)}")
    return 0


def predict(arguments: Namespace) -> int:
    """Print for each image the output vector and the class with the largest output."""
    run = chosen_run(arguments.checkpoint)
    size = run.example.shape[2]
    images = np.stack([data.read_image(path, size) for path in arguments.images])
    for path, row in zip(arguments.images, outputs(run, images), strict=True):
        named = zip(run.classes, row, strict=True)
        vector = ", ".join(f"{name} {value:.4f}" for name, value in named)
        print(f"{path}: [{vector}] -> {run.classes[row.argmax()]}")
    return 0


def outputs(run: Run, images: NDArray[np.uint8]) -> NDArray[np.floating]:
    """The output vectors of a run's network for pictures (N, 3, H, W)."""
    with tg.no_grad():
        return np.asarray(run.network(run.standardise(images)).data)


def draw(arguments: Namespace) -> int:
    """Draw the graph of one example of a run, forward and backward."""
    path = save_graph(chosen_run(arguments.checkpoint), arguments.out)
    print(f"{path} shows the graph")
    return 0
