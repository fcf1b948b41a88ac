"""Judging a function as the answer to an exercise that asks for one."""

from collections.abc import Callable
from typing import Any

from shipped import exercise

from tinygraph.exercises.judge import Verdict, judge
from tinygraph.exercises.outcome import Outcome
from tinygraph.exercises.trial import on_copy


def judged(number: str, function: Callable[..., Any], seed: int = 0) -> Verdict:
    def run(name: str, inputs: Any) -> Outcome:
        return on_copy(exercise(number), function, inputs)

    return judge(exercise(number), run, seed)
