"""Results and what follows from them: medians, ratios, targets."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from networks import NETWORKS
from rows import (
    BATCHES,
    CONVOLUTIONS,
    DRAWN,
    LAYERS,
    OVERHEAD,
    PHOTOS,
    POOLINGS,
    Job,
)
from team import COMPILED, FUSED, OURS, REPLAYED, WAYS

NUMPY_PEERS = ("mygrad", "dezero", "smallpebble")
Turns = list[list[float]]
Numbers = Mapping[str, Mapping[str, float]]


def ratio(own: Turns, other: Turns) -> float:
    """The median over all rounds of the ratio of our median time to the other's."""
    return statistics.median(
        statistics.median(ours) / statistics.median(theirs)
        for ours, theirs in zip(own, other, strict=True)
    )


@dataclass
class Row:
    """A job, with the seconds of every call in every turn of each library."""

    job: Job
    turns: dict[str, Turns]

    def seconds(self, name: str = OURS) -> float:
        """The median of all calls, divided by the operations per call."""
        return statistics.median(chain(*self.turns[name])) / self.job.count

    def ratios(self, own: str = OURS) -> dict[str, float]:
        """Our time divided by that of each other library.

        `own` may be compiled tinygraph; then plain tinygraph is one of the others.
        """
        return {
            name: ratio(self.turns[own], turns)
            for name, turns in self.turns.items()
            if name not in {own, *WAYS[1:]} and own in self.turns
        }

    def is_network(self) -> bool:
        """Whether it is a step of one of the kinds of networks."""
        return self.job.name.split(",")[0] in {network.name for network in NETWORKS}

    def reached(self, machine: Mapping[str, float], own: str = OURS) -> float | None:
        """The share of the machine's peak speed, in products or else in copies."""
        if self.job.flops:
            return self.job.flops / self.seconds(own) / 1e9 / machine["GFLOP/s"]
        if self.job.bytes:
            return self.job.bytes / self.seconds(own) / 1e9 / machine["GB/s"]
        return None

    def document(self) -> dict[str, Any]:
        """The results for JSON: seconds per operation, and of each turn."""
        return {
            "name": self.job.name,
            "seconds": {name: self.seconds(name) for name in self.turns},
            "ratios": self.ratios(),
            "ratios, compiled": self.ratios(COMPILED),
            "rounds": len(self.turns[OURS]),
            "turns": {
                name: [statistics.median(turn) / self.job.count for turn in turns]
                for name, turns in self.turns.items()
            },
        }


@dataclass(frozen=True)
class Target:
    """A ratio that must not exceed a bound; None if it was not measured."""

    name: str
    bound: float
    value: float | None

    def verdict(self) -> str:
        """Whether the target holds, in a word or two."""
        if self.value is None:
            return "not measured"
        return "yes" if self.value <= self.bound else "no"


def targets(ratios: Numbers, compiled: Numbers, others: Numbers) -> list[Target]:
    """The targets and the measured values.

    `ratios` and `compiled` are those of each row, by library; `others` are the other
    measurements.
    """
    found = []
    for job, among, bound in required():
        name = f"{job} / {among[0] if len(among) == 1 else 'best NumPy peer'}"
        found.append(Target(name, bound, worst(ratios.get(job, {}), among)))
        value = worst(compiled.get(job, {}), among)
        if value is not None:
            found.append(Target(f"{name}, compiled", bound, value))
    return found + [
        Target(name, bound, others.get(title, {}).get(key))
        for title, key, name, bound in REQUIRED_OF_OTHERS
    ]


def of_networks(rows: Iterable[Row]) -> list[Target]:
    """The geometric mean over all kinds of networks, and the worst of them."""
    found = []
    rows = [row for row in rows if row.is_network()]
    for own, mean, most in (
        (OURS, 1.0, 1.6),
        (COMPILED, 0.75, 1.2),
        (REPLAYED, 0.75, 1.2),
        (FUSED, 0.75, 1.2),
    ):
        ratios = [
            row.ratios(own)["torch"] for row in rows if "torch" in row.ratios(own)
        ]
        if not ratios:
            continue
        more = "" if own == OURS else f", {own}"
        average = statistics.geometric_mean(ratios)
        found += [
            Target(f"networks, geometric mean / torch{more}", mean, average),
            Target(f"networks, worst / torch{more}", most, max(ratios)),
        ]
    return found


def required() -> Iterator[tuple[str, tuple[str, ...], float]]:
    """Each job with a bound, the libraries it applies to, and the bound."""
    for batch, bound in zip(BATCHES, (0.8, 1.3, 1.3), strict=True):
        yield f"LeNet step, batch {batch}", ("torch",), bound
    for batch in BATCHES:
        yield f"LeNet step, batch {batch}", NUMPY_PEERS, 0.25
    yield "LeNet step, replayed, batch 1", NUMPY_PEERS, 0.25
    for batch in BATCHES:
        yield f"LeNet step, replayed, batch {batch}", ("numpy",), 1.1
    yield OVERHEAD, ("torch",), 0.9
    for name in CONVOLUTIONS:
        yield f"conv2d, {name}", NUMPY_PEERS, 0.7
    for name in POOLINGS:
        yield f"max_pool2d, {name}", NUMPY_PEERS, 0.7
    for name in (PHOTOS, DRAWN, "softmax, 256x1000", *LAYERS):
        yield name, ("torch",), 1.3
    yield "an operation on (64, 64)", ("torch",), 1.3


REQUIRED_OF_OTHERS = (
    ("memory", "ratio", "peak memory of a LeNet step, batch 256 / torch", 1.5),
    ("resnet", "ratio", "peak memory of a ResNet-20 step, batch 64 / torch", 1.3),
    ("import", "ratio", "import tinygraph / import numpy, networkx", 1.25),
    ("chain", "ratio", "an operation in a chain of 100,000 / of 1,000", 1.3),
    ("million", "ratio", "an operation in a chain of 1,000,000 / of 1,000", 1.3),
    ("million", "bytes", "bytes of an operation beyond its array", 600),
)


def worst(ratios: Mapping[str, float], among: tuple[str, ...]) -> float | None:
    """The ratio to the fastest of these libraries."""
    return max((ratios[name] for name in among if name in ratios), default=None)
