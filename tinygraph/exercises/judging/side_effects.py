"""What a function does besides returning its results: it remembers, changes, draws."""

from __future__ import annotations

from ..exercise import Exercise
from ..language import translated
from ..running.outcome import NOT_RUN, Outcome, Runner, call_alone, source_of
from .comparison import agree
from .conditions import argument_names
from .evidence import Evidence
from .remembering import Culprit, find_chance, find_memory
from .result_names import listed
from .trial import Trial, call_student, consult_accept, fit_results
from .verdict import Finding


def find_in_place(evidence: Evidence) -> Finding | None:
    """An answer that changes its arguments."""
    trial = next((trial for trial in evidence.trials if trial.yours.changed), None)
    if trial is None:
        return None
    names = argument_names(evidence.exercise, trial.function)
    which = [names[place] for place in trial.yours.changed if place < len(names)]
    message = translated(
        "{function} changes its argument {names} in place: work on a copy",
        function=trial.function,
        names=listed(which),
    )
    return Finding(message, "in_place", "failed", trial.function, trial.number)


def find_state(evidence: Evidence) -> Finding | None:
    """A wrong answer that is right if the function is called in a new process.

    The first call is not looked at: before it there was nothing to remember.
    """
    exercise, run, own = evidence.exercise, evidence.run, evidence.trials
    trial = next((t for t in own if not t.passed), None)
    if trial is None or trial is own[0] or trial.yours.failure in NOT_RUN:
        return None
    alone = call_alone(run, trial.function, trial.inputs)
    if alone is None or not is_right(exercise, trial, alone):
        return None
    text = translated(
        "{function} remembers something between calls: this case is right if it is the "
        "only one, but wrong after other cases",
        function=trial.function,
    )
    return finding_with_culprit(trial, text, find_memory(source_of(run)), "state")


def is_right(exercise: Exercise, trial: Trial, alone: Outcome) -> bool:
    """Whether another outcome of a trial is right."""
    yours = fit_results(alone, trial.right)
    if agree(yours, trial.right):
        return True
    said = consult_accept(exercise, trial.function, trial.inputs, yours, trial.right)
    return said[0] is not None


def find_unrepeatable(evidence: Evidence) -> Finding | None:
    """An answer that is different the second time."""
    run, trial = evidence.run, evidence.trials[0]
    again = call_student(run, trial.function, trial.inputs, trial.right)
    if agree(again, trial.yours) or again.failure == "timeout":  # of all calls together
        return None
    source, name = source_of(run), trial.function
    chance = find_chance(source)
    if is_random(run, trial) or (chance and not find_memory(source)):
        text = translated(
            "{function} returns something different each time for the same inputs: "
            "it must not depend on random numbers or the time",
            function=name,
        )
        return finding_with_culprit(trial, text, chance, "unrepeatable")
    text = translated(
        "{function} returns something different when it is called again with the "
        "same inputs: it remembers something between calls",
        function=name,
    )
    return finding_with_culprit(trial, text, find_memory(source), "unrepeatable")


def is_random(run: Runner, trial: Trial) -> bool:
    """Whether two new processes return something different."""
    one, other = (call_alone(run, trial.function, trial.inputs) for _ in range(2))
    return one is not None and other is not None and not agree(one, other)


def finding_with_culprit(
    trial: Trial, text: str, culprit: Culprit | None, mistake: str
) -> Finding:
    """A finding about a trial, with the line of the file that is to blame, if known."""
    if culprit is not None and culprit.said:
        text = f"{text}. " + translated("Line {line}: ", line=culprit.line)
        text += translated(culprit.said, name=culprit.name)
    return Finding(
        message=text,
        mistake=mistake,
        function=trial.function,
        case=trial.number,
        line=None if culprit is None else culprit.line,
    )
