"""The first step at which two traces differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

import numpy as np

from ..value import fetched
from .moment import CHAPTERS, article, sentence
from .record import Record
from .steps import AnyStep, BackwardStep, ForwardStep, UpdateStep

Kind = Literal["structure", "operation", "order", "value", "gradient", "update"]
MOST_DIGITS = 17  # of a number, which tell any two apart


@dataclass(frozen=True, eq=False, repr=False)
class Difference:
    """The first step at which a trace differs from another, and how."""

    kind: Kind
    chapter: str  # "forward", "backward" or "update"
    number: int  # of the step in its chapter: from 1, with 0 for the seed
    place: int  # of the step in `timeline`, from 0, in both traces
    step: AnyStep | None  # None where this trace has ended
    other: AnyStep | None  # None where the other one has ended
    how: str

    @property
    def sentence(self) -> str:
        """The difference in words."""
        return f"{self.chapter.capitalize()} step {self.number} differs: {self.how}."

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"<difference: {self.sentence}>"


class Tolerance(NamedTuple):
    """How far apart two numbers may be: at most atol + rtol·|the other one|."""

    rtol: float
    atol: float

    def same(self, one: Any, other: Any) -> bool:
        """Whether two arrays have equal shapes, and numbers within the tolerance."""
        one, other = as_array(one), as_array(other)
        return one.shape == other.shape and bool(
            np.allclose(one, other, self.rtol, self.atol, equal_nan=True)
        )


class Pair(NamedTuple):
    """Two traces, and the pair of steps that is at one place of both."""

    ours: Record
    theirs: Record
    step: Any
    other: Any
    tolerance: Tolerance

    def found(self) -> tuple[Kind, str] | None:
        """How the two steps differ; None if they do not."""
        if self.step is None or self.other is None:
            return "structure", self.ended()
        if isinstance(self.step, ForwardStep):
            return self.forward()
        if isinstance(self.step, BackwardStep):
            return self.backward()
        return self.update()

    def ended(self) -> str:
        """One of the traces has no such step."""
        if self.other is None:
            return f"here {told(self.ours, self.step)}, and the other trace has ended"
        return f"this trace has ended, and there {told(self.theirs, self.other)}"

    def both(self) -> str:
        """What happens here and there."""
        here, there = told(self.ours, self.step), told(self.theirs, self.other)
        return f"here {here}, and there {there}"

    def forward(self) -> tuple[Kind, str] | None:
        """Two values are computed or given."""
        sides = [(self.ours, self.step), (self.theirs, self.other)]
        at, elsewhere = (record.graph.at(step.node) for record, step in sides)
        if self.step.operation != self.other.operation:
            return "operation", self.both()
        if len({tuple(inputs_of(*side)) for side in sides}) > 1:
            return "structure", self.both()
        if self.tolerance.same(self.step.value, self.other.value):
            return None
        name = self.name(self.step.name, self.other.name)
        changed = changed_parameters(at.params, elsewhere.params)
        apart = numbers_apart(self.step.value, self.other.value)
        return "value", f"{name}{changed} is {apart}"

    def backward(self) -> tuple[Kind, str] | None:
        """Two gradients are delivered."""
        if use_of(self.ours, self.step) != use_of(self.theirs, self.other):
            return "order", self.both()
        if self.tolerance.same(self.step.contribution, self.other.contribution):
            return None
        apart = numbers_apart(self.step.contribution, self.other.contribution)
        source = self.name(self.step.source_name, self.other.source_name)
        if self.step.node is None:
            return "gradient", f"the gradient of {source} starts as {apart}"
        worker = self.name(self.step.name, self.other.name)
        return "gradient", f"what {worker} sends to {source} is {apart}{self.reason()}"

    def reason(self) -> str:
        """Why a contribution differs, where what it is computed from does not."""
        values = zip(
            arguments_of(self.ours, self.step),
            arguments_of(self.theirs, self.other),
            strict=True,
        )
        same = self.tolerance.same
        if not same(self.step.gradient, self.other.gradient):
            return ""
        if not all(same(one, other) for one, other in values):
            return ", since its values differ"
        return (
            f", though the same gradient has arrived: the VJP of "
            f"{self.step.operation} for argument {self.step.position} differs"
        )

    def update(self) -> tuple[Kind, str] | None:
        """Two parameters are updated."""
        places = self.ours.places[self.step.node], self.theirs.places[self.other.node]
        if places[0] != places[1] or self.step.rule != self.other.rule:
            return "order", self.both()
        if self.tolerance.same(self.step.after, self.other.after):
            return None
        name = self.name(self.step.name, self.other.name)
        apart = numbers_apart(self.step.after, self.other.after)
        return "update", f"{name} becomes {apart}"

    def name(self, ours: str, theirs: str) -> str:
        """What a value is called, in both traces if they do not agree."""
        return ours if ours == theirs else f"{ours} ({theirs} there)"


def difference(
    record: Record, other: Record, tolerance: Tolerance
) -> Difference | None:
    """The first difference in the order of the timeline; see `Trace.diff`."""
    for chapter, number, place, steps in paired(record, other):
        found = Pair(record, other, *steps, tolerance).found()
        if found is not None:
            kind, how = found
            return Difference(kind, chapter, number, place, *steps, how)
    return None


def paired(
    record: Record, other: Record
) -> Iterator[tuple[str, int, int, tuple[AnyStep | None, AnyStep | None]]]:
    """The steps of two traces in pairs: chapter, number, place, and the two of them."""
    place = 0
    for kind, attribute in (
        (ForwardStep, "forward"),
        (BackwardStep, "steps"),
        (UpdateStep, "updates"),
    ):
        first = 0 if kind is BackwardStep else 1
        pairs = zip_longest(getattr(record, attribute), getattr(other, attribute))
        for number, steps in enumerate(pairs, first):
            yield CHAPTERS[kind], number, place, steps
            place += 1


def told(record: Record, step: AnyStep) -> str:
    """A step in words, within a sentence."""
    if isinstance(step, BackwardStep):
        early = ", too early" if step.early else ""
        words = step.sentence.removesuffix(".").split(": contribution")[0]
        return words.replace("The gradient", "the gradient", 1) + early
    if isinstance(step, ForwardStep) and not record.graph.at(step.node).inputs:
        return f"{step.name} is {article(step.operation)}"
    return sentence(record, step).removesuffix(".")


def inputs_of(record: Record, step: ForwardStep) -> list[int]:
    """The places of the values that a value is computed from."""
    return [record.places[used] for used in record.graph.at(step.node).inputs]


def arguments_of(record: Record, step: BackwardStep) -> list[Any]:
    """The values that an operation was applied to."""
    assert step.node is not None
    return [record.graph.at(n).value for n in record.graph.at(step.node).inputs]


def use_of(record: Record, step: BackwardStep) -> tuple[int | None, int, int]:
    """Which argument of which operation a gradient is delivered to."""
    worker = None if step.node is None else record.places[step.node]
    return worker, step.position, record.places[step.source]


def changed_parameters(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """The parameters of an operation that differ, in words."""
    names = [n for n in {**ours, **theirs} if repr(ours.get(n)) != repr(theirs.get(n))]
    words = [f"{n} {ours.get(n)} here, {theirs.get(n)} there" for n in names]
    return f" (with {'; '.join(words)})" if words else ""


def as_array(value: Any) -> Any:
    """A value as NumPy's array of floats."""
    return np.asarray(fetched(value), float)


def numbers_apart(ours: Any, theirs: Any) -> str:
    """The two numbers that differ most, and where they are."""
    one, other = as_array(ours), as_array(theirs)
    if one.shape != other.shape:
        return f"of shape {one.shape} here, {other.shape} there"
    with np.errstate(all="ignore"):
        apart = np.abs(one - other)
    apart[(one == other) | (np.isnan(one) & np.isnan(other))] = 0.0
    index = np.unravel_index(np.nan_to_num(apart, nan=np.inf).argmax(), one.shape)
    here, there = told_apart(float(one[index]), float(other[index]))
    where = f" at [{', '.join(map(str, index))}]" if index else ""
    return f"{here} here, {there} there{where}"


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart.

    >>> told_apart(0.5, 0.25), told_apart(1.0, 1.0000001)
    (('0.5', '0.25'), ('1', '1.0000001'))
    """
    digits = 4
    while digits < MOST_DIGITS and f"{one:.{digits}g}" == f"{other:.{digits}g}":
        digits += 1
    return f"{one:.{digits}g}", f"{other:.{digits}g}"
