"""Judging an answer: what is right, what is wrong, and what the mistake is called.

The judge runs a student's functions on all cases of an exercise, and compares arrays
with those of the reference.  How they are run is not its business: in a process of
their own when a class is graded, in this one in a notebook.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field

from .exercise import CASES, Exercise, WrongAnswer
from .form import form
from .outcome import Outcome, Runner
from .probes import Evidence, pointed
from .trial import (
    Trial,
    agree,
    equal,
    examined,
    facts,
    fitted,
    on_copy,
    told,
)

FATAL = ("stub", "missing", "syntax", "timeout", "memory", "crashed")
SHAPE, VALUES, CORNERS = 0.1, 0.5, 0.4  # shares of the points of a result


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    passed: bool


@dataclass(frozen=True)
class Finding:
    """What is wrong with an answer: one message, and where."""

    message: str
    mistake: str = ""  # the name of a known mistake or of a probe
    status: str = "failed"
    function: str = ""
    case: int | None = None
    index: tuple[int, ...] | None = None
    yours: float | None = None
    right: float | None = None
    line: int | None = None


@dataclass(frozen=True)
class Verdict:
    """The judgement of one exercise."""

    exercise: str
    points: float
    maximum: float
    seed: int
    finding: Finding | None  # None where all is right
    checks: list[Check]
    notes: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether the answer is right in every case."""
        return self.finding is None

    @property
    def status(self) -> str:
        """In a word: passed, failed, error, stub, missing, timeout, memory, crashed."""
        return "passed" if self.finding is None else self.finding.status


def judge(exercise: Exercise, run: Runner, seed: int) -> Verdict:
    """Run an answer on all cases: what it is worth, and what is wrong with it."""
    trials = list(tried(exercise, run, seed))
    checks, points = counted(exercise, trials)
    finding = first_finding(exercise, run, trials)
    if finding is None:
        points = exercise.points
    elif finding.mistake in ("in_place", "unrepeatable"):
        points *= 0.75
    elif finding.status != "failed":
        points = 0.0 if not any(trial.passed for trial in trials) else points
    notes = list(dict.fromkeys(trial.note for trial in trials if trial.note))
    points = round(2 * points) / 2
    return Verdict(exercise.id, points, exercise.points, seed, finding, checks, notes)


def tried(exercise: Exercise, run: Runner, seed: int) -> Iterator[Trial]:
    """Every function on every case; a function that cannot be run is tried once."""
    for name, reference in exercise.references.items():
        for number in range(CASES):
            inputs = exercise.case(seed, number)
            right = on_copy(exercise, reference, inputs)
            yours = fitted(run(name, copy.deepcopy(inputs)), right)
            said = examined(exercise, name, inputs, yours, right)
            yield Trial(name, number, inputs, right, yours, *said)
            if yours.failure in FATAL:
                break


def counted(exercise: Exercise, trials: list[Trial]) -> tuple[list[Check], float]:
    """The checks of each result of each function, and what they are worth."""
    checks, share = [], 0.0
    results = [
        (name, place) for name in exercise.references for place in places(trials, name)
    ]
    for name, place in results:
        own = [trial for trial in trials if trial.function == name]
        label = name if len(results) == len(exercise.references) else f"{name}[{place}]"
        rows = [(t.number < exercise.corners, t.result_passed(place)) for t in own]
        random = [passed for corner, passed in rows if not corner]
        some = any(random)
        all_random = bool(random) and all(random)
        corners = some and all(passed for corner, passed in rows if corner)
        shaped = some and all(same_shape(trial, place) for trial in own)
        checks += [
            Check(f"{label}: shape", shaped),
            Check(f"{label}: values", all_random),
            Check(f"{label}: corner cases", corners),
        ]
        share += SHAPE * shaped + VALUES * all_random + CORNERS * corners
    return checks, exercise.points * share / len(results)


def places(trials: list[Trial], name: str) -> range:
    """The results of a function, of which there may be several."""
    right = next(trial.right for trial in trials if trial.function == name)
    return range(len(right.answers))


def same_shape(trial: Trial, place: int) -> bool:
    """Whether one of the results has the right shape."""
    yours, right = trial.yours.answers, trial.right.answers
    return len(yours) == len(right) and yours[place].shape == right[place].shape


def first_finding(
    exercise: Exercise, run: Runner, trials: list[Trial]
) -> Finding | None:
    """What to tell the student: one thing, of the first function that is wrong."""
    for name in exercise.references:
        own = [trial for trial in trials if trial.function == name]
        found = explained(exercise, run, own)
        if found is not None:
            return found
    return None


