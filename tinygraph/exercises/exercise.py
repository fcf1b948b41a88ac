"""Exercise: a file with a statement, a reference, cases, hints and wrong answers.

One plain `.py` file is one exercise; it needs no marks and imports nothing of this
package.  Its functions have meaning by their names:

    softmax_vjp(g, y)       the reference: any public name that is not listed here
    cases(rng, k)           the inputs of case k, as a tuple
    wrong_...(g, y)         a wrong answer; its docstring is what to say about it
    given(*inputs)          what the student's function gets, if that is no plain data
    forward(x, ...)         of which the reference is the derivative for x: a selftest
    accept(name, yours, *inputs)   a note if these are right answers too, else None;
                                   raises AssertionError to say what is wrong

`POINTS`, `AFTER`, `HINTS` and `CORNERS` are constants: so many cases at the beginning
must not be missed, and the others are random.  Everything that a student sees is made
of such a file: the stub is its reference without the body.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, FileError
from ..files import require_regular

Function = Callable[..., Any]
CATALOGUE = Path(__file__).parent / "catalogue"
RESERVED = ("cases", "given", "forward", "accept")
CASES = 12  # that an answer is tried on


@dataclass(frozen=True)
class WrongAnswer:
    """A known mistake as code, and what to tell those who make it."""

    name: str
    function: Function
    message: str
    replaces: str  # the reference that it is a wrong answer to


@dataclass(frozen=True, eq=False)
class Exercise:
    """One exercise, as its file has it."""

    id: str  # the file's name without ending: "09_softmax_vjp"
    title: str
    statement: str
    points: float
    after: tuple[str, ...]  # exercises that should come before
    hints: tuple[str, ...]
    corners: int
    references: dict[str, Function]
    cases: Function
    wrong: tuple[WrongAnswer, ...]
    given: Function | None
    forward: Function | None
    accept: Function | None
    source: str
    path: Path

    def case(self, seed: int, number: int) -> tuple[Any, ...]:
        """The inputs of a case; the same seed and number give the same inputs."""
        inputs = self.cases(np.random.default_rng([seed, number]), number)
        return inputs if isinstance(inputs, tuple) else (inputs,)

    @property
    def names(self) -> list[str]:
        """What the inputs of the first reference are called."""
        first = next(iter(self.references.values()))
        return list(inspect.signature(first).parameters)

    def stub(self) -> str:
        """What the student gets: the statement, and functions without bodies."""
        tree = ast.parse(self.source)
        imports = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
        statement = f'"""{ast.get_docstring(tree, clean=False)}"""'
        parts = [statement, "", *map(ast.unparse, imports)]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in self.references:
                parts += ["", "", *self.head(node), "    raise NotImplementedError"]
        return "\n".join(parts) + "\n"

    def head(self, node: ast.FunctionDef) -> list[str]:
        """A function's signature and docstring, as they stand in the file."""
        lines = self.source.splitlines()
        first = node.body[0]
        documented = ast.get_docstring(node) is not None
        end = (first.end_lineno or first.lineno) if documented else first.lineno - 1
        return lines[node.lineno - 1 : end]

    def source_of(self, name: str) -> str:
        """The imports of the file and one of its functions, to be run elsewhere."""
        tree = ast.parse(self.source)
        wanted = [
            node
            for node in tree.body
            if isinstance(node, ast.Import | ast.ImportFrom)
            or (isinstance(node, ast.FunctionDef) and node.name == name)
        ]
        return "\n\n".join(ast.unparse(node) for node in wanted)


def load(path: str | Path) -> Exercise:
    """The exercise in a file, whose code is run: it must be trusted.

    Raises FileError where there is no such file, and ArgumentError where it lacks
    something.
    """
    path = Path(path)
    source, names = executed(path)
    own = functions_of(source, names)
    references = {
        name: function
        for name, function in own.items()
        if name not in RESERVED and not name.startswith(("wrong_", "_"))
    }
    for needed, there in (("a reference", references), ("cases", "cases" in own)):
        if not there:
            raise ArgumentError(f"{path} is no exercise: it has no {needed}")
    require_constants(path, names)
    title, _, statement = inspect.cleandoc(names["__doc__"]).partition("\n")
    return Exercise(
        id=path.stem,
        title=title,
        statement=statement.strip(),
        points=names.get("POINTS", 1),
        after=tuple(names.get("AFTER", ())),
        hints=tuple(names.get("HINTS", ())),
        corners=names.get("CORNERS", 3),
        references=references,
        cases=own["cases"],
        wrong=tuple(wrong_answers(own, references)),
        given=own.get("given"),
        forward=own.get("forward"),
        accept=own.get("accept"),
        source=source,
        path=path,
    )


def require_constants(path: Path, names: dict[str, Any]) -> None:
    """Raise ArgumentError where the docstring is missing, or a constant is no such."""
    if not (names.get("__doc__") or "").strip():
        raise ArgumentError(
            f"{path} is no exercise: it has no docstring, with a title and a statement"
        )
    kinds = {"POINTS": (int | float, "number"), "CORNERS": (int, "whole number")}
    for name, (kind, said) in kinds.items():
        value = names.get(name, 1)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ArgumentError(f"{path} is no exercise: {name} is no {said}")
    for name in ("AFTER", "HINTS"):
        value = names.get(name, ())
        if not isinstance(value, list | tuple) or not all(
            isinstance(text, str) for text in value
        ):
            raise ArgumentError(f"{path} is no exercise: {name} is no list of texts")


def executed(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of an exercise's file, and all the names that it defines."""
    try:
        require_regular(path)
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read as an exercise: {error}") from None
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    try:
        exec(compile(source, str(path), "exec"), names)
    except Exception as error:
        raise ArgumentError(
            f"{path} is no exercise, it fails with {type(error).__name__}: {error}"
        ) from error
    return source, names


def functions_of(source: str, names: dict[str, Any]) -> dict[str, Function]:
    """The functions that a file defines itself, in their order."""
    nodes = ast.parse(source).body
    return {n.name: names[n.name] for n in nodes if isinstance(n, ast.FunctionDef)}


def wrong_answers(
    own: dict[str, Function], references: dict[str, Function]
) -> list[WrongAnswer]:
    """The wrong answers; each belongs to a reference.

    That is the one whose name begins it, `wrong_relu_grad_at_zero`, or else the first.
    """
    found = []
    for name, function in own.items():
        if name.startswith("wrong_"):
            rest = name.removeprefix("wrong_")
            matching = [r for r in references if rest.startswith(r)]
            replaces = matching[0] if matching else next(iter(references))
            message = " ".join((function.__doc__ or name).split())
            found.append(WrongAnswer(name, function, message, replaces))
    return found


def shipped() -> list[Exercise]:
    """The exercises of this package, in their order."""
    return [load(path) for path in sorted(CATALOGUE.glob("[0-9]*.py"))]


def named(name: str) -> Exercise:
    """An exercise by its number, its name, or the path of its file.

    Raises ArgumentError where there is none.
    """
    if name.endswith(".py"):
        return load(name)
    paths = sorted(CATALOGUE.glob("[0-9]*.py"))
    for path in paths:
        number, _, rest = path.stem.partition("_")
        if name in (path.stem, number, rest, number.lstrip("0")):
            return load(path)
    known = ", ".join(path.stem for path in paths)
    raise ArgumentError(f"there is no exercise {name!r}: choose one of {known}")
