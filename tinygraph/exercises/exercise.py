"""Exercise: a file with a statement, a reference, cases, hints and wrong answers.

An exercise is a plain `.py` file without any markers, and it need not import this
package. The names of its functions give them their meaning:

    softmax_vjp(g, y)       the reference: any public name that is not listed here
    cases(rng, k)           the inputs of case k, as a tuple
    wrong_...(g, y)         a wrong answer; its docstring is what to say about it
    given(*inputs)          what the student's function gets, if that is not plain data
    forward(x, ...)         the function whose derivative for x the reference is; it is
                            used by the selftest alone
    accept(name, yours, *inputs)   a note if these are right answers too, else None;
                                   raises AssertionError to say what is wrong
    explain(name, yours, right, *inputs)   more about a wrong answer whose results have
                                   the right shapes, in words

`POINTS`, `AFTER`, `HINTS`, `CORNERS` and `IMPORTS` are constants: the first `CORNERS`
cases are corner cases, which an answer must get right, and the others are random: their
numbers are drawn, and their kinds follow from k. `IMPORTS` are the packages that an
answer may import. Everything that a student sees is made from this file: the stub is
its reference without the body.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, FileError
from ..files import require_regular
from .language import marked, translated
from .running.allowed_imports import refusal_of, refusal_of_names

Function = Callable[..., Any]
RESERVED = ("cases", "given", "forward", "accept", "explain")
CONSTANTS = ("POINTS", "AFTER", "HINTS", "CORNERS", "IMPORTS", "ALLOWS_TINYGRAPH")
CASES = 12  # on which an answer is tried
ALLOWS = "ALLOWS_TINYGRAPH = True"


@dataclass(frozen=True)
class WrongAnswer:
    """A known mistake as code, and what to tell those who make it."""

    name: str
    function: Function
    message: str
    replaces: str  # the name of the reference


@dataclass(frozen=True, eq=False)
class Exercise:
    """One exercise, as its file defines it."""

    id: str  # the file's name without its suffix: "09_softmax_vjp"
    title: str
    statement: str
    points: float
    after: tuple[str, ...]  # exercises that should come before
    hints: tuple[str, ...]
    corners: int
    imports: tuple[str, ...] | None  # that answers may use; None for all
    references: dict[str, Function]
    cases: Function
    wrong: tuple[WrongAnswer, ...]
    given: Function | None
    forward: Function | None
    accept: Function | None
    explain: Function | None
    source: str
    path: Path

    def case(self, seed: int, number: int) -> tuple[Any, ...]:
        """The inputs of a case; the same seed and number give the same inputs."""
        inputs = self.cases(np.random.default_rng([seed, number]), number)
        return inputs if isinstance(inputs, tuple) else (inputs,)

    def other_seeds(self, seed: int) -> list[int]:
        """Seeds with more cases, for whoever needs them."""
        return [seed + step for step in range(1, 6)]

    @property
    def names(self) -> list[str]:
        """What the inputs of the first reference are called."""
        first = next(iter(self.references.values()))
        return list(inspect.signature(first).parameters)

    @functools.cached_property
    def nodes(self) -> list[ast.stmt]:
        """The statements of the file."""
        return ast.parse(self.source).body

    def stub(self) -> str:
        """What the student gets: the statement, and functions without bodies."""
        imports = [ast.unparse(n) for n in self.imported() if not self.refusal_of(n)]
        parts = ["\n".join([f"{self.quoted_statement}\n", *imports]), *self.heads()]
        return "\n\n\n".join(parts) + "\n"

    @functools.cached_property
    def quoted_statement(self) -> str:
        """The docstring of the file as it is written, with its quotes."""
        return ast.get_source_segment(self.source, self.nodes[0]) or ""

    def imported(self) -> list[ast.Import | ast.ImportFrom]:
        """The import statements of the file."""
        return [n for n in self.nodes if isinstance(n, ast.Import | ast.ImportFrom)]

    def heads(self) -> list[str]:
        """The functions to write, without bodies."""
        return [
            "\n".join([*self.head(node), "    raise NotImplementedError"])
            for node in self.nodes
            if isinstance(node, ast.FunctionDef) and node.name in self.references
        ]

    def refusal_of(self, node: ast.Import | ast.ImportFrom) -> str:
        """Why an answer may not have an import statement; empty if it may."""
        if isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            return refusal_of_names(node.module or "", names, self.imports)
        refusals = (refusal_of(alias.name, self.imports) for alias in node.names)
        return next(filter(None, refusals), "")

    def head(self, node: ast.FunctionDef) -> list[str]:
        """A function's signature and docstring, as they are written in the file."""
        lines = self.source.splitlines()
        first = node.body[0]
        documented = ast.get_docstring(node) is not None
        end = (first.end_lineno or first.lineno) if documented else first.lineno - 1
        return lines[node.lineno - 1 : end]

    def solution(self) -> str:
        """The reference, with everything in its file that it needs."""
        lines, nodes = self.source.splitlines(), self.needed_by(*self.references)
        parts = [lines[n.lineno - 1 : n.end_lineno] for n in nodes]
        return "\n\n".join("\n".join(part) for part in parts) + "\n"

    def needed_by(self, *names: str, without: Container[str] = ()) -> list[ast.stmt]:
        """The statements of the file that define these names, and all that they need.

        What only functions in `without` need is left out, and so are these.
        """
        nodes = [
            node
            for node in self.nodes
            if not any(name in without for name in defined_names(node))
        ]
        needed = [n for n in nodes if set(defined_names(n)) & set(names)]
        for node in needed:  # the list grows during the loop
            used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            needed += [
                n for n in nodes if n not in needed and used & set(defined_names(n))
            ]
        return [node for node in nodes if node in needed]

    @property
    def given_source(self) -> str:
        """`given` and the imports of the file as code, to be run in another process."""
        if self.given is None:
            return ""
        own = [
            node
            for node in self.nodes
            if isinstance(node, ast.FunctionDef) and node.name == "given"
        ]
        return "\n\n".join(map(ast.unparse, [*self.imported(), *own]))

    @property
    def allows_tinygraph(self) -> bool:
        """Whether the file says so, or imports tinygraph, or allows to import it."""
        if "tinygraph" in (self.imports or ()):
            return True
        for node in self.nodes:
            if isinstance(node, ast.Import):
                if any(alias.name == "tinygraph" for alias in node.names):
                    return True
            elif isinstance(node, ast.Assign) and ast.unparse(node) == ALLOWS:
                return True
        return False


