"""What is wrong with an answer: the one thing that is said of it."""

from __future__ import annotations

from dataclasses import replace

from ..exercise import Exercise
from ..language import translated, translated_plural
from ..running.outcome import NOT_RUN, Runner, source_of
from ..running.sentences import RETURNS_DICTIONARY
from .conditions import argument_names, visible_names
from .evidence import Evidence
from .failures import translated_failure
from .form import find_wrong_form, without_misshapen
from .known_mistakes import find_known_mistake
from .messages import fill_in, first_difference, inputs_in_words
from .other_names import explain_missing, explain_order
from .places import PATTERNS
from .python_errors import explain_error
from .repairs import find_repair
from .result_names import listed
from .side_effects import find_in_place, find_state, find_unrepeatable
from .trial import Trial, first_wrong, one_or_tuple
from .unknown_mistakes import find_unknown_mistake
from .unused import find_unused
from .verdict import Finding

NOT_THERE = "No module named"
MOST_OTHERS = 2  # results that are mentioned as wrong, too
NO_REASON = ("", "condition", "result", "raised", "shape", "unfilled")
WITH_REASON = ("count", "swapped", "keys", "in_place", "state", "unrepeatable", "type")


def diagnose(
    exercise: Exercise, run: Runner, trials: list[Trial], seed: int
) -> Finding | None:
    """What to tell the student: one thing, about the first function that is wrong."""
    for name in exercise.references:
        own = [trial for trial in trials if trial.function == name]
        found = diagnose_function(Evidence(exercise, run, own, seed))
        if found is not None:
            return with_other_functions(found, trials)
    return None


def with_other_functions(finding: Finding, trials: list[Trial]) -> Finding:
    """A finding about one of several functions, which says which others are wrong."""
    wrong = [t for t in trials if not t.passed and t.yours.failure not in NOT_RUN]
    names = dict.fromkeys(t.function for t in wrong if t.function != finding.function)
    return with_others(finding, list(names))


def diagnose_function(evidence: Evidence) -> Finding | None:
    """What is wrong with one function: the first thing that can be said.

    What it remembers comes first. A known mistake is next, because it says why. Then
    come the form of the answer, side effects, and the numbers. Trials that `accept`
    rejects matter only if all others have passed.
    """
    own = evidence.trials
    broken = find_failure(evidence)
    if broken is not None and broken.mistake in NOT_RUN:
        is_endless = broken.mistake == "timeout"
        return with_reason(broken, find_unused(evidence)) if is_endless else broken
    compared = [trial for trial in own if not trial.complaint]
    passed = all(trial.passed for trial in compared)
    effect = find_state(evidence)
    if effect is None and passed:
        effect = find_in_place(evidence) or find_unrepeatable(evidence)
    if effect is not None or (passed and len(compared) == len(own)):
        return effect
    looked_at = evidence if passed else replace(evidence, trials=compared)
    known = find_known_mistake(looked_at)
    if known is not None:
        trial, wrong = first_wrong(looked_at.trials), known.wrong
        message, more = fill_in(wrong.message, trial), explanation_of(looked_at, trial)
        message = f"{message}\n{more}" if more else message
        if len(evidence.exercise.references) > 1:
            message = f"{trial.function}: {message}"
        found = finding_about(trial, message, wrong.name)
        return found if known.place is None else with_other_results(found, looked_at)
    if passed:
        return find_not_accepted(own)
    found = with_repair(broken or find_by_results(looked_at), looked_at)
    return with_other_results(found, looked_at)


def with_other_results(finding: Finding, evidence: Evidence) -> Finding:
    """A finding about one of several results, which says which others are wrong."""
    if finding.mistake in WITH_REASON or finding.status == "error":
        return finding
    own = [trial for trial in evidence.trials if not trial.yours.failure]
    names = [
        name
        for place, name in enumerate(evidence.names)
        if place != evidence.place and any(not t.result_passed(place) for t in own)
    ]
    return with_others(finding, names if len(names) <= MOST_OTHERS else [])


def with_others(finding: Finding, names: list[str]) -> Finding:
    """A finding that ends with what else is wrong, if anything is."""
    if not names:
        return finding
    said = translated_plural(
        "{names} is wrong as well",
        "{names} are wrong as well",
        count=len(names),
        names=listed(names),
    )
    return replace(finding, message=f"{finding.message}\n{said}")


def find_by_results(evidence: Evidence) -> Finding:
    """What the form, the side effects or the numbers of an answer tell."""
    name, message, trial = find_wrong_form(evidence)
    if message:
        return finding_about(trial, f"{trial.function}: {message}", name)
    effect = find_in_place(evidence) or find_unrepeatable(evidence)
    return effect or point_out(without_misshapen(evidence))


