"""Checking a function where it was written: in a notebook, or at a prompt."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ArgumentError
from .exercise import Exercise, Function, shipped
from .judge import judge
from .outcome import Outcome, Runner, called
from .printout import judged, look, say
from .workspace import SEED


def check(*functions: Function, seed: int = SEED) -> None:
    """Check a function and print what is wrong with it, or that it is right.

    The exercise is found by the function's name.  Where it has several functions,
    those that are not handed over are looked up where the first one was defined.  The
    functions run in this process: nothing stops an endless loop but an interrupt.

    Raises ArgumentError where no exercise has a function of that name.
    """
    names = [name_of(function) for function in functions]
    if not names:
        raise ArgumentError("check needs a function, such as check(softmax_vjp)")
    exercise = exercise_with(names[0])
    beside = getattr(functions[0], "__globals__", {})
    found = {name: beside[name] for name in exercise.references if name in beside}
    found |= dict(zip(names, functions, strict=True))
    run = in_this_process(exercise, found)
    verdict = judge(exercise, run, seed)
    file = filename(found.get(verdict.finding.function)) if verdict.finding else ""
    style = look()
    say(*judged(exercise, verdict, file, style))
    text = f"seed {seed}; run in this process, without limits of time and memory"
    say(*style.wrapped(text, 2))


def name_of(function: Function) -> str:
    """The name that a function was defined with."""
    name = getattr(function, "__name__", None)
    if not callable(function) or name is None:
        kind = type(function).__name__
        raise ArgumentError(f"check needs a function, not an object of type {kind}")
    return str(name)


def exercise_with(name: str) -> Exercise:
    """The exercise that asks for a function of that name."""
    known: dict[str, Exercise] = {}
    for exercise in shipped():
        known |= dict.fromkeys(exercise.references, exercise)
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, 1)
    there = ", ".join(near or known)
    raise ArgumentError(f"no exercise has a function {name!r}, but there is {there}")


def in_this_process(exercise: Exercise, functions: Mapping[str, Function]) -> Runner:
    """Runs the functions here, without any limit."""

    def run(name: str, inputs: Sequence[Any]) -> Outcome:
        if name not in functions:
            return Outcome(failure="missing", message="there is no such function yet")
        arguments = tuple(inputs)
        if exercise.given is not None:
            arguments = exercise.given(*arguments)
        return called(functions[name], arguments, filename(functions[name]))

    return run


def filename(function: Function | None) -> str:
    """The file or the cell that a function was defined in."""
    code = getattr(function, "__code__", None)
    return "" if code is None else str(code.co_filename)
