"""Replay: a function that is recorded at first, and then run from a plan."""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Generic, ParamSpec, TypeVar, overload

from ..errors import DTypeError
from ..graph import Graph
from ..modes import current_mode
from .arguments import kind_of, twice
from .clones import MISSING
from .nodes import modes
from .notes import Refusal
from .plan import Plan
from .session import Session
from .side_effects import PROFILED

P = ParamSpec("P")
R = TypeVar("R")
KEPT = 16  # plans, for other shapes, numbers or variables
LAYOUT = attrgetter("_requires_grad", "_data.strides")


class Recorded:
    """A plan, and when it holds: what else than the arguments must be as it was."""

    def __init__(self, session: Session, plan: Plan, free: Sequence[Any]) -> None:
        recorder = session.recorder
        self.plan = plan
        self.dice = [*recorder.dice.values()]
        self._objects = session.objects  # kept, so that no other has their identity
        self._surroundings = session.surroundings
        self._leaves = [before.leaf for before in recorder.before.values()]
        self._layouts = [*map(LAYOUT, self._leaves)]
        self._without_grad = [*recorder.without_grad.values()]
        self._with_grad = [*recorder.with_grad.values()]
        variables = [(read, read()) for read in session.variables]
        self._variables = [(read, kind_of(a, [])) for read, a in variables]
        seen = {*map(id, session.surroundings.tensors)}
        self._same = [(p, v) for p, v in enumerate(free) if id(v) in seen]

    def holds(self, free: Sequence[Any]) -> bool:
        """Whether all that the function sees is as it was."""
        for leaf in self._without_grad:
            if leaf._grad is not None:
                return False
        for leaf in self._with_grad:
            if leaf._grad is None:
                return False
        for place, value in self._same:
            if free[place] is not value:
                return False
        for read, kind in self._variables:
            if kind_of(read(), []) != kind:
                return False
        if [*map(LAYOUT, self._leaves)] != self._layouts:
            return False
        return self._surroundings.hold()

    def changed(self) -> str | None:
        """What variable is another now."""
        return self._surroundings.changed()


