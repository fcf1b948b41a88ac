"""A network beside the same one in PyTorch: same start, same order, one thread each.

    python tests/benchmarks/accuracy.py gpt --seconds 300
    python tests/benchmarks/accuracy.py lenet5 --data photos/ --epochs 15
    python tests/benchmarks/accuracy.py resnet20 --data fashion-mnist --optimizer adam

Both take turns, some steps at a time. Each line has the mean training loss of a turn
and the seconds of processor time so far, for both; after each epoch, both are tested.
Without --data, a gpt learns one million characters of Python's own documentation: the
help topics and docstrings of the Python that runs this.
"""

from __future__ import annotations

import argparse
import ast
import copy
import math
import sys
import sysconfig
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "support" / "nets"))

import numpy as np

import tinygraph as tg
from nets import Record, ReplayedStep, Run, data, evaluate, start, train_epoch
from nets.schedules import schedule_of
from nets.settings import LOSSES, OPTIMIZERS, SCHEDULES, completed
from nets.training import end_epoch, moved

NETWORKS = ("gpt", "lenet5", "resnet20")
CHARACTERS = 1_000_000


def python_text(size: int = CHARACTERS) -> str:
    """Characters of the documentation that comes with Python, in ASCII."""
    from pydoc_data.topics import topics

    parts, total = [topics[name] for name in sorted(topics)], 0
    for file in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        parts += docstrings(file)
        if (total := sum(map(len, parts))) > 1.2 * size:
            break
    text = "\n\n".join(parts).encode("ascii", "ignore").decode()
    if len(text) < size:
        raise SystemExit(f"only {total} characters of documentation: give --data")
    return text[:size]


def docstrings(file: Path) -> Iterator[str]:
    """The docstrings of a module, its classes and its functions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(file.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""


class Twin:
    """A run's network in PyTorch, with the weights that the run begins with."""

    def __init__(self, run: Run, train: Any) -> None:
        import torch

        torch.set_num_threads(1)
        self.run, self.train = run, train
        self.network = module_of(run)
        state = {n: torch.tensor(a) for n, a in run.network.state_dict().items()}
        self.network.load_state_dict(state)
        self.rng = copy.deepcopy(run.rng)
        settings, parameters = run.settings, self.network.parameters()
        lr, beta = settings.lr, settings.momentum
        if settings.optimizer == "adam":
            self.optimizer: Any = torch.optim.Adam(parameters, lr, (beta, 0.999))
        else:
            self.optimizer = torch.optim.SGD(parameters, lr, momentum=beta)

    def error(self, inputs: Any, targets: Any) -> tuple[Any, int]:
        """The error of a batch, and how many outputs are right."""
        from torch.nn import functional

        output = self.network(inputs)
        if output.ndim == 3:
            error = functional.cross_entropy(output.flatten(0, 1), targets.flatten())
            return error, int((output[:, -1].argmax(1) == targets[:, -1]).sum())
        right = int((output.argmax(1) == targets.argmax(1)).sum())
        if self.run.settings.loss == "cross_entropy":
            return -(targets * output.log()).sum() / len(targets), right
        return 0.5 * ((output - targets) ** 2).sum() / len(targets), right

    def steps(self, epoch: int) -> Iterator[float]:
        """The losses of the steps of an epoch, as `nets.train_epoch` takes them."""
        import torch

        settings, train = self.run.settings, moved(self.run, self.train)
        schedule = schedule_of(settings.schedule, settings.epochs, settings.warm_up)
        for group in self.optimizer.param_groups:
            group["lr"] = settings.lr * schedule(epoch)
        targets = self.run.standardise.targets(train)
        self.network.train()
        for chosen in data.batches(len(train), settings.batch_size, self.rng):
            x = torch.from_numpy(self.run.standardise(train.inputs[chosen]))
            error, _ = self.error(x, torch.from_numpy(targets[chosen]))
            self.optimizer.zero_grad()
            error.backward()
            self.optimizer.step()
            yield error.item()

    def evaluate(self, test: Any) -> Record:
        """The mean loss and the accuracy on a data set."""
        import torch

        targets = self.run.standardise.targets(test)
        self.network.eval()
        total, right = 0.0, 0
        with torch.no_grad():
            for place in range(0, len(test), 200):
                some = slice(place, place + 200)
                x = torch.from_numpy(self.run.standardise(test.inputs[some]))
                error, hits = self.error(x, torch.from_numpy(targets[some]))
                total += error.item() * len(x)
                right += hits
        return Record(total / len(test), right / len(test))


