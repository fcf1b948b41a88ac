"""One library, alone in this process: prepares jobs and times turns on request.

`python tests/benchmarks/worker.py torch` writes a line of JSON to say who is there, and
then answers each line on its standard input by one on its standard output:

    at first                                {"version": "2.8.0"}, or {"missing": why}
    {"do": "prepare", "job": "matmul"}      {}, or {"unable": why}, or {"failed": why}
    {"do": "turn", "seconds": 0.03}         {"seconds": [0.0121, 0.0119, 0.0120]}
    {"do": "alone", "what": "scaling"}      the numbers, by name

It ends when its standard input does.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from typing import Any, TextIO

from alone import ALONE
from peers import PEERS, Peer
from rows import Work, jobs

# Seconds that a turn runs before it is timed, or one call if that is more: a processor
# that was idle is slow to wake for that long, and training takes longer.
WARM = 0.06
MOST = 1000  # calls in a turn


def timed(work: Work, seconds: float) -> list[float]:
    """The time of each call, for the given seconds and at least one call."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        work()
        now = time.perf_counter()
        times.append(now - start)
        if now >= end or len(times) == MOST:
            return times


class Bench:
    """A library and the prepared job."""

    def __init__(self, peer: Peer, photos: Path | None) -> None:
        self.peer = peer
        self.jobs = {job.name: job for job in jobs(photos)}
        self.work: Work | None = None

    def prepare(self, job: str) -> dict[str, Any]:
        """Prepare a job and do it once, so that all is compiled and allocated."""
        self.work = None  # release the memory of the last job first
        gc.collect()
        work = self.jobs[job].make(self.peer)
        work()
        self.work = work
        return {}

    def turn(self, seconds: float) -> dict[str, Any]:
        """Repeat the job, and return the time of each call."""
        if self.work is None:
            raise RuntimeError("no job is prepared")
        timed(self.work, WARM)
        return {"seconds": timed(self.work, seconds)}

    def alone(self, what: str) -> dict[str, float]:
        """A measurement that needs a fresh process."""
        return ALONE[what](self.peer)

    def answer(self, do: str, **words: Any) -> dict[str, Any]:
        """The answer to a request, or its error."""
        known: dict[str, Callable[..., dict[str, Any]]] = {
            "prepare": self.prepare,
            "turn": self.turn,
            "alone": self.alone,
        }
        try:
            return known[do](**words)
        except (AttributeError, NotImplementedError) as error:
            return {"unable": str(error)}
        except (Exception, SystemExit) as error:
            return {"failed": f"{type(error).__name__}: {error}"}


def own_output() -> TextIO:
    """Reserve standard output for answers; libraries print elsewhere."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def version(name: str) -> str:
    """The version of an installed library."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "of a checkout"


def serve(peer: Peer, photos: Path | None, say: Callable[[Any], None]) -> None:
    """Answer line by line."""
    say({"version": version(getattr(peer, "library", peer.name))})
    bench = Bench(peer, photos)
    for line in sys.stdin:
        say(bench.answer(**json.loads(line)))


def main() -> None:
    """Report the library, then answer all requests."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--photos", type=Path, metavar="FOLDER")
    arguments, answers = parser.parse_args(), own_output()
    say = lambda answer: print(json.dumps(answer), file=answers, flush=True)  # noqa: E731
    with ExitStack() as stack:
        try:
            peer = PEERS[arguments.peer]()
            stack.enter_context(peer.session())
        except Exception as error:
            say({"missing": str(error)})
        else:
            serve(peer, arguments.photos, say)


if __name__ == "__main__":
    main()
