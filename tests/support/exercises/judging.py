"""Judging a function as the answer to an exercise that asks for one."""

from collections.abc import Callable
from typing import Any

from shipped import exercise

from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.trial import call_trusted
from tinygraph.exercises.judging.verdict import Verdict
from tinygraph.exercises.running.outcome import Outcome


def judged(number: str, function: Callable[..., Any], seed: int = 0) -> Verdict:
    def run(name: str, inputs: Any) -> Outcome:
        return call_trusted(exercise(number), function, inputs)

    return judge(exercise(number), run, seed)
