"""Learning a wrong answer: from a student's file to a function of the exercise."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ArgumentError, FileError
from ..catalogue import shipped_exercises
from ..exercise import Exercise
from ..judging.fingerprint import fingerprint_of, is_unknown
from ..judging.judge import judge
from ..language import marked, translated
from ..running.job import Limits
from ..running.outcome import Outcome, Runner
from ..running.process import run_source
from ..submissions.file_names import exercise_named
from ..submissions.folders import read_submission
from ..submissions.statements import needed_for, statements_in

SEED = 0
TO_FILL_IN = marked("TODO: say in one or two sentences what is wrong, and why.")


@dataclass(frozen=True)
class Unknown:
    """A wrong answer of a student that its exercise does not list."""

    exercise: Exercise
    function: str
    source: str
    fingerprint: str

    @property
    def default_name(self) -> str:
        """What it is called until somebody has understood it."""
        return f"unknown_{self.fingerprint[:6]}"

    def full_name(self, name: str) -> str:
        """The name of its function, which says what it replaces if there are several.

        Raises ArgumentError if that is not a name, or is taken.
        """
        rest = name.removeprefix("wrong_")
        several = len(self.exercise.references) > 1
        if several and not rest.startswith(self.function):
            rest = f"{self.function}_{rest}"
        found = f"wrong_{rest}"
        if not found.isidentifier():
            raise ArgumentError(
                translated(
                    "{name!r} cannot name a function: write a name such as no_half",
                    name=name,
                )
            )
        if found in [wrong.name for wrong in self.exercise.wrong]:
            raise ArgumentError(
                translated(
                    "{exercise} already has {found}: choose another",
                    exercise=self.exercise.id,
                    found=found,
                )
            )
        return found


def exercise_of(file: Path) -> Exercise:
    """The exercise that a file answers, by its name.

    Raises ArgumentError if there is none.
    """
    exercises = shipped_exercises()
    found = exercise_named(file.name, exercises)
    for exercise in exercises:
        if exercise.id == found:
            return exercise
    raise ArgumentError(
        translated(
            "{file} is not called as an exercise is: say which it answers, as "
            "in --exercise 09",
            file=file,
        )
    )


def read_unknown(file: Path, own: Exercise) -> Unknown:
    """The wrong answer in a student's file, which runs in a process of its own.

    Raises FileError if the file cannot be read, and ArgumentError if the answer is
    right, has a name already, or does not return anything.
    """
    source = read_answer(file, own)
    with run_source(source.encode(), file.name, own, Limits()) as run:
        finding = judge(own, run, SEED).finding
        if finding is None:
            raise ArgumentError(
                translated(
                    "{file} is right: there is nothing to learn from it", file=file
                )
            )
        if finding.mistake.startswith("wrong_"):
            known = translated("{exercise} already lists this answer", exercise=own.id)
            raise ArgumentError(
                translated(
                    "{known}: it is {mistake}", known=known, mistake=finding.mistake
                )
            )
        steady = is_unknown(finding)
        found = fingerprint_of(own, run, finding.function) if steady else ""
    if not found:
        raise ArgumentError(
            translated(
                "{file} has no answer to learn from: {message}",
                file=file,
                message=finding.message,
            )
        )
    return Unknown(own, finding.function, source, found)


def read_answer(file: Path, exercise: Exercise) -> str:
    """The text of a file, or of what a notebook has for an exercise."""
    if file.suffix == ".ipynb":
        found = read_submission(file.resolve(), [exercise])
        text = found.source(exercise).text
        if found.reason or not text:
            raise FileError(
                found.reason
                or translated(
                    "{file} has no answer to {exercise}",
                    file=file,
                    exercise=exercise.id,
                )
            )
        return text.decode()
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(
            translated("{file} cannot be read: {error}", file=file, error=error)
        ) from None


def learned_function(unknown: Unknown, name: str) -> str:
    """The wrong answer as a function of its exercise, with a docstring to fill in.

    Raises ArgumentError if it cannot be made one function.
    """
    own, function = unknown.exercise, unknown.function
    known = {ast.unparse(node) for node in imports_of(own.source)}
    needed = needed_for({function}, statements_in(unknown.source))
    nodes = [n for s in needed for n in ast.parse(s.text).body]
    nodes = [node for node in nodes if ast.unparse(node) not in known]
    made = renamed(nodes, name) or nested(nodes, own, function, name)
    text = ast.unparse(ast.fix_missing_locations(made))
    if not returns_the_same(unknown, name, text):
        raise ArgumentError(
            translated(
                "this answer cannot be made one function: write {name} by hand, so "
                "that it returns what {function} returns",
                name=name,
                function=function,
            )
        )
    return text + "\n"


def imports_of(source: str) -> list[ast.stmt]:
    """The imports of a file."""
    nodes = ast.parse(source).body
    return [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]


def renamed(nodes: Sequence[ast.stmt], name: str) -> ast.FunctionDef | None:
    """A function that needs nothing else, under another name; None if it does."""
    if len(nodes) != 1 or not isinstance(nodes[0], ast.FunctionDef):
        return None
    node = nodes[0]
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    if node.name in used or node.decorator_list:
        return None
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    node.name, node.body = name, [docstring(), *body]
    return node


def nested(
    nodes: Sequence[ast.stmt], exercise: Exercise, function: str, name: str
) -> ast.FunctionDef:
    """A function that contains whatever the answer needs, and then calls it."""
    names = list(inspect.signature(exercise.references[function]).parameters)
    head = f"def {name}({', '.join(names)}):\n    return {function}({', '.join(names)})"
    made = ast.parse(head).body[0]
    assert isinstance(made, ast.FunctionDef)
    made.body = [docstring(), *nodes, *made.body]
    return made


def docstring() -> ast.stmt:
    """A docstring to fill in."""
    return ast.Expr(ast.Constant(translated(TO_FILL_IN)))


def returns_the_same(unknown: Unknown, name: str, text: str) -> bool:
    """Whether the function returns what the student's function returns."""
    own = unknown.exercise
    parts = [*map(ast.unparse, imports_of(own.source)), text]
    source = "\n\n".join(parts).encode()
    with run_source(source, f"{own.id}.py", own, Limits()) as run:
        found = fingerprint_of(own, as_called(run, name), unknown.function)
    return found == unknown.fingerprint


def as_called(run: Runner, name: str) -> Runner:
    """A runner that calls one function, whatever it is asked for."""

    def call(_: str, inputs: Sequence[Any]) -> Outcome:
        return run(name, inputs)

    return call
