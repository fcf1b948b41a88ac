"""What TensorBoard shows of a run: `nets train --tensorboard`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .plots import length
from .rules import SettingsError
from .run import EpochRecord, Run
from .training import Record


class Events:
    """Writes a run's losses, accuracies, weights and gradients as TensorBoard's events.

    A step is a batch; what is known once in an epoch is at the step that ends it.
    """

    def __init__(self, run: Run, pictures: int, writer: Any) -> None:
        self.run, self.writer = run, writer
        self.batches = -(-pictures // run.settings.batch_size)

    @property
    def step(self) -> int:
        """How many batches there have been."""
        progress = self.run.progress
        return progress.epoch * self.batches + progress.batch

    def batch(self, record: Record) -> None:
        """A batch has ended, with the record of the epoch so far."""
        self.writer.add_scalar("loss/running", record.loss, self.step)

    def epoch(self, record: EpochRecord) -> None:
        """An epoch has ended."""
        values = {
            "loss/train": record.train_loss,
            "loss/test": record.test_loss,
            "lr": self.run.optimizer.lr,
        }
        if self.run.goal in ("classes", "text"):
            values["accuracy/train"] = record.train_accuracy
            values["accuracy/test"] = record.test_accuracy
        for name, tensor in self.run.network.parameters().items():
            values[f"gradient/{name}"] = length(tensor.grad)
            weights = np.asarray(tensor.data)
            self.writer.add_histogram(f"weights/{name}", weights, self.step)
        for name, value in values.items():
            self.writer.add_scalar(name, value, self.step)
        self.writer.flush()


@contextmanager
def writing_events(run: Run, pictures: int, folder: Path) -> Iterator[Events]:
    """Write events into a folder, as long as this context lasts.

    What a killed run wrote for batches that it repeats is purged. Raises
    `SettingsError` where tensorboardX is not installed.
    """
    try:
        from tensorboardX import SummaryWriter
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{error.name} is missing, which --tensorboard needs: "
            f"python -m pip install 'tinygraph[tensorboard]'"
        ) from None
    events = Events(run, pictures, None)
    own = f".{events.step:09}"  # a run may be resumed in the second of its start
    with SummaryWriter(
        str(folder), purge_step=events.step + 1, filename_suffix=own
    ) as events.writer:
        yield events
