"""The command search: train a network with every combination of some settings."""

from __future__ import annotations

import csv
import io
import itertools
from argparse import ArgumentError, Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tqdm import tqdm

import tinygraph as tg
from tinygraph.command_line import Parser, tell
from tinygraph.files import escaped, write_atomically

from . import data
from .commands import given_settings, load_data, requested_loops
from .options import add_settings
from .run import EpochRecord, start
from .settings import DATA_OPTIONS, Settings, SettingsError, completed, guessed_network
from .telling import measured
from .training import TrainingError, fit

MOST_TRIALS = 10_000
OF_DATA = ("data", "classes", "skip_bad", *DATA_OPTIONS)


@dataclass(frozen=True)
class Trial:
    """One combination: what was varied, as it was written, and all settings."""

    varied: dict[str, str]
    settings: Settings


@dataclass(frozen=True)
class Outcome:
    """What a trial has reached after its last epoch, or why it could not go on."""

    record: EpochRecord | None
    told: str


def search(arguments: Namespace) -> int:
    """Train with each combination, and write and print the table, best first."""
    path: Path = arguments.out
    if path.exists():
        raise SettingsError(f"{path} exists: choose another file with --out.")
    trials = combinations(given_settings(arguments), arguments.vary or [])
    datasets = load_data(trials[0].settings)
    found: dict[int, Outcome] = {}
    with tqdm(total=len(trials), unit="trial", leave=False, disable=None) as bar:
        for place, outcome in outcomes(trials, datasets, arguments):
            found[place] = outcome
            write_atomically(path, table(trials, found).encode())
            bar.update()
    tell(*lines(trials, found), f"the table is in {escaped(path)}")
    return 0


def combinations(given: dict[str, Any], vary: Sequence[Sequence[str]]) -> list[Trial]:
    """Each combination of the values of `vary`, ["lr", "0.01", "0.1"] and the like.

    >>> [trial.varied for trial in combinations({}, [["lr", "0.01", "0.1"]])]
    [{'lr': '0.01'}, {'lr': '0.1'}]
    """
    values = {name.lstrip("-").replace("-", "_"): texts for name, *texts in vary}
    for name, texts in values.items():
        if name in given or name in OF_DATA or not texts:
            raise SettingsError(
                f"--vary {name} {' '.join(texts)}: give a setting of the training or "
                f"of the network, which is not given in another way, and its values."
            )
    trials = []
    for chosen in itertools.product(*values.values()):
        varied = dict(zip(values, chosen, strict=True))
        settings = {**given, **parsed(varied)}
        trials.append(Trial(varied, completed(settings, guessed_network(settings))))
    if len(trials) > MOST_TRIALS:
        raise SettingsError(f"{len(trials)} combinations: vary less.")
    return trials


def parsed(varied: Mapping[str, str]) -> dict[str, Any]:
    """Settings from what stands on a command line.

    >>> parsed({"lr": "0.1", "hidden": "120,84"})
    {'lr': 0.1, 'hidden': (120, 84)}
    """
    parser = Parser(prog="--vary", add_help=False, exit_on_error=False)
    add_settings(parser)
    words = []
    for name, text in varied.items():
        flag = f"--{name.replace('_', '-')}"
        words += {"true": [flag], "false": []}.get(text, [f"{flag}={text}"])
    try:
        found, rest = parser.parse_known_args(words)
    except ArgumentError as error:
        raise SettingsError(f"--vary: {error}") from None
    if rest:
        raise SettingsError(f"--vary {rest[0].lstrip('-')}: there is no such setting.")
    return given_settings(found)


def outcomes(
    trials: Sequence[Trial], datasets: data.Parts, arguments: Namespace
) -> Iterator[tuple[int, Outcome]]:
    """The place of each trial and its outcome, as they come."""
    if arguments.workers is None and arguments.cluster is None:
        for place, trial in enumerate(trials):
            yield place, run_trial(trial.settings, datasets)
        return
    from .cluster import connected, results

    with connected(arguments.workers, arguments.cluster) as client:
        settings = [trial.settings for trial in trials]
        yield from results(client, run_trial, settings, datasets)


def run_trial(settings: Settings, datasets: data.Parts) -> Outcome:
    """Train to the last epoch."""
    train, test = datasets
    run = start(settings, train)
    try:
        with requested_loops(settings), tg.threads(1):
            *_, record = fit(run, train, test)
    except TrainingError as error:
        return Outcome(None, str(error).partition(":")[0])
    return Outcome(record, measured(run, record.test_loss, record.test_accuracy))


def ranked(found: Mapping[int, Outcome]) -> list[int]:
    """The places of trials, those with the smallest test loss first."""
    lost = [
        (o.record.test_loss if o.record else float("inf"), p) for p, o in found.items()
    ]
    return [place for _, place in sorted(lost)]


def table(trials: Sequence[Trial], found: Mapping[int, Outcome]) -> str:
    """The table as CSV: what was varied, and the record of the last epoch."""
    names = [field.name for field in fields(EpochRecord)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*trials[0].varied, *names])
    for place in ranked(found):
        record = found[place].record
        numbers = [getattr(record, name) if record else "" for name in names]
        writer.writerow([*trials[place].varied.values(), *numbers])
    return text.getvalue()


def lines(trials: Sequence[Trial], found: Mapping[int, Outcome]) -> list[str]:
    """The table as it is printed, best first."""
    rows = [[*trials[0].varied, "test"]]
    rows += [[*trials[p].varied.values(), found[p].told] for p in ranked(found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = [map(str.ljust, row, widths) for row in rows]
    return ["  ".join(row).rstrip() for row in padded]
