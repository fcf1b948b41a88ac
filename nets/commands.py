"""The commands train, evaluate and draw."""

from __future__ import annotations

import shlex
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import tinygraph as tg
from tinygraph.command_line import INTERRUPTED, tell
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
from .settings import (
    TAKEN,
    USUAL_NETWORKS,
    Settings,
    SettingsError,
    completed,
    guessed_network,
)
from .stopping import Interrupted, stop_requests
from .telling import NOUNS, counted, epoch_line, measured, result, tested
from .training import (
    Record,
    Step,
    TrainingError,
    epochs_without_progress,
    evaluate,
    fit,
    is_finished,
    total_error,
    wanted_of,
)


class Follower(Protocol):
    """Somebody who is told how a training goes."""

    def batch(self, record: Record) -> None:
        """A batch has ended, with the record of the epoch so far."""

    def epoch(self, record: EpochRecord) -> None:
        """An epoch has ended."""


def train(arguments: Namespace) -> int:
    """Train a new run, or resume an old one, and write the files of its folder."""
    given = given_settings(arguments)
    if arguments.resume:
        return resume(arguments.out or latest_folder(), given, arguments)
    refuse_used_folder(arguments.out)
    run, datasets = begin_run(given)
    with requested_loops(run.settings):
        folder = make_folder(arguments.out)
        with locked(folder):
            refuse_used_folder(folder)  # another run may have ended meanwhile
            checkpoint.save(run, folder / CHECKPOINT)
            save_graph(run, folder / "graph.svg")
            return train_in(folder, run, datasets, arguments)