def module_of(run: Run) -> Any:
    """The network of a run as one writes it in PyTorch."""
    import torch_networks as twins

    network, classes = run.network, len(run.classes)
    if run.settings.network == "resnet20":
        return twins.resnet20(classes)
    if run.settings.network == "lenet5":
        return twins.lenet5(classes, channels=3, size=run.example.shape[-1])
    context, size = network.positions.w.shape
    heads = network.blocks[0].attention.heads
    return twins.GPT(classes, context, size, heads, len(network.blocks))


class Side:
    """One of the two: its steps one after the other, their losses and their time."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.seconds = 0.0
        self.steps: Iterator[float] = iter(())

    def advance(self, count: int) -> int:
        """Take so many steps, or all that are left; returns how many it took."""
        begin = time.process_time()
        losses = list(islice(self.steps, count))
        self.seconds += time.process_time() - begin
        self.losses += losses
        return len(losses)

    def recent(self, count: int) -> str:
        """The mean loss of the last steps, and the time of all."""
        mean = np.mean(self.losses[-count:])
        return f"{mean:.4f} ({self.seconds:.0f} s)"


def own_steps(run: Run, train: Any, step: ReplayedStep) -> Iterator[float]:
    """The losses of the steps of our next epoch."""
    losses: list[float] = []

    def listening(*given: Any) -> tuple[float, int]:
        loss, right = step(*given)
        losses.append(loss)
        return loss, right

    for _ in train_epoch(run, train, listening):
        yield losses[-1]


def compare(
    run: Run, train: Any, test: Any, seconds: float, every: int
) -> list[Record]:
    """Train both in turns and print how they do; how both do in the last test.

    They end after the epochs of the run, or when ours has used so many seconds.
    """
    twin, step, sides = Twin(run, train), ReplayedStep(), (Side(), Side())
    tests: list[Record] = []
    for epoch in range(run.settings.epochs):
        sides[0].steps = own_steps(run, train, step)
        sides[1].steps = twin.steps(epoch)
        while sides[0].seconds < seconds and sides[0].advance(every):
            sides[1].advance(every)
            both = ", PyTorch ".join(side.recent(every) for side in sides)
            print(f"{len(sides[0].losses)} steps: tinygraph {both}", flush=True)
        own = evaluate(run.network, test, run.standardise, run.settings.loss)
        tests = [own, twin.evaluate(test)]
        both = ", PyTorch ".join(f"{t.loss:.4f}, {t.accuracy:.2%}" for t in tests)
        print(f"test after epoch {epoch + 1}: tinygraph {both}", flush=True)
        if sides[0].seconds >= seconds:
            break
        end_epoch(run, own, 0.0)
    return tests


def options(words: Sequence[str] | None) -> argparse.Namespace:
    """The words of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("network", choices=NETWORKS)
    add(
        "--data", help="as for nets train (default Python's documentation, or pictures)"
    )
    add("--epochs", type=int, default=5)
    add("--batch-size", type=int)
    add("--lr", type=float)
    add("--loss", choices=LOSSES)
    add("--optimizer", choices=OPTIMIZERS)
    add("--schedule", choices=SCHEDULES)
    add("--seconds", type=float, default=math.inf, help="processor time of ours")
    add("--every", type=int, default=250, help="steps in a turn")
    return parser.parse_args(words)


def loaded(source: str | None, network: str) -> Any:
    """The (train, test) data of a source."""
    if source is None and network == "gpt":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "documentation.txt")
            path.write_text(python_text())
            return data.load(str(path))
    return data.load(source or "pictures")


def main(words: Sequence[str] | None = None) -> None:
    """Compare what the command line asks for."""
    asked = options(words)
    names = ("epochs", "batch_size", "lr", "loss", "optimizer", "schedule")
    given = {n: getattr(asked, n) for n in names if getattr(asked, n) is not None}
    train, test = loaded(asked.data, asked.network)
    run = start(completed(given, asked.network), train)
    size = sum(tensor.size for tensor in run.network.parameters().values())
    print(f"{asked.network}, {size} parameters; {len(train)} examples; {run.settings}")
    with tg.threads(1):
        compare(run, train, test, asked.seconds, asked.every)


if __name__ == "__main__":
    main()
