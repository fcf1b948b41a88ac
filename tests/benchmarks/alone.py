"""Measurements for a fresh worker: memory, scaling, pictures."""

from __future__ import annotations

import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import networks
import numpy as np
from peers import Peer
from rows import lenet

SHORT, LONG, MILLION = 1_000, 100_000, 1_000_000
PEAK = Path("/proc/self/clear_refs")  # Linux only


def seconds(work: Callable[[], object]) -> float:
    """The time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def memory(peer: Peer, batch: int = 256) -> dict[str, float]:
    """The peak memory of a LeNet step in MB, above its data and weights."""
    return peak(lenet(peer, 1), lenet(peer, batch))


def resnet(peer: Peer, batch: int = 64) -> dict[str, float]:
    """The peak memory of a ResNet-20 step in MB, above its data and weights."""
    [network] = [each for each in networks.NETWORKS if each.name == "ResNet-20"]
    one, many = (network.step(peer, size, "SGD") for size in (1, batch))
    return peak(one, many)


def peak(one: Callable[[], object], many: Callable[[], object]) -> dict[str, float]:
    """The peak memory of a step, after one that makes libraries allocate theirs."""
    one()
    gc.collect()
    PEAK.write_text("5")  # start to record the peak again
    before = kilobytes("VmRSS")
    for _ in range(3):
        many()
    return {"MB": (kilobytes("VmHWM") - before) / 1024}


def kilobytes(name: str) -> int:
    """A number that Linux reports about this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise LookupError(name)


def deep(peer: Peer, length: int) -> None:
    """A chain of operations, forward and backward."""
    y = peer.leaf(1.0, True)
    for _ in range(length // 2):
        y = y * 1.0001
        y = y + 0.001
    y.backward()


def wide(peer: Peer, width: int) -> None:
    """One value used by many operations, forward and backward."""
    x = y = peer.leaf(1.0, True)
    for _ in range(width // 2):
        y = y + x * 0.5
    y.backward()


def scaling(
    peer: Peer, graph: Callable[[Peer, int], None], rounds: int = 7, length: int = LONG
) -> dict[str, float]:
    """Microseconds per operation in small graphs and in a large one, in turns."""
    scale = 1e6 / length
    times = [
        (
            seconds(lambda: [graph(peer, SHORT) for _ in range(length // SHORT)])
            * scale,
            seconds(lambda: graph(peer, length)) * scale,
        )
        for _ in range(rounds)
    ]
    short, long = map(statistics.median, zip(*times, strict=True))
    ratio = statistics.median(late / early for early, late in times)
    return {f"of {SHORT:,}": short, f"of {length:,}": long, "ratio": ratio}


def million(peer: Peer) -> dict[str, float]:
    """A chain of a million operations: time, and memory for each beyond its array."""
    return {"bytes": bytes_beyond_arrays(peer)} | scaling(peer, deep, 3, MILLION)


def bytes_beyond_arrays(peer: Peer, length: int = MILLION) -> float:
    """For each operation on 8 numbers: all that Python allocates, but for the arrays.

    An array counts with its header, which NumPy reports: 176 bytes for 8 float64.
    """
    x = y = peer.leaf(np.ones(8), True)
    tracemalloc.start()
    for _ in range(length):
        y = y * x
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / length - sys.getsizeof(y.graph.nodes[y.node]["value"])


def pictures(peer: Peer, rounds: int = 5) -> dict[str, float]:
    """Milliseconds for drawing and tracing the slides' network on one picture."""
    import nets
    import tinygraph as tg

    network = nets.slide_cnn(np.random.default_rng(0))
    output = network(np.zeros((1, 3, 32, 32), np.float32))
    error = tg.mse(output, np.eye(4, dtype=np.float32)[:1])
    error.backward()
    works = {
        "draw, to SVG": lambda: tg.draw(error)._repr_svg_(),
        "trace, kept in memory": lambda: tg.trace(error),
        "trace, as a page": lambda: tg.trace(error)._repr_html_(),
    }
    return {
        name: 1e3 * statistics.median(seconds(work) for _ in range(rounds))
        for name, work in works.items()
    }


ALONE: dict[str, Callable[[Peer], dict[str, float]]] = {
    "memory": memory,
    "chain": lambda peer: scaling(peer, deep),
    "wide": lambda peer: scaling(peer, wide),
    "million": million,
    "resnet": resnet,
    "pictures": pictures,
}
