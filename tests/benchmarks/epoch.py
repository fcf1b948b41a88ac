"""Epochs of `python -m nets train`, and the same loop in PyTorch.

Both take the same first weights, the same batches in the same order, bytes that are
standardised batch by batch, the same loss, and count what was recognised. Each epoch is
the first one of the learning rate, and a call gives the loss and accuracy of the last.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import Context
from dataclasses import replace
from typing import Any

from rows import EPOCHS

import tinygraph as tg
from nets import Record, Run, Settings, data, start, train_epoch
from nets.run import Progress
from nets.training import learning_rate, record_so_far

Epochs = Callable[[], Record]


def prepared(source: str, pictures: int) -> tuple[Run, data.Dataset]:
    """A new run with the default settings, and its training pictures."""
    train, _ = data.load(source, train=pictures, test=1)
    return start(Settings(data=source), train), train


def of_tinygraph(run: Run, train: data.Dataset) -> Epochs:
    """The training of the command line, with the same number of threads."""
    from nets.__main__ import MOST_THREADS, processors

    def train_them() -> None:
        with (
            tg.threads(min(MOST_THREADS, processors())),
            tg.compiled() if run.settings.compiled else nullcontext(),
        ):
            for _ in range(EPOCHS):
                run.progress = Progress()
                for _ in train_epoch(run, train):
                    pass

    def epochs() -> Record:
        with all_processors():
            Context().run(train_them)  # not in our tg.threads
        return record_so_far(run.progress)

    return epochs


def of_compiled(run: Run, train: data.Dataset) -> Epochs:
    """The same with --compiled."""
    run.settings = replace(run.settings, compiled=True)
    return of_tinygraph(run, train)


@contextmanager
def all_processors() -> Iterator[None]:
    """The processors of a new process, not the share that tg.threads left us."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def of_torch(run: Run, train: data.Dataset) -> Epochs:
    """The loop that a PyTorch user would write."""
    import torch
    from torch.nn.functional import one_hot

    network, settings = torch_network(run), run.settings
    rate = learning_rate(settings.lr, 0, settings.epochs)
    optimizer = torch.optim.SGD(network.parameters(), rate, momentum=settings.momentum)
    images, labels = torch.from_numpy(train.images), torch.from_numpy(train.labels)
    mean, deviation = (
        torch.tensor(array, dtype=torch.float32)[:, None, None]
        for array in (run.standardise.mean, run.standardise.deviation)
    )

    def step(chosen: torch.Tensor, targets: torch.Tensor) -> tuple[float, int]:
        output = network((images[chosen].float() - mean) / deviation)
        error = 0.5 * ((output - targets) ** 2).sum() / len(targets)
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        hits = output.argmax(1) == targets.argmax(1)
        return error.item(), int(hits.sum())

    def epochs() -> Record:
        return [epoch() for _ in range(EPOCHS)][-1]

    def epoch() -> Record:
        targets = one_hot(labels, len(train.classes)).float()
        order = data.batches(len(train), settings.batch_size, copy.deepcopy(run.rng))
        loss, correct = 0.0, 0
        for chosen in map(torch.from_numpy, order):
            mean_loss, hits = step(chosen, targets[chosen])
            loss += mean_loss * len(chosen)
            correct += hits
        return Record(loss / len(train), correct / len(train))

    return epochs


def torch_network(run: Run) -> Any:
    """The slides' network with the initial weights of the run."""
    import torch
    from torch import nn

    network = nn.Sequential(
        *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU()),
        *(nn.Linear(120, 84), nn.ReLU()),
        *(nn.Linear(84, len(run.classes)), nn.Softmax(1)),
    )
    ours = run.network.parameters().values()
    with torch.no_grad():
        for theirs, tensor in zip(network.parameters(), ours, strict=True):
            theirs.copy_(torch.tensor(tensor.data))
    return network
