"""What can be said of a wrong answer that is not a known mistake."""

from __future__ import annotations

from ..language import translated
from .conditions import visible_names
from .evidence import Evidence
from .experiments import Setting, run_experiments
from .messages import first_wrong_with_inputs
from .places import PATTERNS
from .probes import PROBES
from .result_names import listed
from .trial import Trial


def find_unknown_mistake(evidence: Evidence) -> tuple[str, str, Trial]:
    """The name and the message of the first probe that finds something, and where."""
    for name, look in PROBES.items():
        message = evidence.claim(look)
        if message:
            return name, evidence.labelled(message), evidence.first
    name, message = run_experiments(Setting(evidence))
    if message:
        label = evidence.about_result if name == "size" else evidence.labelled
        return name, label(message), evidence.first
    if evidence.range:
        said = translated("right except where {condition}", condition=evidence.range)
        return "condition", evidence.about_result(said), evidence.first
    for name, look in PATTERNS.items():
        message = evidence.claim(look)
        if message:
            return name, evidence.labelled(message), evidence.first
    return *find_condition_or_result(evidence), evidence.first


def find_condition_or_result(evidence: Evidence) -> tuple[str, str]:
    """In which cases an answer is wrong, or which of several results."""
    if evidence.where:
        said = translated("right except where {condition}", condition=evidence.where)
        return "condition", evidence.about_result(said)
    element = first_wrong_with_inputs(evidence.first, visible_names(evidence.exercise))
    right = len(evidence.trials) - len(evidence.bad)
    if right >= 3:
        said = translated(
            "right in {count} of {all} cases; {element}",
            count=right,
            all=len(evidence.trials),
            element=element,
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
    return "", evidence.about_result(element)
