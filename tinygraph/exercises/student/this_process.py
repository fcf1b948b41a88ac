"""Running a student's functions in this process, where they were defined."""

from __future__ import annotations

import io
import linecache
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from dis import get_instructions
from types import CodeType, ModuleType
from typing import Any

from ..exercise import Exercise, Function
from ..running.allowed_imports import refusal_of
from ..running.outcome import Outcome, call
from ..running.sentences import NO_FUNCTION_YET, NO_TINYGRAPH
from ..running.variants import call_variant


class ThisProcess:
    """Calls functions here, without limits. It is a Runner."""

    def __init__(self, exercise: Exercise, functions: Mapping[str, Function]) -> None:
        self.exercise, self.functions = exercise, functions

    def __call__(self, name: str, inputs: Sequence[Any]) -> Outcome:
        """What a function returns for these inputs."""
        if name not in self.functions:
            return Outcome(failure="missing", message=NO_FUNCTION_YET)
        function = self.functions[name]
        refused = refused_module(function, self.exercise)
        if refused:
            return Outcome(failure="raised", message=refused)
        return call(function, self.given(inputs), file_of_function(function))

    def call_variant(self, functions: str, name: str, inputs: Sequence[Any]) -> Outcome:
        """The same if some functions of its cell were written like this."""
        names = getattr(self.functions[name], "__globals__", {})
        with redirect_stdout(io.StringIO()):
            return call_variant(functions, names, name, self.given(inputs))

    def given(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """What a function gets for the inputs of a case."""
        given = self.exercise.given
        return tuple(inputs) if given is None else given(*inputs)

    @property
    def source(self) -> str:
        """The text of the cell or file of all functions; "" if it is not known."""
        own = [self.functions.get(name) for name in self.exercise.references]
        texts = {text_around(function) for function in own if function is not None}
        return texts.pop() if len(texts) == 1 else ""


def text_around(function: Function) -> str:
    """The text of the cell or file in which a function was defined.

    "" if it is not known, or is no longer as it was.
    """
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    linecache.checkcache(code.co_filename)
    text = "".join(linecache.getlines(code.co_filename))
    with suppress(SyntaxError, ValueError, RecursionError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for part in compile(text, "", "exec", dont_inherit=True).co_consts:
            if part == code:
                return text
    return ""


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
