"""Training in the slides' five steps. Nothing here prints.

Step 1, random filters and weights, is `nets.run.start`; steps 2 to 4 are `train_step`,
and step 5 is `train_epoch`.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg

from .building import AnyNetwork
from .clipping import clip_gradients
from .data import DataSet, Text, augment, batches
from .layers.tree import evaluating
from .losses import Loss, balanced_weights
from .networks.autoencoder import Autoencoder
from .run import EpochRecord, Progress, Run, Standardisation
from .schedules import Cosine, schedule_of
from .settings import Settings

EVALUATION_BATCH = 200

Step = Callable[..., tuple[float, int]]  # as `train_step`


class TrainingError(tg.TinygraphError, ArithmeticError):
    """A training run that cannot continue, and what to change."""


@dataclass(frozen=True)
class Record:
    """The mean loss and the accuracy, the share of pictures that were recognised."""

    loss: float
    accuracy: float


def train_step(
    network: AnyNetwork,
    optimizer: tg.optimize.Optimizer,
    images: NDArray[Any],
    targets: NDArray[Any],
    loss: str | Loss = "mse",
    clip: float | None = None,
) -> tuple[float, int]:
    """Take one step of gradient descent; return (mean loss, number of correct outputs).

    `images` is (N, C, H, W), standardised; `targets` is (N, classes), one-hot; `loss`
    is "mse", "cross_entropy" or a `nets.Loss`; gradients are shortened to the length
    `clip`. If the loss is not finite, raises `TrainingError` and leaves the parameters
    alone.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # the loss is checked
        # Step 2: run the network on the examples.
        # Step 3: calculate the total error at the output layer.
        error, output = total_error(network, images, targets, loss)
        value = finite(error.item(), optimizer)
        # Step 4: backpropagation calculates the gradients of the error with respect
        # to all weights, and gradient descent updates them.
        optimizer.zero_grad()
        error.backward()
        if clip is not None:
            clip_gradients(optimizer.parameters, clip)
        optimizer.step()
    return value, count_correct(output, targets)


