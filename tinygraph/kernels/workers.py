"""Threads that share the tiles of a batch: NumPy lets other threads run meanwhile."""

from __future__ import annotations

import contextvars
import itertools
import math
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from queue import SimpleQueue
from typing import Any, TypeVar

import numpy as np

from ..errors import ArgumentError
from ..value import Array

KEPT = 1 << 23  # bytes of a block at most, so that one huge image is not kept
LARGE = (1 << 25) - (1 << 16)  # bytes; glibc learns from blocks below 32 MB
LINE = 64  # bytes of a cache line
LONG = 1 << 21  # multiplications in 25 µs, or what takes as long
PASS = 32  # multiplications in the time that a simple pass needs for an element

Tile = TypeVar("Tile")
Result = TypeVar("Result")

Outcome = tuple[list[Any], BaseException | None]


class Task:
    """Work for another thread, unless the caller is ready before that has begun.

    So where all processors have other things to do, it takes little longer than alone.
    A pool of `concurrent.futures` takes 10 µs longer for each task.
    """

    def __init__(self, work: Callable[[Any], list[Any]], left: list[Any]) -> None:
        self.work, self.left = work, left  # whoever takes out the part does it
        self.context = contextvars.copy_context()
        self.outcomes: SimpleQueue[Outcome] = SimpleQueue()

    def begin(self) -> None:
        """Do the work and put the outcome, unless somebody has begun."""
        try:
            part = self.left.pop()
        except IndexError:
            return
        try:
            self.outcomes.put((self.context.run(self.work, part), None))
        except BaseException as error:
            self.outcomes.put(([], error))

    def results(self) -> list[Any]:
        """What came of it, when it is done; raises what was raised."""
        self.begin()
        results, error = self.outcomes.get()
        if error is not None:
            raise error
        return results


Tasks = SimpleQueue[Task | None]
# How many threads share a batch, and the tasks of the others of them than the caller; 0
# outside of `threads`, where BLAS has threads of its own.
Team = tuple[int, Tasks | None]
team: ContextVar[Team] = ContextVar("tinygraph_team", default=(0, None))
# The processors that the caller might use before `threads` shared them out.
allowed: ContextVar[set[int] | None] = ContextVar("tinygraph_allowed", default=None)

if hasattr(os, "register_at_fork"):  # threads stay with the parent
    os.register_at_fork(after_in_child=lambda: team.set((0, None)))


