"""The workers, from the side of the process that controls them.

None of them can stop it: one that ends, or is silent for too long, is left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import Any

OURS, COMPILED, REPLAYED, FUSED = "tinygraph", "compiled", "replayed", "fused"
WAYS = (OURS, COMPILED, REPLAYED, FUSED)  # in which tinygraph is used
SILENCE = 300.0  # seconds that a worker may take to answer; compilers are slow


class WorkerError(Exception):
    """A worker does not answer, or not as expected."""


class Worker:
    """A library in its own process. Raises `WorkerError` where it cannot be."""

    def __init__(self, name: str, *words: str, silence: float = SILENCE) -> None:
        self.name, self.silence = name, silence
        self.complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115, close() does it
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py")), name, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            text=True,
        )
        self.answers: Queue[str | None] = Queue()
        self.listener = Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self) -> None:
        """Pass on each line that the worker writes, and None after the last."""
        for line in self.process.stdout or ():
            self.answers.put(line)
        self.answers.put(None)

    def version(self) -> str:
        """The version of its library: the line that it writes unasked."""
        answer = self.hear()
        if "missing" in answer:
            raise WorkerError(f"{self.name} cannot be used: {answer['missing']}")
        return str(answer["version"])

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and return the answer."""
        with suppress(OSError):  # it has ended; `hear` reports how
            print(json.dumps(request), file=self.process.stdin, flush=True)
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """Wait for the next line of the worker."""
        try:
            line = self.answers.get(timeout=self.silence)
        except Empty:
            raise WorkerError(
                f"{self.name} gave no answer for {self.silence:g} s"
            ) from None
        if line is None:
            raise WorkerError(f"{self.name} ended: {self.last_words()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def last_words(self) -> str:
        """The exit code of a worker that has ended, and its last error."""
        code = self.process.wait()
        self.complaints.seek(0)
        lines = self.complaints.read().split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"exit code {code}" + (f", {last}" if last else "")

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.listener.join()
        with suppress(OSError), self.process, self.complaints:
            pass  # a request that was never read is an OSError

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Team:
    """The workers that answer, tinygraph's first; others may drop out."""

    def __init__(self, names: Iterable[str], *words: str) -> None:
        self.workers = {name: Worker(name, *words) for name in names}
        self.versions: dict[str, str] = {}

    def __enter__(self) -> Team:
        try:
            for name in list(self.workers):
                self.welcome(name)
        except BaseException:
            self.__exit__()
            raise
        return self

    def welcome(self, name: str) -> None:
        """Wait for the workers to report."""
        try:
            self.versions[name] = self.workers[name].version()
        except WorkerError as error:
            self.drop(name, error)

    def __exit__(self, *exception: object) -> None:
        for worker in self.workers.values():
            worker.close()

    def ask(self, name: str, **request: Any) -> dict[str, Any] | None:
        """The answer of a worker; None where it cannot do what it is asked.

        Raises `WorkerError` where it is tinygraph's.
        """
        try:
            answer = self.workers[name].ask(**request)
        except WorkerError as error:
            self.drop(name, error)
            return None
        if "failed" in answer:
            self.complain(name, WorkerError(f"{name} fails: {answer['failed']}"))
        if "unable" in answer and name == OURS:
            raise WorkerError(f"{name} cannot do it: {answer['unable']}")
        return None if answer.keys() & {"failed", "unable"} else answer

    def drop(self, name: str, error: WorkerError) -> None:
        """Continue without a worker."""
        self.workers.pop(name).close()
        self.complain(name, error)

    def complain(self, name: str, error: WorkerError) -> None:
        """Say what is left out, and why."""
        if name == OURS:
            raise error
        print(f"left out: {error}", file=sys.stderr, flush=True)