def explained(exercise: Exercise, run: Runner, own: list[Trial]) -> Finding | None:
    """What is wrong with one function: the first of all that can be said.

    A known mistake comes first, as it says why, then what is wrong with the form of the
    answer, then what the function does besides answering, then the numbers.  Trials
    that `accept` complains of are looked at only where all others have passed.
    """
    broken = failed_to_run(own)
    if broken is not None and broken.mistake in FATAL:
        return broken
    compared = [trial for trial in own if not trial.complaint]
    passed = all(trial.passed for trial in compared)
    if passed and len(compared) == len(own):
        return in_place(own) or unrepeatable(run, own)
    looked_at = own if passed else compared
    known = known_mistake(exercise, looked_at)
    if known is not None:
        return about(first_wrong(looked_at), known.message, known.name)
    if passed:
        return in_place(own) or unrepeatable(run, own) or complained(own)
    if broken is not None:
        return broken
    evidence = Evidence(exercise, run, compared)
    name, message, trial = form(evidence)
    if message:
        return about(trial, f"{own[0].function}: {message}", name)
    return in_place(own) or unrepeatable(run, own) or elementwise(evidence)


def complained(own: list[Trial]) -> Finding:
    """What `accept` says of an answer that is not compared with the reference's."""
    trial = first_wrong(own)
    message = f"{trial.function}: {trial.complaint}"
    return Finding(message, "not_accepted", function=trial.function, case=trial.number)


def first_wrong(own: list[Trial]) -> Trial:
    """The first trial that is wrong, if possible one that has an answer."""
    wrong = [trial for trial in own if not trial.passed]
    return next((trial for trial in wrong if not trial.yours.failure), wrong[0])


def about(trial: Trial, message: str, mistake: str) -> Finding:
    """A finding about the first wrong element of a trial."""
    place = facts(trial)
    return Finding(
        message=told(message, trial),
        mistake=mistake,
        function=trial.function,
        case=trial.number,
        index=place["index"],
        yours=place["yours"],
        right=place["right"],
    )


def known_mistake(exercise: Exercise, own: list[Trial]) -> WrongAnswer | None:
    """The wrong answer that gives just what the student's function gives, always.

    If there is none, one of the results alone may be that of a wrong answer whose other
    results are right.
    """
    every = [w for w in exercise.wrong if w.replaces == own[0].function]
    for wrong in every:
        if all(agree(t.yours, outcome_of(exercise, wrong, t)) for t in own):
            return wrong
    place = facts(first_wrong(own))["result"]
    if any(len(t.yours.answers) != len(t.right.answers) for t in own):
        return None
    several = len(own[0].right.answers) > 1
    for wrong in every if several else ():
        if all(mistaken(t, outcome_of(exercise, wrong, t), place) for t in own):
            return wrong
    return None


def outcome_of(exercise: Exercise, wrong: WrongAnswer, trial: Trial) -> Outcome:
    """What a wrong answer gives in a case."""
    return fitted(on_copy(exercise, wrong.function, trial.inputs), trial.right)


def mistaken(trial: Trial, other: Outcome, place: int) -> bool:
    """Whether one of the results is that of a wrong answer, right in all others."""
    expected = list(trial.right.answers)
    expected[place] = trial.yours.answers[place]
    return len(other.answers) == len(expected) and all(
        map(equal, other.answers, expected)
    )


def failed_to_run(own: list[Trial]) -> Finding | None:
    """An answer that raised, did not come, or is no array of numbers."""
    trial = next((t for t in own if t.yours.failure and not t.passed), None)
    if trial is None:
        return None
    failure, shapes = trial.yours.failure, [described(x) for x in trial.inputs]
    message = f"{trial.function}: {trial.yours.message}"
    if failure == "raised":
        message += f" (the case has {', '.join(shapes)})"
    status = "error" if failure in ("raised", "type", "syntax") else failure
    return Finding(
        message, failure, status, trial.function, trial.number, line=trial.yours.line
    )


def described(value: object) -> str:
    """An input in a few letters: the shape of an array, or else what it is."""
    shape = getattr(value, "shape", None)
    return f"an array {shape}" if shape else f"{value!r:.40}"


def in_place(own: list[Trial]) -> Finding | None:
    """An answer that changes what it was given."""
    trial = next((trial for trial in own if trial.yours.changed), None)
    if trial is None:
        return None
    which = ", ".join(str(place + 1) for place in trial.yours.changed)
    message = f"{trial.function} changes its argument {which} in place: work on a copy"
    return Finding(message, "in_place", "failed", trial.function, trial.number)


def unrepeatable(run: Runner, own: list[Trial]) -> Finding | None:
    """An answer that is another one the second time."""
    trial = own[0]
    again = fitted(run(trial.function, copy.deepcopy(trial.inputs)), trial.right)
    if agree(again, trial.yours):
        return None
    message = f"{trial.function} gives another answer when it is called again"
    return Finding(message, "unrepeatable", "failed", trial.function, trial.number)


def elementwise(evidence: Evidence) -> Finding:
    """What a probe finds, or the first wrong element."""
    trial = evidence.first
    name, message = pointed(evidence)
    if not message:
        place = facts(trial)
        message = f"first wrong element {list(place['index'] or ())}: "
        message += "yours {yours:.6g}, right {right:.6g}"
    return about(trial, f"{trial.function}: {message}", name)
