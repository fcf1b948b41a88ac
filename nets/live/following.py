"""What a page knows of a run: what training tells it, and what the page asks for."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..run import EpochRecord, Run
from ..training import Record
from .server import Server

SHOWN = 32  # filters at most
WAIT = 10.0  # seconds that the page waits for news, before it asks again
LAST = 1.0  # seconds that a page has to ask for the end of the run


class Following:
    """The state of a run, for a page: written by the training, read by threads."""

    def __init__(self, run: Run, pictures: int) -> None:
        self.address = ""
        self._news = threading.Condition()
        self._version, self._finished = 1, False
        self._asked, self._told = False, threading.Event()
        self._run, self._each = run, -(-pictures // run.settings.batch_size)
        # The batches of this epoch: number, loss and accuracy up to it.
        self._batches: list[tuple[int, float, float]] = []
        self._history: list[EpochRecord] = [*run.progress.history]
        self._filters = [filters_of(run)]  # at the start, and now

    def batch(self, record: Record) -> None:
        """A batch has ended, with the record of the epoch so far."""
        with self._news:
            number = self._run.progress.batch
            self._batches.append((number, record.loss, record.accuracy))
            self._changed()

    def epoch(self, record: EpochRecord) -> None:
        """An epoch has ended."""
        filters = filters_of(self._run)
        with self._news:
            self._history.append(record)
            self._batches = []
            self._filters = [self._filters[0], filters]
            self._changed()

    def end(self) -> None:
        """The training has ended, or was stopped: whoever waits is told."""
        with self._news:
            self._finished = True
            self._changed()
        if self._asked:  # a page that is drawing asks once more
            self._told.wait(LAST)

    def _changed(self) -> None:
        self._version += 1
        self._news.notify_all()

    def state(self, seen: int) -> bytes:
        """All that the page shows, as JSON, once it is newer than what was seen."""
        with self._news:
            self._asked = True
            self._news.wait_for(lambda: self._version > seen or self._finished, WAIT)
            settings = self._run.settings
            found: dict[str, Any] = {
                "version": self._version,
                "finished": self._finished,
                "epochs": settings.epochs,
                "batches_per_epoch": self._each,
                "network": settings.network,
                "hits": self._run.goal in ("classes", "text"),  # or no accuracy
                "history": [asdict(record) for record in self._history],
                "batches": [*self._batches],
                "filters": self._filters,
            }
            if self._finished:
                self._told.set()
        return json.dumps(found, allow_nan=False).encode()


def filters_of(run: Run) -> dict[str, Any] | None:
    """The filters of the first convolution as pixels; None where there is none."""
    found = [w for w in run.network.parameters().values() if w.ndim == 4]
    if not found:
        return None
    pixels = as_pixels(np.asarray(found[0].data[:SHOWN]))
    text = base64.b64encode(pixels.tobytes()).decode()
    return {"count": len(pixels), "size": pixels.shape[1:3], "pixels": text}


def as_pixels(w: NDArray[Any]) -> NDArray[np.uint8]:
    """Filters (F, C, H, W) as pixels (F, H, W, 4): colours, or grey for other channels.

    0 is the middle grey, and all filters have one scale.

    >>> as_pixels(np.array([[[[0.0, 1.0, -1.0]]]]))[0, 0, :, 0]
    array([127, 255,   0], dtype=uint8)
    """
    colours = w if w.shape[1] == 3 else np.repeat(w.mean(axis=1, keepdims=True), 3, 1)
    colours = np.nan_to_num(colours.astype(np.float64), posinf=0.0, neginf=0.0)
    scaled = colours / max(np.abs(colours).max(initial=0.0), 1e-12)
    opaque = np.ones_like(scaled[:, :1])
    rgba = np.concatenate([scaled, opaque], axis=1).transpose(0, 2, 3, 1)
    return ((rgba + 1.0) * 127.5).astype(np.uint8)


@contextmanager
def following(run: Run, pictures: int) -> Iterator[Following]:
    """Serve the page of a run with so many pictures, as long as this context lasts."""
    seen = Following(run, pictures)
    with Server(seen.state) as server:
        seen.address = server.address
        try:
            yield seen
        finally:
            seen.end()  # before the server ends: pages that wait hear of it
