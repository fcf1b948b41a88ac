"""What can be said of a wrong answer that is not a known mistake."""

from __future__ import annotations

from ..language import translated
from .conditions import find_condition
from .evidence import Evidence
from .experiments import Setting, run_experiments
from .messages import first_wrong_element, message_fields
from .probes import PATTERNS, PROBES, says_everywhere, says_mostly
from .result_names import listed
from .trial import Trial


def find_unknown_mistake(evidence: Evidence) -> tuple[str, str, Trial]:
    """The name and the message of the first probe that finds something, and where."""
    pairs = evidence.pairs
    for name, look in PROBES.items():
        message = evidence.labelled(says_everywhere(look, pairs))
        if message:
            return name, message, evidence.first
    name, message = run_experiments(Setting(evidence))
    if message:
        return name, evidence.labelled(message), evidence.first
    for name, look in PATTERNS.items():
        message, place = says_mostly(look, pairs)
        if message:
            return name, evidence.labelled(message), evidence.bad[place]
    return *find_condition_or_result(evidence), evidence.first


def find_condition_or_result(evidence: Evidence) -> tuple[str, str]:
    """In which cases an answer is wrong, or which of several results."""
    good = [t for t in evidence.trials if t.result_passed(evidence.place)]
    where = find_condition(evidence.exercise, evidence.bad, good)
    if where:
        said = translated("right except where {condition}", condition=where)
        return "condition", evidence.about_result(said)
    if len(evidence.trials) - len(evidence.bad) >= 3:
        said = translated(
            "right in {count} of {all} cases; {element}",
            count=len(good),
            all=len(evidence.trials),
            element=first_wrong_element(message_fields(evidence.first)),
        )
        return "", evidence.about_result(said)
    others = [
        name
        for place, name in enumerate(evidence.names)
        if all(t.result_passed(place) for t in evidence.trials)
    ]
    if others:
        said = translated("wrong, though {names} is right", names=listed(others))
        if len(others) > 1:
            said = translated("wrong, though {names} are right", names=listed(others))
        return "result", evidence.about_result(said)
    return "", first_wrong_element(message_fields(evidence.first))