def with_repair(finding: Finding, evidence: Evidence) -> Finding:
    """A finding that does not say why, and an edit of the code that helps, if any."""
    if finding.mistake in WITH_REASON:
        return finding
    names = argument_names(evidence.exercise, evidence.first.function)
    source = source_of(evidence.run)
    order = explain_order(source, evidence.first.function, names)
    repair = order or find_repair(evidence)
    if not repair:
        named = finding.mistake not in NO_REASON
        return finding if named else with_reason(finding, find_unused(evidence))
    if finding.status == "error":  # without a guess at the reason
        lines = finding.message.splitlines()
        sure = [line for line in lines[1:] if line[-1:] != "?"]
        first = [] if lines[0][-1:] == "?" else lines[:1]
        message = "\n".join([*first, *sure])
        return with_reason(replace(finding, message=message), repair)
    return with_reason(finding, repair)


def with_reason(finding: Finding, reason: str) -> Finding:
    """A finding with a reason before it, if there is one."""
    label = f"{finding.function}: "
    said = finding.message.removeprefix(label)
    message = f"{label}{reason}\n{said}" if reason else finding.message
    return replace(finding, message=message)


def find_not_accepted(own: list[Trial]) -> Finding:
    """What `accept` says against an answer that it rejects."""
    trial = first_wrong(own)
    message = f"{trial.function}: {trial.complaint}"
    return Finding(message, "not_accepted", function=trial.function, case=trial.number)


def finding_about(trial: Trial, message: str, mistake: str) -> Finding:
    """A finding about the first wrong element of a trial."""
    place = first_difference(trial)
    return Finding(
        message=message,
        mistake=mistake,
        function=trial.function,
        case=trial.number,
        index=place["index"],
        yours=place["yours"],
        right=place["right"],
    )


def find_failure(evidence: Evidence) -> Finding | None:
    """An answer that raised, did not arrive, or is not an array of numbers."""
    own = evidence.trials
    trial = next((t for t in own if t.yours.failure and not t.passed), None)
    if trial is None:
        return None
    failure, message = trial.yours.failure, translated_failure(trial.yours.message)
    if failure == "raised":
        where = inputs_in_words(trial, visible_names(evidence.exercise))
        if where:
            message = translated(
                "{error} (where {inputs})", error=message, inputs=where
            )
    explained = explain_failure(evidence, trial)
    if explained:
        message = f"{explained}\n{message}"
    return Finding(
        message=f"{trial.function}: {message}",
        mistake=failure,
        status="error" if failure in ("raised", "type", "syntax") else failure,
        function=trial.function,
        case=trial.number,
        line=trial.yours.line,
    )


def explain_failure(evidence: Evidence, trial: Trial) -> str:
    """What a failure means for somebody who is learning."""
    name, yours = trial.function, trial.yours
    names = argument_names(evidence.exercise, name)
    source = source_of(evidence.run)
    if yours.failure == "missing":
        return explain_missing(source, name, names, evidence.exercise.references)
    if yours.message == RETURNS_DICTIONARY:
        return explain_dictionary(evidence, trial)
    if yours.failure not in ("raised", "syntax"):
        return ""
    allowed = evidence.exercise.imports
    if allowed and NOT_THERE in yours.message:
        return translated(
            "only this file is run, and it may import only the standard library and "
            "{names}: copy what you need from your other files into it",
            names=listed(allowed),
        )
    return explain_error(yours.message, source, yours.line, name, names)


def explain_dictionary(evidence: Evidence, trial: Trial) -> str:
    """What to return instead of a dictionary with other keys."""
    if trial.right.keys is not None:
        return translated("the keys must be the numbers themselves, not names for them")
    return translated(
        "return {names} without a dictionary", names=listed(evidence.names)
    )


def point_out(evidence: Evidence) -> Finding:
    """What a probe finds, or the first wrong element."""
    name, message, trial = find_unknown_mistake(evidence)
    more = explanation_of(evidence, trial)
    if more and name in ("", *PATTERNS):  # which say less than the exercise
        message = more
    elif more and name != "nearly":  # whose numbers look the same
        message = f"{message}\n{more}"
    return finding_about(trial, f"{trial.function}: {message}", name)


def explanation_of(evidence: Evidence, trial: Trial) -> str:
    """What the exercise itself says about a wrong answer; "" if it says nothing."""
    explain, own, right = evidence.exercise.explain, trial.yours, trial.right
    shapes = [[array.shape for array in outcome.results] for outcome in (own, right)]
    if explain is None or own.failure or shapes[0] != shapes[1]:
        return ""
    results = [one_or_tuple(outcome.results) for outcome in (own, right)]
    return str(explain(trial.function, *results, *trial.inputs))
