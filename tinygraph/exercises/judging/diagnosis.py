"""What is wrong with an answer: the one thing that is said of it."""

from __future__ import annotations

from ..exercise import Exercise
from ..running.outcome import NOT_RUN, Runner
from .comparison import agree
from .evidence import Evidence
from .form import find_wrong_form
from .known_mistakes import find_known_mistake
from .messages import fill_in, first_difference
from .trial import Trial, call_student, first_wrong
from .unknown_mistakes import find_unknown_mistake
from .verdict import Finding


def diagnose(exercise: Exercise, run: Runner, trials: list[Trial]) -> Finding | None:
    """What to tell the student: one thing, about the first function that is wrong."""
    for name in exercise.references:
        own = [trial for trial in trials if trial.function == name]
        found = diagnose_function(exercise, run, own)
        if found is not None:
            return found
    return None


def diagnose_function(
    exercise: Exercise, run: Runner, own: list[Trial]
) -> Finding | None:
    """What is wrong with one function: the first thing that can be said.

    A known mistake comes first, because it says why. The form of the answer comes
    next, then side effects, then the numbers. Trials that `accept` rejects matter
    only if all others have passed.
    """
    broken = find_failure(own)
    if broken is not None and broken.mistake in NOT_RUN:
        return broken
    compared = [trial for trial in own if not trial.complaint]
    passed = all(trial.passed for trial in compared)
    if passed and len(compared) == len(own):
        return find_in_place(own) or find_unrepeatable(run, own)
    looked_at = own if passed else compared
    known = find_known_mistake(exercise, looked_at)
    if known is not None:
        return finding_about(first_wrong(looked_at), known.message, known.name)
    if passed:
        return (
            find_in_place(own) or find_unrepeatable(run, own) or find_not_accepted(own)
        )
    if broken is not None:
        return broken
    evidence = Evidence(exercise, run, compared)
    name, message, trial = find_wrong_form(evidence)
    if message:
        return finding_about(trial, f"{own[0].function}: {message}", name)
    return find_in_place(own) or find_unrepeatable(run, own) or point_out(evidence)


def find_not_accepted(own: list[Trial]) -> Finding:
    """What `accept` says against an answer that it rejects."""
    trial = first_wrong(own)
    message = f"{trial.function}: {trial.complaint}"
    return Finding(message, "not_accepted", function=trial.function, case=trial.number)


def finding_about(trial: Trial, message: str, mistake: str) -> Finding:
    """A finding about the first wrong element of a trial."""
    place = first_difference(trial)
    return Finding(
        message=fill_in(message, trial),
        mistake=mistake,
        function=trial.function,
        case=trial.number,
        index=place["index"],
        yours=place["yours"],
        right=place["right"],
    )


def find_failure(own: list[Trial]) -> Finding | None:
    """An answer that raised, did not arrive, or is not an array of numbers."""
    trial = next((t for t in own if t.yours.failure and not t.passed), None)
    if trial is None:
        return None
    failure, shapes = trial.yours.failure, [describe_input(x) for x in trial.inputs]
    message = f"{trial.function}: {trial.yours.message}"
    if failure == "raised":
        message += f" (the case has {', '.join(shapes)})"
    status = "error" if failure in ("raised", "type", "syntax") else failure
    return Finding(
        message, failure, status, trial.function, trial.number, line=trial.yours.line
    )


def describe_input(value: object) -> str:
    """An input in a few words: the shape of an array, or the value itself."""
    shape = getattr(value, "shape", None)
    return f"an array {shape}" if shape else f"{value!r:.40}"


def find_in_place(own: list[Trial]) -> Finding | None:
    """An answer that changes its arguments."""
    trial = next((trial for trial in own if trial.yours.changed), None)
    if trial is None:
        return None
    which = ", ".join(str(place + 1) for place in trial.yours.changed)
    message = f"{trial.function} changes its argument {which} in place: work on a copy"
    return Finding(message, "in_place", "failed", trial.function, trial.number)


def find_unrepeatable(run: Runner, own: list[Trial]) -> Finding | None:
    """An answer that is different the second time."""
    trial = own[0]
    again = call_student(run, trial.function, trial.inputs, trial.right)
    if agree(again, trial.yours) or again.failure == "timeout":  # of all calls together
        return None
    message = f"{trial.function} returns something else when it is called again"
    return Finding(message, "unrepeatable", "failed", trial.function, trial.number)


def point_out(evidence: Evidence) -> Finding:
    """What a probe finds, or the first wrong element."""
    trial = evidence.first
    name, message = find_unknown_mistake(evidence)
    if not message:
        place = first_difference(trial)
        message = f"first wrong element {list(place['index'] or ())}: "
        message += "yours {yours:.6g}, right {right:.6g}"
    return finding_about(trial, f"{trial.function}: {message}", name)