def load(path: str | Path) -> Exercise:
    """The exercise in a file, whose code is run: it must be trusted.

    Raises FileError if the file cannot be read, and ArgumentError if it is not an
    exercise.
    """
    path = Path(path)
    try:
        require_regular(path)
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(
            translated(
                "{path} cannot be read as an exercise: {error}", path=path, error=error
            )
        ) from None
    return loaded(source, path)


def exercise_from(source: str, path: Path) -> Exercise:
    """The exercise in a text, which is run, from the file in `path`.

    Raises ArgumentError if it is not an exercise.
    """
    names = execute(source, path)
    own = functions_of(source, names)
    references = {
        name: function
        for name, function in own.items()
        if name not in RESERVED and not name.startswith(("wrong_", "_"))
    }
    if not references:
        raise not_an_exercise(path, translated("it has no reference"))
    if "cases" not in own:
        raise not_an_exercise(path, translated("it has no cases"))
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
        imports=tuple(names["IMPORTS"]) if "IMPORTS" in names else None,
        references=references,
        cases=own["cases"],
        wrong=tuple(wrong_answers_of(own, references)),
        given=own.get("given"),
        forward=own.get("forward"),
        accept=own.get("accept"),
        explain=own.get("explain"),
        source=source,
        path=path,
    )


# A text that was read before is not run again: reading all exercises takes a while.
loaded = functools.lru_cache(maxsize=64)(exercise_from)


def require_constants(path: Path, names: dict[str, Any]) -> None:
    """Raise ArgumentError if the docstring is missing or a constant is wrong."""
    if not (names.get("__doc__") or "").strip():
        why = translated("it has no docstring, with a title and a statement")
        raise not_an_exercise(path, why)
    kinds = {
        "POINTS": (int | float, marked("{name} is not a number")),
        "CORNERS": (int, marked("{name} is not a whole number")),
    }
    for name, (kind, said) in kinds.items():
        value = names.get(name, 1)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise not_an_exercise(path, translated(said, name=name))
    for name in ("AFTER", "HINTS", "IMPORTS"):
        value = names.get(name, ())
        if not isinstance(value, list | tuple) or not all(
            isinstance(text, str) for text in value
        ):
            why = translated("{name} is not a list of strings", name=name)
            raise not_an_exercise(path, why)


def not_an_exercise(path: Path, why: str) -> ArgumentError:
    """The error that a file is not an exercise."""
    return ArgumentError(
        translated("{path} is not an exercise: {why}", path=path, why=why)
    )


def execute(source: str, path: Path) -> dict[str, Any]:
    """Run the text of an exercise's file: all the names that it defines."""
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    try:
        exec(compile(source, str(path), "exec"), names)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        why = translated("it fails with {error}", error=said)
        raise not_an_exercise(path, why) from error
    return names


def functions_of(source: str, names: dict[str, Any]) -> dict[str, Function]:
    """The functions that a file defines itself, in order."""
    nodes = ast.parse(source).body
    return {n.name: names[n.name] for n in nodes if isinstance(n, ast.FunctionDef)}


def wrong_answers_of(
    own: dict[str, Function], references: dict[str, Function]
) -> list[WrongAnswer]:
    """The wrong answers, each with the reference that it replaces.

    That is the one whose name it begins with, as in `wrong_relu_grad_at_zero`, or else
    the first.
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


def defined_names(node: ast.stmt) -> Iterator[str]:
    """The names that a statement of a file defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))


def is_called(id: str, name: str) -> bool:
    """Whether an exercise is meant by a name: "9", "09", "softmax_vjp" or its id."""
    number, _, rest = id.partition("_")
    return name in (id, rest, number, number.lstrip("0"))


def short_id(id: str) -> str:
    """What an exercise is called on the command line.

    >>> short_id("09_softmax_vjp"), short_id("my_own")
    ('09', 'my_own')
    """
    number = id.partition("_")[0]
    return number if number.isdigit() else id


def plain_name(id: str) -> str:
    """An exercise's name without its number.

    >>> plain_name("09_softmax_vjp"), plain_name("my_own")
    ('softmax_vjp', 'my_own')
    """
    return id.removeprefix(short_id(id)).lstrip("_") or id


def label_of(id: str) -> str:
    """An exercise's number and name, as in headlines.

    >>> label_of("09_softmax_vjp"), label_of("my_own")
    ('09 softmax_vjp', 'my_own')
    """
    return f"{short_id(id)} {plain_name(id)}" if short_id(id) != id else id
