"""How fast is it, beside PyTorch?  `python tests/benchmarks/run.py` prints a table.

Both are timed in turn within one process, so that a machine that slows down slows both.
Medians and their ratio; below 1 tinygraph is faster.  PyTorch may be missing.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

import tinygraph as tg

try:
    import torch
except ImportError:
    torch = None

Work = Callable[[], object]
LENET = [(6, 3, 5, 5), (6,), (16, 6, 5, 5), (16,), (120, 400), (120,), (84, 120), (84,)]
LENET += [(4, 84), (4,)]


def seconds(work: Work) -> float:
    """The time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(works: list[Work], rounds: int) -> list[float]:
    """The median time of each, measured A B A B ... after one round to warm up."""
    for work in works:
        work()
    times = [[seconds(work) for work in works] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def chain(start: object, length: int) -> object:
    """A chain of multiplications and additions."""
    y = start
    for _ in range(length // 2):
        y = y * 1.0001
        y = y + 0.001
    return y


def overhead(shape: tuple[int, ...], length: int = 1000) -> list[Work]:
    """Record a chain and differentiate it: small arrays, so that overhead is all."""
    ours = tg.Tensor(np.ones(shape), requires_grad=True)
    works: list[Work] = [lambda: chain(ours, length).sum().backward()]
    if torch is not None:
        theirs = torch.ones(shape, dtype=torch.float64, requires_grad=True)
        works.append(lambda: chain(theirs, length).sum().backward())
    return works


def lenet(batch: int) -> list[Work]:
    """A training step of the slides' network, float32, SGD with momentum."""
    rng = np.random.default_rng(0)
    arrays = [(0.1 * rng.standard_normal(s)).astype(np.float32) for s in LENET]
    images = rng.standard_normal((batch, 3, 32, 32)).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)[rng.integers(0, 4, batch)]
    works = [our_step(arrays, images, targets)]
    if torch is not None:
        works.append(their_step(arrays, images, targets))
    return works


def network(x: object, p: list, functions: object, softmax: Callable) -> object:
    """The forward pass, with the functions of tinygraph or of torch."""
    f = functions
    h = f.max_pool2d(f.relu(f.conv2d(x, p[0], p[1])), 2)
    h = f.max_pool2d(f.relu(f.conv2d(h, p[2], p[3])), 2)
    h = f.relu(f.linear(h.reshape(h.shape[0], -1), p[4], p[5]))
    return softmax(f.linear(f.relu(f.linear(h, p[6], p[7])), p[8], p[9]))


def our_step(arrays: list, images: np.ndarray, targets: np.ndarray) -> Work:
    """One step of ours."""
    parameters = [tg.Tensor(a, requires_grad=True) for a in arrays]
    optimizer = tg.optimize.SGD(parameters, 0.01, momentum=0.9)

    def step() -> None:
        loss = tg.mse(network(tg.Tensor(images), parameters, tg, tg.softmax), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def their_step(arrays: list, images: np.ndarray, targets: np.ndarray) -> Work:
    """One step of PyTorch's."""
    parameters = [torch.tensor(a, requires_grad=True) for a in arrays]
    optimizer = torch.optim.SGD(parameters, 0.01, momentum=0.9)
    x, t = torch.tensor(images), torch.tensor(targets)

    def step() -> None:
        y = network(x, parameters, torch.nn.functional, lambda z: z.softmax(-1))
        loss = 0.5 * ((y - t) ** 2).sum() / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def report(name: str, times: list[float], unit: float, label: str) -> None:
    """One line of the table."""
    ours, *theirs = (t / unit for t in times)
    beside = f"{theirs[0]:10.2f}{ours / theirs[0]:8.2f}" if theirs else ""
    print(f"{name:38}{ours:10.2f}{beside}   {label}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="default 40")
    rounds = parser.parse_args().rounds
    if torch is not None:
        torch.set_num_threads(2)
    print(f"{'':38}{'tinygraph':>10}{'torch':>10}{'ratio':>8}")
    for shape in [(), (32,), (64, 64)]:
        times = in_turn(overhead(shape), rounds)
        name = f"an operation on shape {shape}, both ways"
        report(name, times, 1e-6 * 1000, "µs")
    for batch in (1, 32, 256):
        times = in_turn(lenet(batch), max(5, rounds // (1 + batch // 32)))
        report(f"LeNet step, batch {batch}", times, 1e-3, "ms")
    chains = [overhead((), length)[0] for length in (1000, 100_000)]
    short, long = np.divide(in_turn(chains, 9), (1000, 100_000))
    print(f"{'an operation in a chain of 1,000':38}{short * 1e6:10.2f}{'µs':>21}")
    print(f"{'an operation in a chain of 100,000':38}{long * 1e6:10.2f}{'µs':>21}")
    print(f"{'  as a multiple of that in the short':38}{long / short:10.2f}")


if __name__ == "__main__":
    main()