def shared(
    work: Callable[[Sequence[Tile]], list[Result]],
    tiles: Sequence[Tile],
    call: float = LONG,
) -> list[Result]:
    """What `work` gives for the tiles, in their order, whoever did which of them.

    `call` is the size of a typical NumPy call of a tile, in multiplications. After
    each one a thread waits for the interpreter's lock, which takes up to 50 µs if
    another has it: two threads with calls of 6 µs took 2.5 times as long as one, with
    15 µs as long, with 30 µs 0.6 of the time. So tiles of short calls are not shared.
    """
    if len(tiles) < 2 or call < LONG:
        return work(tiles)
    count, others = team.get()
    if others is None:
        return work(tiles)
    count = min(count, len(tiles))
    ends = [len(tiles) * share // count for share in range(count + 1)]
    own, *rest = (tiles[start:end] for start, end in itertools.pairwise(ends))
    tasks = [Task(work, [part]) for part in rest]
    for task in tasks:
        others.put(task)
    return sum(map(Task.results, tasks), start=work(own))


def for_each(
    tiles: Sequence[Tile], calculate: Callable[[Tile], object], call: float = LONG
) -> None:
    """Calculate for each of the tiles, shared in the same way."""
    if len(tiles) == 1:
        calculate(tiles[0])
        return

    def work(parts: Sequence[Tile]) -> list[None]:
        for part in parts:
            calculate(part)
        return []

    shared(work, tiles, call)


def aligned(size: int) -> Array:
    """Bytes that start with a cache line, which halves the time of short passes."""
    block = np.empty(size + LINE, np.uint8)
    start = -block.ctypes.data % LINE
    return block[start : start + size]


class Memory(threading.local):
    """Scratch memory that each thread keeps: fresh pages take as long as a copy.

    For all other arrays, glibc learns from a large block that is freed to keep as much
    for the next step (mallopt(3), dynamic threshold): a quarter less for a step of the
    slides' network with 256 images. Its pages are never touched.
    """

    def __init__(self) -> None:
        self.blocks: dict[str, Array] = {}
        np.empty(LARGE, np.uint8)

    def array(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """An array of any elements, which the next one of this name overwrites."""
        size = math.prod(shape) * dtype.itemsize
        block = self.blocks.get(name)
        if block is None or block.size < size:
            block = aligned(size)
            if size <= KEPT:
                self.blocks[name] = block
        return np.ndarray(shape, dtype, block)


memory = Memory()


def processors(count: int) -> list[set[int]]:
    """What the caller may use, shared out among `count`; nothing where they are fewer.

    Linux wakes a thread on the processor of the one that wakes it, though that is busy,
    and may take 60 ms to move it: so long, two threads take longer than one.
    """
    if not hasattr(os, "sched_getaffinity"):
        return []
    all_of_them = sorted(allowed.get() or os.sched_getaffinity(0))
    shares = [set(all_of_them[start::count]) for start in range(count)]
    return shares if all(shares) else []


@contextmanager
def staying(share: set[int] | None) -> Iterator[None]:
    """Keep the calling thread on these processors."""
    if share is None:
        yield
        return
    before = os.sched_getaffinity(0)
    token = allowed.set(allowed.get() or before)
    os.sched_setaffinity(0, share)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
        allowed.reset(token)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let convolutions, poolings and products of large matrices use `count` threads.

    Small ones are left to one thread, which is faster. Results are the same, bit for
    bit, for any `count`. Meanwhile BLAS, which multiplies matrices for NumPy, uses one
    thread in the whole process: its own would wait for work on the same processors. On
    Linux the caller and the others keep to processors of their own; threads and
    processes that the caller starts inherit its share.

    Needs threadpoolctl; raises ArgumentError without it, and for a `count` that is no
    integer of at least 1.

    >>> import numpy as np, tinygraph as tg
    >>> with tg.threads(2):
    ...     tg.conv2d(np.ones((64, 1, 8, 8)), np.ones((1, 1, 3, 3))).sum()
    np.float64(20736.0)
    """
    if not isinstance(count, int) or count < 1:
        raise ArgumentError(
            f"threads: `count` is {count!r}: it must be an integer, at least 1"
        )
    try:
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise ArgumentError(
            f"threads: {error}: python -m pip install threadpoolctl"
        ) from None
    with threadpool_limits(1, "blas"), crew(count) as others:
        token = team.set((count, others))
        try:
            yield
        finally:
            team.reset(token)


@contextmanager
def crew(count: int) -> Iterator[Tasks | None]:
    """The tasks of the other threads, while this one keeps out of their way."""
    if count == 1:
        yield None
        return
    shares: list[set[int] | None] = [*processors(count)] or [None] * count
    own, tasks = shares.pop(), Tasks()
    others = [
        threading.Thread(
            target=serve, args=(tasks, share), name=f"tinygraph_{place}", daemon=True
        )
        for place, share in enumerate(shares)
    ]
    with staying(own):
        for other in others:
            other.start()
        try:
            yield tasks
        finally:
            for _ in others:
                tasks.put(None)
            for other in others:
                other.join()


def serve(tasks: Tasks, share: set[int] | None) -> None:
    """Do tasks, on these processors, until there is None; keep nothing of them."""
    if share is not None:
        os.sched_setaffinity(0, share)
    while (task := tasks.get()) is not None:
        task.begin()
        del task
