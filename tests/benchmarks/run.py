"""How fast is it, beside PyTorch and others?  `python tests/benchmarks/run.py`.

Each library that is installed does the same work as tinygraph, in turn with it: A B A B
and so on, so that a machine that slows down slows both.  Numbers are medians.
`--write FILE.md` makes docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from alone import alone
from peers import Peer, peers
from rows import Job, Work, jobs

SECONDS = 3.0  # that a pair may take
FEWEST, MOST = 5, 100  # rounds


@dataclass
class Row:
    """Our median for one job in seconds, and what it is of each peer's."""

    job: Job
    seconds: float
    ratios: dict[str, float]

    def own(self) -> str:
        """Our time with its unit."""
        unit, factor = ("µs", 1e6) if self.seconds < 1e-4 else ("ms", 1e3)
        return f"{self.seconds * factor:.3g} {unit}"


def timed(work: Work) -> float:
    """The time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(works: dict[str, Work], seconds: float = SECONDS) -> dict[str, float]:
    """The median time of each, measured in turn after two rounds to warm up."""
    _, once = (sum(timed(work) for work in works.values()) for _ in range(2))
    rounds = int(min(MOST, max(FEWEST, seconds / once)))
    times = [[timed(work) for work in works.values()] for _ in range(rounds)]
    medians = map(statistics.median, zip(*times, strict=True))
    return dict(zip(works, medians, strict=True))


def measured(pattern: str) -> Iterator[Row]:
    """Each row whose name has the pattern, when it has been measured."""
    us, *others = peers()
    for job in jobs():
        if not re.search(pattern, job.name):
            continue
        own, ratios = [], {}
        for peer in [other for other in others if can(other, job)] or [us]:
            pair = {each.name: job.make(each) for each in (us, peer)}
            medians = in_turn(pair)
            own.append(medians[us.name] / job.count)
            ratios[peer.name] = medians[us.name] / medians[peer.name]
        ratios.pop(us.name, None)
        yield Row(job, statistics.median(own), ratios)


def can(peer: Peer, job: Job) -> bool:
    """Whether the peer has the operations that a job needs."""
    try:
        job.make(peer)()
    except (AttributeError, NotImplementedError):
        return False
    return True


def ceilings() -> dict[str, float]:
    """What this machine can do in a second: GFLOP of a float32 product, GB copied."""
    x = np.random.default_rng(0).random((2048, 2048), np.float32)
    big = np.zeros(2**26, np.uint8)
    product = in_turn({"": lambda: x @ x}, 3.0)[""]
    copy = in_turn({"": big.copy}, 3.0)[""]
    return {"GFLOP/s": 2 * 2048**3 / product / 1e9, "GB/s": 2 * big.size / copy / 1e9}


def table(results: list[Row], most: float) -> str:
    """All rows as Markdown: our time, of each peer's, and of the machine's ceiling."""
    names = list(dict.fromkeys(peer for row in results for peer in row.ratios))
    lines = [["work", "tinygraph", *(f"/ {name}" for name in names), "of the ceiling"]]
    lines.append(["---"] * len(lines[0]))
    for row in results:
        ratios = [row.ratios.get(name) for name in names]
        reached = row.job.flops / row.seconds / 1e9 / most
        lines.append(
            [row.job.name, row.own()]
            + ["" if ratio is None else f"{ratio:.2f}" for ratio in ratios]
            + [f"{reached:.0%}" if row.job.flops else ""]
        )
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def page(results: list[Row], others: dict, most: dict[str, float]) -> str:
    """docs/performance.md."""
    text = [PAGE.format(python=platform.python_version(), numpy=np.__version__)]
    text.append(table(results, most["GFLOP/s"]))
    text.append("## On its own\n")
    for title, numbers in {"this machine": most, **others}.items():
        listed = ", ".join(f"{name} {value:.3g}" for name, value in numbers.items())
        text.append(f"* {title}: {listed}")
    return "\n\n".join(text[:3]) + "\n" + "\n".join(text[3:]) + "\n"


PAGE = """# Performance

Made by `python tests/benchmarks/run.py --write docs/performance.md`, with Python
{python} and NumPy {numpy}, on two cores of a shared machine. Each library does the same
work as tinygraph, in turn with it; times are medians. Each column after the second is
our time as a multiple of that library's: below 1 tinygraph is faster. PyTorch and JAX
use two threads. The last column is the share of the speed that a large product of
float32 matrices reaches on this machine."""


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("pattern", nargs="?", default="", help="only rows whose name matches it")
    add("--json", type=Path, metavar="FILE", help="write the medians, in seconds")
    add("--write", type=Path, metavar="FILE", help="write the page, as Markdown")
    arguments = parser.parse_args()
    results = []
    for row in measured(arguments.pattern):
        results.append(row)
        beside = ", ".join(f"{r:.2f} {peer}" for peer, r in row.ratios.items())
        print(f"{row.job.name:40}{row.own():>10}   {beside}", flush=True)
    others, most = alone(), ceilings()
    for title, numbers in {"this machine": most, **others}.items():
        print(title, {name: float(f"{value:.3g}") for name, value in numbers.items()})
    if arguments.json:
        rows = [
            {"name": row.job.name, "seconds": row.seconds, "ratios": row.ratios}
            for row in results
        ]
        everything = {"rows": rows, "machine": most, **others}
        arguments.json.write_text(json.dumps(everything, indent=1))
    if arguments.write:
        arguments.write.write_text(page(results, others, most))


if __name__ == "__main__":
    main()
