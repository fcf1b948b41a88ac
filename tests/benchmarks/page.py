"""Writing the results as lines for a terminal, as a page and as JSON."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from extras import TITLES
from results import Row, Target, of_networks, targets
from team import COMPILED, FUSED, OURS, REPLAYED, WAYS


@dataclass
class Findings:
    """Everything that one run measured."""

    versions: dict[str, str]
    machine: dict[str, float]
    rows: list[Row] = field(default_factory=list)
    others: dict[str, dict[str, float]] = field(default_factory=dict)

    def targets(self) -> list[Target]:
        """The targets, and whether they hold."""
        own, compiled = (
            {row.job.name: row.ratios(name) for row in self.rows}
            for name in (OURS, COMPILED)
        )
        return of_networks(self.rows) + targets(own, compiled, self.others)


def with_unit(seconds: float) -> str:
    """A time with a suitable unit.

    >>> with_unit(0.0123), with_unit(0.00000123)
    ('12.3 ms', '1.23 µs')
    """
    unit, factor = ("µs", 1e6) if seconds < 1e-4 else ("ms", 1e3)
    return f"{seconds * factor:.3g} {unit}"


def line(row: Row, machine: Mapping[str, float]) -> str:
    """A row for the terminal."""
    share = row.reached(machine)
    reached = "" if share is None else f"{share:.0%}"
    beside = ", ".join(f"{ratio:.2f} {name}" for name, ratio in row.ratios().items())
    text = f"{row.job.name:44}{with_unit(row.seconds()):>10}{reached:>6}   {beside}"
    if COMPILED in row.turns:
        text += f"; compiled {row.ratios(COMPILED)[OURS]:.2f} of this"
    return text


def numbers(title: str, found: Mapping[str, float]) -> str:
    """A measurement that is not a row, in one line."""
    listed = ", ".join(f"{name} {value:.3g}" for name, value in found.items())
    return f"{TITLES.get(title, title)}: {listed}"


def markdown(cells: Sequence[Sequence[str]]) -> str:
    """A table whose first row is the header."""
    head, *rest = cells
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join(f"| {' | '.join(each)} |" for each in lines)


def table(rows: Sequence[Row], machine: Mapping[str, float], own: str = OURS) -> str:
    """All rows: our time, the ratio to each library, the share of peak speed."""
    rows = [row for row in rows if own in row.turns and not row.is_network()]
    names = list(dict.fromkeys(name for row in rows for name in row.ratios(own)))
    head = ["work", own, *(f"/ {name}" for name in names), "of the ceiling"]
    return markdown([head, *(cells(row, names, machine, own) for row in rows)])


def cells(
    row: Row, names: Sequence[str], machine: Mapping[str, float], own: str
) -> list[str]:
    """One row of the table."""
    ratios, share = row.ratios(own), row.reached(machine, own)
    return [
        *(row.job.name, with_unit(row.seconds(own))),
        *(f"{ratios[name]:.2f}" if name in ratios else "" for name in names),
        "" if share is None else f"{share:.0%}",
    ]


def networks_table(rows: Sequence[Row]) -> str:
    """Kinds of networks: our time in each way, and the ratios to PyTorch and JAX."""
    head = ["training step", *WAYS, *(f"{way} / torch" for way in WAYS), "/ jax"]
    lines = [head]
    for row in rows:
        if not row.is_network():
            continue
        times = [with_unit(row.seconds(w)) if w in row.turns else "" for w in WAYS]
        ratios = [row.ratios(way) for way in WAYS]
        shown = [r.get("torch") for r in ratios] + [ratios[0].get("jax")]
        lines.append(
            [row.job.name, *times, *("" if r is None else f"{r:.2f}" for r in shown)]
        )
    return markdown(lines)


def targets_table(found: Sequence[Target]) -> str:
    """Each target with its bound, the measured value and whether it holds."""
    return markdown(
        [["ratio", "at most", "measured", "holds"]]
        + [
            [
                *(target.name, f"{target.bound:g}"),
                "" if target.value is None else f"{target.value:.2f}",
                target.verdict(),
            ]
            for target in found
        ]
    )


def report(targets: Sequence[Target]) -> str:
    """The targets that were measured, for the terminal."""
    return "".join(
        f"{target.name:64}{target.value:6.2f}, at most {target.bound:g}"
        f"{'' if target.verdict() == 'yes' else ': does not hold'}\n"
        for target in targets
        if target.value is not None
    )


def page(found: Findings) -> str:
    """docs/performance.md."""
    others = {"this machine": found.machine, **found.others}
    return PAGE.format(
        made=made(found.versions),
        table=table(found.rows, found.machine),
        compiled=table(found.rows, found.machine, COMPILED),
        networks=networks_table(found.rows),
        others="\n".join(f"* {numbers(title, each)}" for title, each in others.items()),
        targets=targets_table(found.targets()),
    )


def made(versions: Mapping[str, str]) -> str:
    """The sentence on how this run was made."""
    command = "python tests/benchmarks/run.py --write docs/performance.md"
    names = {COMPILED: "numba"}
    listed = ", ".join(
        f"{names.get(n, n)} {number}"
        for n, number in versions.items()
        if n not in {REPLAYED, FUSED}
    )
    text = f"Measured by `{command}` on {os.cpu_count()} cores, with {listed}."
    return textwrap.fill(text, 88, break_long_words=False, break_on_hyphens=False)


PAGE = """# Performance