class Replay(Generic[P, R]):
    """A function that is recorded once for each kind of call; see `replay`."""

    def __init__(self, function: Callable[P, R], fuse: bool = False) -> None:
        if not callable(function):
            raise DTypeError(f"replay: {function!r} is not a function: give a function")
        functools.update_wrapper(self, function)
        self._function, self._fuse = function, fuse
        self._recorded: OrderedDict[Any, list[Recorded] | None] = OrderedDict()
        self._warned = False
        self._graph: Graph | None = None

    @property
    def graph(self) -> Graph | None:
        """What was recorded last: forward, backward and update. None before a call."""
        return self._graph

    @property
    def plans(self) -> list[Plan]:
        """The plans that are kept, of all kinds of calls."""
        kinds = self._recorded.values()
        return [recorded.plan for kind in kinds for recorded in kind or ()]

    def __repr__(self) -> str:
        return f"<replay of {self._function!r}>"

    def __call__(self, *arguments: P.args, **keywords: P.kwargs) -> R:
        """Call the function, by a replay where that gives the same."""
        mode, free = current_mode.get(), list[Any]()
        if mode.recorder is not None or mode.differentiating:
            return self._function(*arguments, **keywords)
        kinds = kind_of(arguments, free), kind_of(keywords, free)
        key = kinds, twice(free), mode.recording, mode.scope, modes()
        recorded = self._recorded.get(key, ())
        if recorded is None:  # it cannot be replayed
            return self._function(*arguments, **keywords)
        for candidate in recorded:
            if candidate.holds(free):
                return self._replayed(candidate, free, arguments, keywords)
        return self._record(key, free, arguments, keywords)

    def _replayed(
        self, recorded: Recorded, free: list[Any], arguments: Any, keywords: Any
    ) -> Any:
        """Replay. Where that fails, the function itself says what is wrong."""
        states = [dice.generator.bit_generator.state for dice in recorded.dice]
        try:
            return recorded.plan.run(free)
        except Exception:  # nothing has changed but the generators
            for dice, state in zip(recorded.dice, states, strict=True):
                dice.generator.bit_generator.state = state
        function: Any = self._function
        return function(*arguments, **keywords)

    def _record(self, key: Any, free: list[Any], arguments: Any, keywords: Any) -> Any:
        """Call the function, and make a plan of what it computes."""
        session = Session(self._function, [arguments, keywords])
        if session.elsewhere():
            self._recorded[key] = None
            return self._run_elsewhere(arguments, keywords)
        try:
            returned = session.call(arguments, keywords)
        except TypeError:  # perhaps of a library that takes no watched arrays
            if not session.restored():
                raise
            self._recorded[key] = None
            function: Any = self._function
            return function(*arguments, **keywords)
        plan = session.plan(self._fuse)
        self._graph = session.recorder.graph
        refusal = session.recorder.refusal
        if refusal is not None and refusal.reason == PROFILED:
            return returned
        if plan is None:
            self._recorded[key] = None
            self._warn(refusal)
        else:
            others = self._recorded.get(key) or []
            self._warn_of_changes(others)
            self._recorded[key] = [Recorded(session, plan, free), *others][:KEPT]
        self._recorded.move_to_end(key)
        while len(self._recorded) > KEPT:
            self._recorded.popitem(last=False)
        return returned

    def _run_elsewhere(self, arguments: Any, keywords: Any) -> Any:
        """Call the function as it is: a plan has kernels for NumPy's arrays alone."""
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"replay: {self._name} is not replayed, because it calculates with "
                f"arrays of another library: a replay is for NumPy's",
                stacklevel=4,
            )
        function: Any = self._function
        return function(*arguments, **keywords)

    def _warn_of_changes(self, others: list[Recorded]) -> None:
        """Say once what makes a function be recorded again and again."""
        if len(others) < KEPT or self._warned:
            return
        self._warned = True
        what = others[0].changed() or "a gradient or a layout"
        warnings.warn(
            f"replay: {self._name} was recorded {KEPT + 1} times, because {what} "
            f"changes: make it an argument that is an array or a tensor",
            stacklevel=4,
        )

    @property
    def _name(self) -> str:
        return getattr(self._function, "__name__", "the function")

    def _warn(self, refusal: Refusal | None) -> None:
        """Say once why nothing is replayed."""
        if self._warned or refusal is None:
            return
        self._warned = True
        reason, file, line = refusal
        where = f"line {line} of {file}"
        text = f"replay: {self._name} is not replayed, because {where} {reason}"
        warnings.warn_explicit(text, UserWarning, file, line)


@overload
def replay(function: Callable[P, R], *, fuse: bool = ...) -> Replay[P, R]: ...
@overload
def replay(*, fuse: bool = ...) -> Callable[[Callable[P, R]], Replay[P, R]]: ...
def replay(function: Any = MISSING, *, fuse: bool = False) -> Any:
    """A function that is recorded when it is first called, and then replayed.

    The first call with given shapes runs the function and records what it computes: the
    forward pass and, if they are in it, backward passes and the steps of optimizers.
    Later calls run the same kernels, one after the other and nothing in between, and
    give the same bits. `graph` is what was recorded, a networkx graph.

    A call is recorded again whenever something is different that the function sees:
    shapes, numbers, variables, `tinygraph.threads`. Arrays, parameters and random
    generators may have new contents. What cannot be replayed, such as a decision by a
    value, makes the function run as without `replay`; a warning names the line.

    With `fuse`, inside of `tinygraph.compiled`, each chain of elementwise operations on
    large arrays becomes one loop, which is compiled when the step is recorded, and kept
    for the next process. Their last bits may then be rounded differently.
    `@tg.replay(fuse=True)` is the decorator.

    Raises DTypeError for what is not a function.

    >>> import numpy as np, tinygraph as tg
    >>> w = tg.Tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = tg.optimize.SGD([w], lr=0.1)
    >>> @tg.replay
    ... def step(x):
    ...     optimizer.zero_grad()
    ...     loss = ((w * x) ** 2).sum()
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> [round(float(step(np.array([1.0, 0.5]))), 4) for _ in range(3)]
    [2.0, 1.5425, 1.2241]
    """
    if function is MISSING:
        return functools.partial(Replay, fuse=fuse)
    return Replay(function, fuse)
