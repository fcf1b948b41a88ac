"""What can be said of a wrong answer that is not a known mistake."""

from __future__ import annotations

from .conditions import find_condition
from .evidence import Evidence
from .experiments import Setting, run_experiments
from .probes import PATTERNS, PROBES, says_everywhere, says_mostly


def find_unknown_mistake(evidence: Evidence) -> tuple[str, str]:
    """The name and the message of the first probe that finds something."""
    pairs = evidence.pairs
    for name, look in PROBES.items():
        message = evidence.labelled(says_everywhere(look, pairs))
        if message:
            return name, message
    name, message = run_experiments(Setting(evidence))
    if message:
        return name, evidence.labelled(message)
    for name, look in (PROBES | PATTERNS).items():
        message = says_mostly(look, pairs)
        if message:
            return name, evidence.labelled(message)
    return find_condition_or_result(evidence)


def find_condition_or_result(evidence: Evidence) -> tuple[str, str]:
    """In which cases an answer is wrong, or which of several results."""
    good = [t for t in evidence.trials if t.result_passed(evidence.place)]
    where = find_condition(evidence.exercise, evidence.bad, good)
    count = len(evidence.first.right.results)
    which = f"result {evidence.place + 1} of {count}: " if count > 1 else ""
    if where:
        return "condition", f"{which}right except where {where}"
    if len(evidence.trials) - len(evidence.bad) >= 3:
        element = "first wrong element {index}: yours {yours:.6g}, right {right:.6g}"
        cases = f"{len(good)} of {len(evidence.trials)} cases"
        return "", f"{which}right in {cases}; {element}"
    others = [
        p for p in range(count) if all(t.result_passed(p) for t in evidence.trials)
    ]
    if others:
        return "result", f"{which}wrong, though {len(others)} of the results are right"
    return "", ""