class ReplayedStep:
    """`train_step`, which is recorded when it is first called, and then replayed.

    It gives the same bits in less time: for LeNet, 0.9 of it with batches of 32 and
    0.66 with single pictures. Recording takes 20 ms or so, which pays after about 80
    steps. What cannot be replayed is computed as always.

    >>> rng = np.random.default_rng(0)
    >>> from nets import slide_cnn
    >>> network = slide_cnn(rng)
    >>> optimizer = tg.optimize.SGD(network.parameters(), lr=0.01)
    >>> step = ReplayedStep()
    >>> images, targets = rng.normal(size=(8, 3, 32, 32)), np.eye(4)[[0, 1, 2, 3] * 2]
    >>> losses = [step(network, optimizer, images, targets)[0] for _ in range(5)]
    >>> losses[0] > losses[4]
    True
    """

    def __init__(self) -> None:
        self._learn = tg.replay(learn)

    def __call__(
        self,
        network: AnyNetwork,
        optimizer: tg.optimize.Optimizer,
        images: NDArray[Any],
        targets: NDArray[Any],
        loss: str | Loss = "mse",
        clip: float | None = None,
    ) -> tuple[float, int]:
        """Take one step of gradient descent, as `train_step` does."""
        if clip is not None:  # the length of the gradients decides
            return train_step(network, optimizer, images, targets, loss, clip)
        before = [(tensor, tensor.data, tensor.grad) for tensor in optimizer.parameters]
        state = optimizer.memory, optimizer.missed, optimizer.steps
        with np.errstate(over="ignore", invalid="ignore"), self._quiet():
            error, output = self._learn(network, optimizer, images, targets, loss)
        try:
            value = finite(error.item(), optimizer)
        except TrainingError:
            for tensor, data, grad in before:
                tensor.data, tensor.grad = data, grad
            optimizer.memory, optimizer.missed, optimizer.steps = state
            raise
        return value, count_correct(output, targets)

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Say nothing of what cannot be replayed: nobody has asked for it."""
        if self._learn.plans:
            yield
            return
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "replay: learn is", UserWarning)
            yield


def learn(
    network: AnyNetwork,
    optimizer: tg.optimize.Optimizer,
    images: NDArray[Any],
    targets: NDArray[Any],
    loss: str | Loss,
) -> tuple[tg.Tensor, tg.Tensor]:
    """Steps 2 to 4 without a look at the numbers; the error, and the output."""
    error, output = total_error(network, images, targets, loss)
    optimizer.zero_grad()
    error.backward()
    optimizer.step()
    return error, output


def finite(value: float, optimizer: tg.optimize.Optimizer) -> float:
    """An error; TrainingError where it is infinite or NaN."""
    if not math.isfinite(value):
        raise TrainingError(
            f"the loss became {value}: start again with an lr below {optimizer.lr:g}"
        )
    return value


def total_error(
    network: AnyNetwork, images: NDArray[Any], targets: NDArray[Any], loss: str | Loss
) -> tuple[tg.Tensor, tg.Tensor]:
    """The error of a batch, and the output (or logits) from which it was computed.

    `loss` is "mse", "cross_entropy" or a `nets.Loss`.
    """
    return (Loss(loss) if isinstance(loss, str) else loss)(network, images, targets)


def count_correct(output: tg.Tensor, targets: NDArray[Any]) -> int:
    """The number of rows whose largest element is where the target has its 1.

    Of the outputs for windows of a text, (N, T, characters), only those of the last
    place count, which the network guesses from all before it. For numbers and images,
    nothing is right or wrong, and the result is 0.

    >>> count_correct(tg.Tensor([[0.1, 0.9], [0.8, 0.2]]), np.eye(2))
    0
    """
    if targets.dtype.kind in "iu":
        last = output.data[:, -1].argmax(axis=1)
        return int(np.count_nonzero(last == targets[:, -1]))
    if targets.ndim != 2 or targets.shape[1] == 1:
        return 0
    hits = output.argmax(axis=1) == targets.argmax(axis=1)
    return int(np.count_nonzero(hits))


def learning_rate(lr: float, epoch: int, epochs: int) -> float:
    """lr · ½ (1 + cos(π epoch / epochs)): large steps first, small ones at the end.

    `epoch` counts from 0. Loshchilov and Hutter, SGDR: stochastic gradient descent with
    warm restarts, 2016.

    >>> [round(learning_rate(0.05, epoch, 4), 4) for epoch in range(4)]
    [0.05, 0.0427, 0.025, 0.0073]
    """
    return lr * Cosine(epochs)(epoch)


def train_epoch(run: Run, train: DataSet, step: Step = train_step) -> Iterator[Record]:
    """Step 5: repeat steps 2 to 4 with all examples in the training set.

    `step` takes them: `train_step`, or a `ReplayedStep`, which gives the same bits.

    Starts after the last batch that `run.progress` counts, and yields the record of the
    epoch so far after every batch. The run can be saved after each of them.
    """
    settings, progress = run.settings, run.progress
    schedule = schedule_of(settings.schedule, settings.epochs, settings.warm_up)
    run.optimizer.lr = settings.lr * schedule(progress.epoch)
    error = loss_of(settings, train)
    train = moved(run, train)
    run.network.train()
    targets = run.standardise.targets(train)
    order = batches(len(train), settings.batch_size, copy_generator(run.rng))
    for chosen in islice(order, progress.batch, None):
        inputs = run.standardise(augmented(run, train.inputs[chosen]))
        wanted = wanted_of(run.network, inputs, targets[chosen])
        loss, correct = step(
            run.network, run.optimizer, inputs, wanted, error, settings.clip
        )
        if run.average is not None:
            run.average.update()
        progress.batch += 1
        progress.loss += loss * len(chosen)
        progress.correct += correct
        progress.seen += len(chosen)
        yield record_so_far(progress)


def wanted_of(
    network: AnyNetwork, inputs: NDArray[Any], targets: NDArray[Any]
) -> NDArray[Any]:
    """What the outputs for a batch should be: an autoencoder's are its inputs."""
    return inputs if isinstance(network, Autoencoder) else targets


def loss_of(settings: Settings, train: DataSet) -> Loss:
    """The loss that the settings ask for; balanced weights depend on the pictures."""
    weights = None
    if settings.balanced:
        weights = balanced_weights(train.labels, len(train.classes))
    return Loss(settings.loss, settings.label_smoothing, weights)


def augmented(run: Run, images: NDArray[Any]) -> NDArray[Any]:
    """The examples of the next batch, changed at random as the settings say.

    The random numbers follow from the run's generator and the number of the batch, so
    that a resumed run draws the same.
    """
    if not run.settings.augment:
        return images
    key = int(copy_generator(run.rng).integers(2**63))
    rng = np.random.default_rng([key, run.progress.batch])
    return augment(images, rng, run.settings.augment)


