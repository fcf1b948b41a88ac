"""Exercise 15 out of the student's own earlier answers: they train the network.

Where an earlier answer is wrong, the reference takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..catalogue import find_exercise
from ..exercise import Exercise, short_id
from ..judging.comparison import agree
from ..judging.judge import judge
from ..judging.trial import call_student, call_trusted
from ..judging.verdict import Verdict
from ..language import marked, said_again, translated
from ..running.job import Limits
from ..running.nursery import Nursery
from ..running.outcome import Outcome, Runner
from ..running.process import Starter, run_source
from ..running.sentences import SENTENCES
from .progress import DEFAULT_SEED

FAILS = marked("{name} fails with {error}")  # what own_network.py says
NETWORK = Path(__file__).with_name("own_network.py")
TRAIN = "train"
MANY_BATCHES = 2  # the case of exercise 15 that counts what was learned
PARTS = {  # the functions of the network, and their exercises
    "relu_grad": "02",
    "softmax": "03",
    "descend": "04",
    "sum_to": "07",
    "matmul_vjp": "08",
    "softmax_vjp": "09",
    "backward": "10",
    "im2col": "11",
    "col2im": "12",
    "conv_vjp": "13",
    "maxpool_vjp": "14",
}


@dataclass(frozen=True)
class Part:
    """A function of the network: the student's own, or the reference."""

    name: str
    exercise: Exercise
    text: str
    reason: str = ""  # why it is not the student's own

    @property
    def label(self) -> str:
        """Its name, with the number of its exercise."""
        return f"{self.name} ({short_id(self.exercise.id)})"

    def replaced(self, reason: str) -> Part:
        """The reference in its place."""
        return replace(self, text=self.exercise.solution(), reason=reason)


def part_of(name: str, text: bytes | None, starter: Starter) -> Part:
    """The student's function, or the reference if it does not pass its own check."""
    exercise = find_exercise(PARTS[name])
    part = Part(name, exercise, (text or b"").decode(errors="replace"))
    if text is None:
        return part.replaced(translated("you have not written it yet"))
    file, limits = f"{exercise.id}.py", Limits()
    with run_source(text, file, exercise, limits, starter=starter) as run:
        reason = why_wrong(judge(exercise, run, DEFAULT_SEED), name)
    return part.replaced(reason) if reason else part


def why_wrong(verdict: Verdict, name: str) -> str:
    """Why one function of an answer is wrong; empty if it is right."""
    finding = verdict.finding
    if finding is not None and finding.function == name:
        return translated(
            "yours does not pass its own check: {message}", message=finding.message
        )
    own = [c for c in verdict.checks if re.split(r"[:[]", c.name)[0] == name]
    passed = all(check.passed for check in own)
    return "" if passed else translated("yours does not pass its own check")


def working_parts(parts: Sequence[Part], starter: Starter) -> list[Part]:
    """The parts, with references for those that do not work together with others."""
    found = list(parts)
    said = why_not_working(found, starter)
    while said:
        own = [place for place, part in enumerate(found) if not part.reason]
        if not own:
            raise AssertionError(f"the references do not work together: {said}")
        tried = [with_reference(found, place, said) for place in own]
        works = (parts for parts in tried if not why_not_working(parts, starter))
        found = next(works, tried[0])
        said = why_not_working(found, starter)
    return found


def with_reference(parts: Sequence[Part], place: int, said: str) -> list[Part]:
    """The parts with the reference in one place."""
    reason = translated(
        "yours passes its own check, but not in the network: {message}", message=said
    )
    return [p.replaced(reason) if k == place else p for k, p in enumerate(parts)]


def why_not_working(parts: Sequence[Part], starter: Starter) -> str:
    """What is wrong with one step of the network; empty if it is right."""
    exercise = find_exercise(TRAIN)
    inputs = exercise.case(DEFAULT_SEED, 0)
    right = call_trusted(exercise, exercise.references[TRAIN], inputs)
    with running_together(parts, exercise, starter) as run:
        yours = call_student(run, TRAIN, inputs, right)
    return "" if agree(yours, right) else said_of(yours)


def said_of(outcome: Outcome) -> str:
    """What is wrong with a step of the network, in words."""
    message = outcome.message.removeprefix("FunctionError: ")
    if not message:
        return translated("its first step gives different results")
    return said_again(message, [FAILS, *SENTENCES])


@contextmanager
def running_together(
    parts: Sequence[Part], exercise: Exercise, starter: Starter
) -> Iterator[Runner]:
    """Run the network with these parts as an answer to exercise 15."""
    answers = {part.name: (f"{part.exercise.id}.py", part.text) for part in parts}
    text = f"{NETWORK.read_text(encoding='utf-8')}\n\nANSWERS.update({answers!r})\n"
    source, limits = text.encode(), Limits()
    anything = replace(exercise, imports=None)  # each part was checked by itself
    with run_source(source, NETWORK.name, anything, limits, starter=starter) as run:
        yield run


def judge_own_network(texts: dict[str, bytes | None], seed: int) -> Verdict:
    """The verdict on the network that the answers in these texts make, with notes."""
    exercise = find_exercise(TRAIN)
    with Nursery() as starter:
        parts = [part_of(name, texts[name], starter) for name in PARTS]
        parts = working_parts(parts, starter)
        with running_together(parts, exercise, starter) as run:
            verdict = judge(exercise, run, seed)
        learned = what_it_learned(parts, exercise, seed, starter)
    said = [learned] if verdict.passed else []
    return replace(verdict, notes=[*said, *notes_on(parts)])


def what_it_learned(
    parts: Sequence[Part], exercise: Exercise, seed: int, starter: Starter
) -> str:
    """How many images the network gets right after many batches, in words."""
    inputs = exercise.case(seed, MANY_BATCHES)
    right = call_trusted(exercise, exercise.references[TRAIN], inputs)
    with running_together(parts, exercise, starter) as run:
        yours = call_student(run, TRAIN, inputs, right)
    if exercise.accept is None or yours.failure:
        return said_of(yours)
    return str(exercise.accept(TRAIN, yours.results, *inputs))


def notes_on(parts: Sequence[Part]) -> Iterator[str]:
    """Which functions are the student's own, and why the others are not."""
    own = [part.label for part in parts if not part.reason]
    if own:
        yield translated(
            "{count} of {total} functions are yours: {names}",
            count=len(own),
            total=len(parts),
            names=", ".join(own),
        )
    for part in parts:
        if part.reason:
            yield translated(
                "{name} is the reference, because {reason}",
                name=part.label,
                reason=part.reason,
            )
