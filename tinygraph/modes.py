"""Modes: how operations are recorded here and now, in one thread or task."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from .errors import DTypeError, NotDifferentiableError
from .legible import scope_path


class Mode(NamedTuple):
    """Whether operations are recorded, and in which scope.

    While a derivative is taken, no number may leave the record unnoticed. A recorder
    notes all that is computed, to replay it: `tinygraph.replaying` has the only one.
    With `lines`, the user's line is recorded with each operation.
    """

    recording: bool = True
    scope: str = ""
    differentiating: bool = False
    recorder: Any = None
    lines: bool = False


RECORDING = Mode()
current_mode: ContextVar[Mode] = ContextVar("tinygraph_mode", default=RECORDING)


def note_reading(reason: str) -> None:
    """Values are read that a replay could not follow: tell a recorder, if there is one.

    The reason completes "line 3 ...".
    """
    if (recorder := current_mode.get().recorder) is not None:
        recorder.refuse(reason)


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording, in this thread or task only.

    >>> import tinygraph as tg
    >>> x = tg.Tensor(3.0, requires_grad=True)
    >>> with tg.no_grad():
    ...     (x * x).requires_grad
    False
    """
    token = current_mode.set(current_mode.get()._replace(recording=False))
    try:
        yield
    finally:
        current_mode.reset(token)


@contextmanager
def differentiating() -> Iterator[None]:
    """A derivative is taken of what runs inside: `float(x)` is refused there."""
    token = current_mode.set(current_mode.get()._replace(differentiating=True))
    try:
        yield
    except ValueError as error:  # NumPy's, where a tensor was to become an element
        if isinstance(error.__cause__, NotDifferentiableError):
            raise error.__cause__ from None
        raise
    finally:
        current_mode.reset(token)


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Put the operations recorded inside under `name`; pictures draw it as a box.

    Scopes nest: `scope("block")` around `scope("conv1")` records "block/conv1". What
    cannot be shown in a name becomes �, and a blank name adds no scope.

    Raises DTypeError for a name that is not a string.

    >>> import tinygraph as tg
    >>> x = tg.Tensor(3.0, requires_grad=True)
    >>> with tg.scope("block"), tg.scope("square"):
    ...     y = x * x
    >>> y.graph.nodes[y.node]["scope"]
    'block/square'
    """
    try:
        mode, path = current_mode.get(), scope_path(name)
    except (TypeError, AttributeError):
        raise DTypeError(f"scope: the name is {name!r}: give a string") from None
    if mode.scope:
        path = f"{mode.scope}/{path}" if path else mode.scope
    token = current_mode.set(mode._replace(scope=path))
    try:
        yield
    finally:
        current_mode.reset(token)


@contextmanager
def source_lines() -> Iterator[None]:
    """Record the file and the line of your code with each operation inside.

    The line is that of the innermost function outside this package. Leaves get that of
    their first use. The page of a trace shows the line itself, pictures show it as a
    tooltip, and `graph.nodes[node]["source_line"]` has it. It takes time: without
    `source_lines`, nothing is looked up.

    >>> import tinygraph as tg
    >>> x = tg.Tensor(3.0, requires_grad=True)
    >>> with tg.source_lines():
    ...     y = x * x
    >>> line = y.graph.nodes[y.node]["source_line"]
    >>> line.number, line.text
    (2, 'y = x * x')
    """
    token = current_mode.set(current_mode.get()._replace(lines=True))
    try:
        yield
    finally:
        current_mode.reset(token)
