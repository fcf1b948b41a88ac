"""What is told about losses: in the words of what a network learns."""

from __future__ import annotations

import math

from .data import DataSet
from .run import EpochRecord, Run
from .training import Record

NOUNS = {"pictures": "pictures", "table": "rows", "text": "windows"}


def counted(dataset: DataSet, part: str) -> str:
    """How many examples a part has, as "60 training pictures"."""
    return f"{len(dataset)} {part} {NOUNS[dataset.kind]}"


def measured(run: Run, loss: float, accuracy: float, digits: int = 1) -> str:
    """A loss, and what it means.

    For classes, this is also the accuracy; for a text, the perplexity, e to the loss;
    for numbers, the root of the mean squared error in their own unit; for pictures that
    are drawn again, this root in deviations of a channel.
    """
    if run.goal == "text":
        told = f"loss {loss:.4f} nats, perplexity {math.exp(min(loss, 700)):.2f}"
        return f"{told}, accuracy {accuracy:.{digits}%}"
    if run.goal == "numbers":
        return f"loss {loss:.4f}, error {error_in_unit(run, loss):.4g}"
    if run.goal == "pictures":
        return f"loss {loss:.4f}, error {math.sqrt(loss):.4f}"
    return f"loss {loss:.4f}, accuracy {accuracy:.{digits}%}"


def error_in_unit(run: Run, loss: float) -> float:
    """The root of the mean squared error of numbers, of which `loss` is ½ mean."""
    levels = run.standardise.target
    unit = 1.0 if levels is None else float(levels.deviation[0])
    return math.sqrt(2 * loss) * unit


def epoch_line(run: Run, record: EpochRecord) -> str:
    """One line about one epoch."""
    trained = measured(run, record.train_loss, record.train_accuracy)
    tested = measured(run, record.test_loss, record.test_accuracy)
    return (
        f"epoch {record.epoch}/{run.settings.epochs}: training {trained}; "
        f"test {tested}; {record.seconds:.1f} s"
    )


def result(run: Run) -> str:
    """What the finished run has reached."""
    last = run.progress.history[-1]
    if run.goal == "classes":
        noun = NOUNS["table" if run.example.ndim == 2 else "pictures"]
        return f"recognised {last.test_accuracy:.1%} of the test {noun}"
    return f"test {measured(run, last.test_loss, last.test_accuracy)}"


def tested(run: Run, record: Record, dataset: DataSet) -> str:
    """The result on other data."""
    told = measured(run, record.loss, record.accuracy, digits=2)
    return f"{told} on {counted(dataset, 'test')}"