{made}

Each library runs in its own process, so that idle threads of one library do not disturb
another while it is timed. The libraries take turns, A B C, A B C and so on, so that a
machine that slows down slows all of them. A turn is 60 ms of untimed calls followed by
timed ones. Times are medians over all timed calls. A ratio is tinygraph's time divided
by the other library's time in the same round; the tables show the median over all
rounds. Below 1, tinygraph is faster. tinygraph runs in `with tg.threads(2)`, PyTorch
with `set_num_threads(2)`, and the others with their default number of threads. JAX
compiles a whole step into one program, so its times for single operations say little.

## Kinds of networks

A training step, forward, backward and optimizer, of networks that people train:
multilayer perceptrons, 3x3 convolutions as in VGG, ResNet-20 with the statistics of the
batch, a block of a transformer, a gated recurrent unit over 20 steps, embeddings, a
generator with its critic, a loss with a second derivative, and logistic regression.
All with one example and with a common batch, with SGD and momentum and with Adam.
`compiled` is the same inside `tg.compiled()`, `replayed` with the step given to
`tg.replay`, and `fused` with both, `tg.replay(step, fuse=True)` inside `tg.compiled()`.
The geometric means are among the targets at the end of this page.

{networks}

## Beside other libraries

{table}

The last column is the share of this machine's peak speed, measured on a large product
of float32 matrices or, for work without products, on a large copy. `nets epoch` is the
training part of one epoch of `python -m nets train`, compared with the same loop in
PyTorch.

## With compiled loops

The same work in the same rounds, inside `with tg.compiled(), tg.threads(2)`: Numba
compiles the loops of convolution, pooling, ReLU and SGD.

{compiled}

## On its own

{others}

Imports are timed in new processes, minus the time that Python itself takes to start.

## Targets

{targets}

The best NumPy peer is the fastest of MyGrad, DeZero and SmallPebble, among those that
can do the work. Plain NumPy is the default; the lines marked "compiled" use
`tg.compiled`.
"""


def document(found: Findings) -> dict[str, Any]:
    """Everything, for JSON. Times are in seconds per operation."""
    return {
        "versions": found.versions,
        "cores": os.cpu_count(),
        "machine": found.machine,
        "rows": [row.document() for row in found.rows],
        "others": found.others,
        "targets": [
            {**asdict(target), "holds": target.verdict()} for target in found.targets()
        ],
    }
