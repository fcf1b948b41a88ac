"""Other measurements: the machine's speed, import, scaling, pictures, memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from alone import PEAK, seconds
from team import OURS, REPLAYED, Worker, WorkerError

Numbers = dict[str, float]
TITLES = {
    "import": "import, ms",
    "chain": "an operation in a chain, µs",
    "wide": "an operation in a wide graph, µs",
    "million": "an operation of 1,000,000 in a chain, bytes beyond its array and µs",
    "pictures": "drawing and tracing the slides' network, ms",
}
if PEAK.exists():
    TITLES["memory"] = "peak memory of a LeNet step, batch 256, above its data, MB"
    TITLES["resnet"] = "peak memory of a ResNet-20 step, batch 64, above its data, MB"
IMPORTS = ("pass", "import numpy, networkx", "import tinygraph")


def ceilings(rounds: int = 10) -> Numbers:
    """The fastest of some large products and copies, in GFLOP/s and GB/s."""
    x = np.random.default_rng(0).random((2048, 2048), np.float32)
    big = np.ones(2**26, np.uint8)
    target = np.zeros_like(big)  # its pages are allocated
    works = [lambda: x @ x, lambda: np.copyto(target, big)]
    times = [[seconds(work) for work in works] for _ in range(rounds)]
    product, copy = map(min, zip(*times, strict=True))
    return {"GFLOP/s": 2 * 2048**3 / product / 1e9, "GB/s": 2 * big.size / copy / 1e9}


def imports(rounds: int = 31) -> Numbers:
    """Milliseconds for an import, minus the time that Python itself takes to start.

    Modules are compiled in the first round, which does not count.
    """
    times = [[started(code) for code in IMPORTS] for _ in range(rounds + 1)][1:]
    found = [(base - nothing, own - nothing) for nothing, base, own in times]
    base, own = map(statistics.median, zip(*found, strict=True))
    ratio = statistics.median(own / base for base, own in found)
    return {"numpy, networkx": base * 1e3, "tinygraph": own * 1e3, "ratio": ratio}


def started(code: str) -> float:
    """Seconds that a Python process takes to run some code."""
    command = [sys.executable, "-c", code]
    compiles = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    return seconds(lambda: subprocess.run(command, check=True, env=compiles))


def fresh(name: str, what: str) -> Numbers:
    """A measurement by a fresh worker."""
    with Worker(name) as worker:
        worker.version()
        answer: dict[str, Any] = worker.ask(do="alone", what=what)
    wrong = answer.get("failed") or answer.get("unable")
    if wrong:
        raise WorkerError(f"{name} cannot measure its {what}: {wrong}")
    return answer


def memory(names: Iterable[str], what: str = "memory", rounds: int = 3) -> Numbers:
    """Peak memory in MB of tinygraph and PyTorch, in new processes, in turns.

    `ratio` is that of the worst of ours, plain and replayed, where both can do it.
    """
    ours = (OURS, REPLAYED) if what == "resnet" else (OURS,)
    among = [name for name in (*ours, "torch") if name in names]
    peaks = [[fresh(name, what)["MB"] for name in among] for _ in range(rounds)]
    found = dict(
        zip(among, map(statistics.median, zip(*peaks, strict=True)), strict=True)
    )
    if "torch" in among:
        found["ratio"] = statistics.median(max(own) / other for *own, other in peaks)
    return found


def extras(names: Iterable[str]) -> dict[str, Callable[[], Numbers]]:
    """How each of `TITLES` is measured; `names` are the available libraries."""
    return {
        "import": imports,
        "chain": lambda: fresh(OURS, "chain"),
        "wide": lambda: fresh(OURS, "wide"),
        "million": lambda: fresh(OURS, "million"),
        "pictures": lambda: fresh(OURS, "pictures"),
        "memory": lambda: memory(names),
        "resnet": lambda: memory(names, "resnet"),
    }
