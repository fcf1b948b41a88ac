"""How much faster several workers are, and where that ends.

    python tests/benchmarks/cluster.py [--workers 2] [--steps 20]

A step of a ResNet-20 and of LeNet-5 in this process, with one worker and with several,
in turns; medians. The last table says what follows for larger clusters, in which each
worker is as fast as this one, from

    t(n) = compute / n + n (task + bytes / bandwidth)

with the time that one worker computes, what the scheduler takes for a task, and the
bytes that go to a worker and come back. With a batch for each worker, instead of one
for all, a step takes compute + n (task + bytes / bandwidth) for n times the examples.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import tinygraph as tg
from nets import start
from nets.cluster import ClusterStep, connected
from nets.data import pictures
from nets.settings import completed
from nets.training import train_step

BATCHES = {"resnet20": 128, "lenet5": 256}
BANDWIDTH = 1.25e9  # bytes a second, 10 Gbit/s
LARGER = (2, 8, 64, 512)
EXAMPLES = {"same": "one batch for all", "more": "a batch for each"}


def prepared(network: str) -> tuple[Any, tuple[Any, ...]]:
    """A run, and the examples of a step."""
    train = pictures(BATCHES[network], seed=0, size=32)
    run = start(completed({}, network), train)
    return run, (run.standardise(train.images), train.one_hot())


def seconds(action: Callable[[], Any]) -> float:
    """How long it takes."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def measure(network: str, workers: int, steps: int) -> dict[str, float]:
    """Median seconds of a step here, with one worker, and with several."""
    run, batch = prepared(network)
    with connected(workers) as client, tg.threads(1):
        ways = {
            "here": train_step,
            "one": ClusterStep(client, 1),
            "several": ClusterStep(client, workers),
        }
        found: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(steps + 1):
            for name, step in ways.items():
                call = lambda step=step: step(run.network, run.optimizer, *batch)  # noqa: E731
                found[name].append(seconds(call))
        task = seconds(lambda: client.gather(client.map(math.sqrt, range(500)))) / 500
    weights = sum(t.data.nbytes for t in run.network.parameters().values())
    medians = {name: statistics.median(times[1:]) for name, times in found.items()}
    return {**medians, "task": task, "bytes": 2 * weights, "inputs": batch[0].nbytes}


def predicted(found: dict[str, float], workers: int, examples: str) -> float:
    """By how much a cluster is faster than one worker, per example."""
    share = found["inputs"] / (workers if examples == "same" else 1)
    way = workers * (found["task"] + (found["bytes"] + share) / BANDWIDTH)
    if examples == "same":
        return found["here"] / (found["here"] / workers + way)
    return workers * found["here"] / (found["here"] + way)


def main() -> None:
    """Measure, and print what follows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20)
    asked = parser.parse_args()
    several = f"{asked.workers} workers"
    print(f"| step | this process | 1 worker | {several} | here / {several} |")
    print("|---|---|---|---|---|")
    rows = {}
    for network, batch in BATCHES.items():
        rows[network] = found = measure(network, asked.workers, asked.steps)
        times = [f"{1e3 * found[name]:.0f} ms" for name in ("here", "one", "several")]
        gain = found["here"] / found["several"]
        print(f"| {network}, batch {batch} | {' | '.join(times)} | {gain:.2f} |")
    print(f"\n| workers | {' | '.join(map(str, LARGER))} | best number |")
    print(f"|---|{'---|' * 5}")
    for network, found in rows.items():
        for examples, what in EXAMPLES.items():
            gains = [f"{predicted(found, n, examples):.1f}" for n in LARGER]
            each = found["task"] + found["bytes"] / BANDWIDTH
            best = (
                f"{math.sqrt(found['here'] / each):.0f}" if examples == "same" else ""
            )
            print(f"| {network}, {what} | {' | '.join(gains)} | {best} |")
    for network, found in rows.items():
        print(f"{network}: {1e3 * found['task']:.2f} ms a task, {found['bytes']} bytes")


if __name__ == "__main__":
    main()
