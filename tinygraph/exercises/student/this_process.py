"""Running a student's functions in this process, where they were defined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..exercise import Exercise, Function
from ..running.outcome import Outcome, Runner, call
from ..running.standins import NO_TINYGRAPH


def run_in_this_process(
    exercise: Exercise, functions: Mapping[str, Function]
) -> Runner:
    """A runner that calls the functions here, without limits."""
    allowed = exercise.allows_tinygraph

    def run(name: str, inputs: Sequence[Any]) -> Outcome:
        if name not in functions:
            return Outcome(failure="missing", message="there is no such function yet")
        if not allowed and uses_tinygraph(functions[name]):
            return Outcome(failure="raised", message=NO_TINYGRAPH)
        arguments = tuple(inputs)
        if exercise.given is not None:
            arguments = exercise.given(*arguments)
        return call(functions[name], arguments, file_of_function(functions[name]))

    return run


def uses_tinygraph(function: Function) -> bool:
    """Whether a function, or another one that it calls, uses tinygraph."""
    waiting, seen = [function], set()
    while waiting:
        code = getattr(waiting.pop(), "__code__", None)
        if code is None or code in seen:
            continue
        seen.add(code)
        if "tinygraph" in code.co_names:  # such as an import inside the function
            return True
        beside = getattr(function, "__globals__", {})
        for value in (beside[name] for name in code.co_names if name in beside):
            owner = getattr(value, "__module__", None) or getattr(value, "__name__", "")
            if str(owner).partition(".")[0] == "tinygraph":
                return True
            waiting.append(value)
    return False


def file_of_function(function: Function | None) -> str:
    """The file or cell in which a function was defined."""
    code = getattr(function, "__code__", None)
    return "" if code is None else str(code.co_filename)
