"""Stopping a training run between two batches, when a signal asks for it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(Exception):
    """A signal asked the training to stop, and it stands between two batches."""


@contextmanager
def stop_requests() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C, SIGTERM and SIGHUP into an answer to the question whether to stop.

    A signal may come in the middle of a step; the batch is finished first, so that a
    resumed run equals one that was never stopped.  Ctrl-C after any of them is a
    KeyboardInterrupt at once.
    """
    received: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        if received and number == signal.SIGINT:
            raise KeyboardInterrupt
        received.append(number)

    before = {number: signal.signal(number, remember) for number in stopping()}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stopping() -> list[int]:
    """The signals that ask a program to stop; not SIGHUP under `nohup`.

    SIGHUP comes when a terminal is closed; Windows has none.
    """
    numbers: list[int] = [signal.SIGINT, signal.SIGTERM]
    hangup: int | None = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) != signal.SIG_IGN:
        numbers.append(hangup)
    return numbers