def given_settings(arguments: Namespace) -> dict[str, Any]:
    """The settings that a command line gives, by name."""
    names = [field.name for field in fields(Settings)]
    found = {name: getattr(arguments, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def resume(folder: Path, given: dict[str, Any], arguments: Namespace) -> int:
    """Continue the run in a folder."""
    with locked(folder) if folder.is_dir() else nullcontext():
        run, datasets = continue_run(folder / CHECKPOINT, given)
        with requested_loops(run.settings):
            return train_in(folder, run, datasets, arguments)


def requested_loops(settings: Settings) -> AbstractContextManager[None]:
    """A context with the loops that the settings ask for: compiled or NumPy's."""
    return tg.compiled() if settings.compiled else nullcontext()


def train_in(folder: Path, run: Run, datasets: data.Parts, arguments: Namespace) -> int:
    """Train the remaining epochs of a run, and write the files of its folder.

    The arguments may ask for somebody who follows the training, and for workers.
    """
    try:
        with (
            followed(run, len(datasets[0]), folder, arguments) as followers,
            step_of(arguments.workers, arguments.cluster) as step,
        ):
            train_to_the_end(run, datasets, folder, followers, step)
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


@contextmanager
def step_of(workers: int | None, cluster: str | None) -> Iterator[Step | None]:
    """How steps are taken if workers or a cluster are wanted; otherwise None."""
    if workers is None and cluster is None:
        yield None
        return
    from .cluster import ClusterStep, connected

    with connected(workers, cluster) as client:
        yield ClusterStep(client)


@contextmanager
def followed(
    run: Run, examples: int, folder: Path, arguments: Namespace
) -> Iterator[list[Follower]]:
    """Who is told of batches and epochs: a page, a writer of TensorBoard's files."""
    with ExitStack() as stack:
        followers: list[Follower] = []
        if arguments.tensorboard:
            from .events import writing_events

            events = writing_events(run, examples, folder / "tensorboard")
            followers.append(stack.enter_context(events))
            tell(f"to follow: tensorboard --logdir {shlex.quote(str(folder))}")
        if arguments.live:
            from .live import following

            page = stack.enter_context(following(run, examples))
            followers.append(page)
            tell(f"follow the training at {page.address}")
        yield followers


def begin_run(given: dict[str, Any]) -> tuple[Run, data.Parts]:
    """A new run and its data, whose kind decides what is not given."""
    network = guessed_network(given)
    settings = completed(given, network)
    train, _ = datasets = load_data(settings)
    if "network" not in given and train.kind not in TAKEN.get(network, ("pictures",)):
        settings = completed(given, USUAL_NETWORKS[train.kind])
    return start(settings, train), datasets


def continue_run(path: Path, given: dict[str, Any]) -> tuple[Run, data.Parts]:
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
    train, _ = datasets = load_data(run.settings, run.example.shape[-1])
    if fingerprint(train) != run.fingerprint:
        raise data.DataError(
            f"the {NOUNS[train.kind]} of {run.settings.data!r} have changed since "
            f"{path} was saved: restore them, or start a new run without --resume."
        )
    check_place(run, len(train), path)
    return run, datasets


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


def load_data(settings: Settings, size: int = 32) -> data.Parts:
    """Load the data (train, test); print what is not used."""
    more = {} if settings.context is None else {"context": settings.context}
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", data.DataWarning)
        datasets = data.load(
            settings.data,
            classes=settings.classes,
            size=size,
            seed=settings.seed,
            skip_bad=settings.skip_bad,
            target=settings.target,
            delimiter=settings.delimiter,
            task=settings.task,
            **more,
        )
    for warning in said:
        tell(f"nets: {warning.message}", file=sys.stderr)
    return datasets


def train_to_the_end(
    run: Run,
    datasets: data.Parts,
    folder: Path,
    followers: Sequence[Follower] = (),
    step: Step | None = None,
) -> None:
    """Train, and save after each epoch; raise `Interrupted` after a stop signal."""
    train, test = datasets
    with stop_requests() as requested:
        counts = f"{counted(train, 'training')}, {counted(test, 'test')}"
        tell(f"{counts}; saving in {escaped(folder)}")

        def watch(records: Iterator[Record]) -> Iterator[Record]:
            with progress_bar(run, len(train)) as bar:
                for record in records:
                    advance(bar, run, record)
                    for follower in followers:
                        follower.batch(record)
                    yield record
                    if requested():
                        raise Interrupted

        for record in fit(run, train, test, watch, step=step):
            checkpoint.save(run, folder / CHECKPOINT)
            save_history(run.progress.history, folder / "history.csv")
            save_gradients(run, folder / "gradients.csv")
            for follower in followers:
                follower.epoch(record)
            tell(epoch_line(run, record))
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


def advance(bar: tqdm[None], run: Run, record: Record) -> None:
    """Advance the bar by one batch."""
    text = measured(run, record.loss, record.accuracy)
    bar.set_postfix_str(text, refresh=False)
    bar.update()


def save_results(run: Run, folder: Path) -> None:
    """Save the table and the curve of a finished run, and print its result."""
    save_history(run.progress.history, folder / "history.csv")
    try:
        save_curve(run.progress.history, folder / "curve.png")
    except ModuleNotFoundError:
        tell('no curve.png without matplotlib: pip install "tinygraph[nets]"')
    tell(f"{result(run)}; results in {escaped(folder)}")


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


def error_of(run: Run, example: NDArray[Any], label: int, loss: str) -> tg.Tensor:
    """The error of a run's network for one example, (1, ...), of class `label`.

    For a text, it is that of the window's own characters; for a number to predict, that
    of their mean.
    """
    inputs = run.standardise(example)
    if run.goal == "text":
        inputs, targets = inputs[:, :-1], inputs[:, 1:]
    elif run.goal == "numbers":
        targets = np.zeros((1, 1), np.float32)
    else:
        one_hot = np.eye(len(run.classes), dtype=np.float32)[[label]]
        targets = wanted_of(run.network, inputs, one_hot)
    with evaluating(run.network), run.in_use():
        error, _ = total_error(run.network, inputs, targets, loss)
    error.name = "error"
    return error


def evaluate_run(arguments: Namespace) -> int:
    """Print the loss, and what it means, on data that was not used in training."""
    run = load_run(arguments.checkpoint)
    settings = run.settings
    if arguments.data is not None:
        settings = replace(settings, data=arguments.data, skip_bad=False)
    if arguments.skip_bad:
        settings = replace(settings, skip_bad=True)
    _, test = load_data(settings, run.example.shape[-1])
    test = fitting(run, test, settings.data)
    with run.in_use():
        record = evaluate(run.network, test, run.standardise, settings.loss)
    print(tested(run, record, test))
    return 0


def fitting(run: Run, test: data.DataSet, source: str) -> data.DataSet:
    """Data as the network of a run takes it; characters get the run's numbers.

    Raises `DataError` for data of another kind or size, or with other classes.
    """
    if run.goal == "text" and isinstance(test, data.Text):
        text = "".join(test.classes[code] for code in test.codes)
        codes = data.encoded(text, run.classes, source)
        return replace(test, codes=codes, classes=run.classes)
    if test.inputs.shape[1:] != run.example.shape[1:]:
        raise data.DataError(
            f"{source!r} has {NOUNS[test.kind]} of shape {test.inputs.shape[1:]}, but "
            f"the network takes data like {run.settings.data!r}, of shape "
            f"{run.example.shape[1:]}: give such data."
        )
    classes = tuple(map(data.composed, run.classes))
    if run.goal != "pictures" and test.outputs != classes:
        raise data.DataError(
            f"{source!r} has the classes {', '.join(test.outputs)}, but the network "
            f"knows {', '.join(run.classes)}: give {NOUNS[test.kind]} of those."
        )
    return test


def draw(arguments: Namespace) -> int:
    """Draw the graph of one example of a run, forward and backward."""
    path = save_graph(load_run(arguments.checkpoint), arguments.out)
    print(f"saved the graph in {escaped(path)}")
    return 0
