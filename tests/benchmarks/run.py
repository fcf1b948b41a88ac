"""How fast is tinygraph, compared with PyTorch and other installed libraries?

Each library runs in a process of its own. For each row all do the same work in turns, A
B C, A B C and so on; a ratio is the median, over these rounds, of our time to theirs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import NoReturn

from extras import TITLES, ceilings, extras
from page import Findings, document, line, numbers, page, report
from peers import PEERS
from results import Row, Turns
from rows import Job, jobs
from team import OURS, Team, WorkerError

PAUSE = 0.04  # seconds between turns: idle threads of OpenBLAS spin for most of that
TURN = 0.03  # seconds of timed calls in a turn, at least one call
SECONDS = 10.0  # for a row, unless the fewest rounds take longer
FEWEST, MOST = 7, 25  # rounds
EPILOG = """Everything takes about ten minutes. The machine should not do anything else:
threads that wait for each other also wait for other programs."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        """Print the error and leave."""
        self.exit(2, f"{self.prog}: {message}; see --help.\n")


def expression(text: str) -> re.Pattern[str]:
    """A regular expression of the command line."""
    try:
        return re.compile(text)
    except re.error as error:
        message = f"{text!r} is not a regular expression: {error}"
        raise argparse.ArgumentTypeError(message) from None


def positive(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def libraries(text: str) -> list[str]:
    """Names separated by commas; tinygraph is always included, and first."""
    names = text.split(",")
    for name in names:
        if name not in PEERS:
            known = ", ".join(PEERS)
            raise argparse.ArgumentTypeError(f"{name!r} is not one of {known}")
    return [name for name in PEERS if name == OURS or name in names]


def folder(text: str) -> Path:
    """An existing folder."""
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder")
    return Path(text)


def new_file(text: str) -> Path:
    """A file in an existing folder."""
    folder(str(Path(text).parent))
    return Path(text)


def parser() -> Parser:
    """The options."""
    parser = Parser(description=__doc__, epilog=EPILOG)
    add = parser.add_argument
    add(
        "pattern",
        nargs="?",
        type=expression,
        default="",
        help="measure only what has a name that matches this regular expression",
    )
    add(
        "--photos",
        type=folder,
        metavar="FOLDER",
        help="a folder of images for each class: also time an epoch on these",
    )
    add(
        "--libraries",
        type=libraries,
        default=list(PEERS),
        metavar="A,B",
        help=f"only these libraries, of {', '.join(PEERS)}",
    )
    add("--rounds", type=positive, metavar="N", help="this many in each row")
    add("--json", type=new_file, metavar="FILE", help="write all numbers")
    add("--write", type=new_file, metavar="FILE.md", help="write a page")
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print and write the results."""
    options = parser()
    arguments = options.parse_args(words)
    matches = re.compile(arguments.pattern).search
    chosen = [job for job in jobs(arguments.photos) if matches(job.name)]
    titles = [title for title, text in TITLES.items() if matches(text)]
    if not chosen and not titles:
        options.error(f"no work has a name that matches {arguments.pattern.pattern!r}")
    try:
        found = measure(chosen, titles, arguments)
    except WorkerError as error:
        print(f"{options.prog}: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{options.prog}: stopped.", file=sys.stderr)
        return 130
    print(report(found.targets()), end="")
    if arguments.json:
        arguments.json.write_text(json.dumps(document(found), indent=1) + "\n")
    if arguments.write:
        arguments.write.write_text(page(found), encoding="utf-8")
    return 0


def measure(
    chosen: list[Job], titles: list[str], arguments: argparse.Namespace
) -> Findings:
    """Measure everything, and print each result at once.

    Raises `WorkerError` without tinygraph.
    """
    if os.getloadavg()[0] > 0.5:
        print("other programs are running, which affects the results", file=sys.stderr)
    words = ["--photos", str(arguments.photos)] if arguments.photos else []
    machine = ceilings()
    print(numbers("this machine", machine), flush=True)
    with Team(arguments.libraries, *words) as team:
        found = Findings(own_versions() | team.versions, machine)
        for job in chosen:
            found.rows.append(in_turns(job, team, arguments.rounds))
            print(line(found.rows[-1], machine), flush=True)
    ways = extras(team.versions)
    for title in titles:
        try:
            found.others[title] = ways[title]()
        except WorkerError as error:
            print(f"left out: {error}", file=sys.stderr, flush=True)
        else:
            print(numbers(title, found.others[title]), flush=True)
    for (
        name,
        speed,
    ) in ceilings().items():  # at the end: the machine may have been busy at the start
        found.machine[name] = max(speed, found.machine[name])
    return found


def own_versions() -> dict[str, str]:
    """The versions of Python and of tinygraph's dependencies."""
    names = ("numpy", "networkx")
    return {"Python": platform.python_version()} | {
        name: metadata.version(name) for name in names
    }


def in_turns(job: Job, team: Team, rounds: int | None) -> Row:
    """Measure one row: every library that can do the job, in turns."""
    ready = [
        name
        for name in list(team.workers)
        if team.ask(name, do="prepare", job=job.name) is not None
    ]
    turns: dict[str, Turns] = {name: [] for name in ready}
    fewest, most = (rounds, rounds) if rounds else (FEWEST, MOST)
    end, done = time.monotonic() + SECONDS, 0
    while done < fewest or (done < most and time.monotonic() < end):
        for name in list(turns):
            time.sleep(PAUSE)
            answer = team.ask(name, do="turn", seconds=TURN)
            if answer is None:
                del turns[name]
            else:
                turns[name].append(answer["seconds"])
        done += 1
    return Row(job, turns)


if __name__ == "__main__":
    sys.exit(main())