def moved(run: Run, train: DataSet) -> DataSet:
    """A text whose windows start at another place in each epoch; other data as it is.

    So each character is guessed from few and from many before it. The place follows
    from the run's generator, as that of a resumed run does.
    """
    if not isinstance(train, Text):
        return train
    key = int(copy_generator(run.rng).integers(2**63))
    return replace(train, start=int(np.random.default_rng(key).integers(train.context)))


def copy_generator(rng: np.random.Generator) -> np.random.Generator:
    """A generator that draws the same numbers; the original keeps its state."""
    copy = np.random.default_rng()
    copy.bit_generator.state = rng.bit_generator.state
    return copy


def record_so_far(progress: Progress) -> Record:
    """The record of the current epoch, after at least one picture."""
    return Record(progress.loss / progress.seen, progress.correct / progress.seen)


def evaluate(
    network: AnyNetwork,
    dataset: DataSet,
    standardise: Standardisation,
    loss: str | Loss = "mse",
) -> Record:
    """The mean loss and the accuracy on a dataset, without training.

    Dropout and batch norm behave as in use. Raises `TrainingError` if the loss is not
    finite.
    """
    targets, total, correct = standardise.targets(dataset), 0.0, 0
    quiet = np.errstate(over="ignore", invalid="ignore")
    with tg.no_grad(), evaluating(network), quiet:
        for start in range(0, len(dataset), EVALUATION_BATCH):
            chosen = slice(start, start + EVALUATION_BATCH)
            inputs = standardise(dataset.inputs[chosen])
            wanted = wanted_of(network, inputs, targets[chosen])
            error, output = total_error(network, inputs, wanted, loss)
            total += error.item() * len(inputs)
            correct += count_correct(output, wanted)
    if not math.isfinite(total):
        raise TrainingError(
            f"the loss on the test data is {total}: start again with a smaller lr"
        )
    return Record(total / len(dataset), correct / len(dataset))


Watch = Callable[[Iterator[Record]], Iterable[Record]]
Callback = Callable[[Run, EpochRecord], bool | None]


def fit(
    run: Run,
    train: DataSet,
    test: DataSet,
    watch: Watch = iter,
    callbacks: Sequence[Callback] = (),
    replay: bool = True,
    step: Step | None = None,
) -> Iterator[EpochRecord]:
    """Train to the last epoch; yield the record of each epoch when it ends.

    Before that, each of the `callbacks` is called with the run and the record; if one
    returns True, this is the last epoch.

    Steps are replayed (`tinygraph.replay`), which is faster and gives the same bits;
    without `replay`, each is recorded as `train_step` does it. `step` takes them in
    another way, as a `nets.cluster.ClusterStep` does.

    `watch` wraps the iterator over the batches of an epoch, as a progress bar does. If
    it raises an exception between two batches, training ends there. Raises
    `TrainingError` if the loss becomes infinite or NaN.
    """
    stop = False
    if step is None:
        step = ReplayedStep() if replay else train_step
    while not (stop or is_finished(run)):
        begin = time.perf_counter() - run.progress.seconds
        for _ in watch(train_epoch(run, train, step)):
            run.progress.seconds = time.perf_counter() - begin
        with run.in_use():
            tested = evaluate(run.network, test, run.standardise, run.settings.loss)
        record = end_epoch(run, tested, time.perf_counter() - begin)
        for callback in callbacks:
            stop = bool(callback(run, record)) or stop
        yield record


def is_finished(run: Run) -> bool:
    """Whether a run has had its epochs, or stopped early."""
    progress, settings = run.progress, run.settings
    if progress.epoch >= settings.epochs:
        return True
    waited = epochs_without_progress(progress.history)
    return settings.patience is not None and waited >= settings.patience


def epochs_without_progress(history: Sequence[EpochRecord]) -> int:
    """The number of epochs since the smallest test loss."""
    losses = [record.test_loss for record in history]
    return len(losses) - 1 - losses.index(min(losses)) if losses else 0


def end_epoch(run: Run, tested: Record, seconds: float) -> EpochRecord:
    """Add the epoch to the history and start the next."""
    progress, trained = run.progress, record_so_far(run.progress)
    record = EpochRecord(
        epoch=progress.epoch + 1,
        train_loss=trained.loss,
        train_accuracy=trained.accuracy,
        test_loss=tested.loss,
        test_accuracy=tested.accuracy,
        seconds=seconds,
    )
    run.rng.permutation(progress.seen)  # skip the order of this epoch
    history = [*progress.history, record]
    run.progress = Progress(epoch=progress.epoch + 1, history=history)
    return record
