"""Running a student's functions in this process, where they were defined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dis import get_instructions
from types import CodeType, ModuleType
from typing import Any

from ..exercise import Exercise, Function
from ..running.allowed_imports import refusal_of
from ..running.outcome import Outcome, Runner, call
from ..running.sentences import NO_FUNCTION_YET, NO_TINYGRAPH


def run_in_this_process(
    exercise: Exercise, functions: Mapping[str, Function]
) -> Runner:
    """A runner that calls the functions here, without limits."""

    def run(name: str, inputs: Sequence[Any]) -> Outcome:
        if name not in functions:
            return Outcome(failure="missing", message=NO_FUNCTION_YET)
        refused = refused_module(functions[name], exercise)
        if refused:
            return Outcome(failure="raised", message=refused)
        arguments = tuple(inputs)
        if exercise.given is not None:
            arguments = exercise.given(*arguments)
        return call(functions[name], arguments, file_of_function(functions[name]))

    return run


def refused_module(function: Function, exercise: Exercise) -> str:
    """Why a function uses a module that its exercise forbids; empty if it does not."""
    for module in sorted(used_modules(function)):
        if module.partition(".")[0] == "tinygraph":
            if not exercise.allows_tinygraph:
                return NO_TINYGRAPH
        elif refused := refusal_of(module, exercise.imports):
            return refused
    return ""


def used_modules(function: Function) -> set[str]:
    """The modules that a function, and others that it calls, import or use."""
    own = {getattr(function, "__module__", ""), "__main__"}
    beside = getattr(function, "__globals__", {})
    waiting: list[CodeType | None] = [getattr(function, "__code__", None)]
    seen, modules = set[CodeType](), set[str]()
    while waiting:
        code = waiting.pop()
        if code is None or code in seen:
            continue
        seen.add(code)
        waiting += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
        steps = [s.argval for s in get_instructions(code) if s.opname == "IMPORT_NAME"]
        modules.update(map(str, steps))
        for value in (beside[name] for name in code.co_names if name in beside):
            is_module = isinstance(value, ModuleType)
            owner = value.__name__ if is_module else getattr(value, "__module__", "")
            modules.add(str(owner or ""))
            waiting.append(getattr(value, "__code__", None))
    return modules - own - {""}


def file_of_function(function: Function | None) -> str:
    """The file or cell in which a function was defined."""
    code = getattr(function, "__code__", None)
    return "" if code is None else str(code.co_filename)
