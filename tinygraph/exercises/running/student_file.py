"""A student's file in a worker process, and its functions, called one by one."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from . import sentences
from .frames import MOST_NUMBERS
from .outcome import Outcome, call, last_line, outcome_of_error
from .variants import call_variant

MODULE_NAME = "student"


class StudentFile:
    """A file whose functions can be called, whatever is in it."""

    def __init__(self, job: dict[str, Any], given: dict[str, Any]) -> None:
        self.file: str = job["file"]
        self.in_notebook = self.file.endswith(".ipynb")
        self.failure: Outcome | None = None  # of the file as a whole
        self.failed: Outcome | None = None  # of the first statement that failed alone
        self.names: dict[str, Any] = {"__name__": MODULE_NAME, "__file__": self.file}
        self.given: Any = given.get("given")
        self.load(job["source"].tobytes())

    def load(self, source: bytes) -> None:
        """Run the file itself.

        A notebook goes on after a statement that fails, as a student does in one.
        """
        self.has_text = source.strip() != b""
        tree = self.parse(source)
        if tree is None:
            return
        if not self.in_notebook:
            self.failure = self.run(tree)
            return
        failures = [self.run(ast.Module([node], [])) for node in tree.body]
        self.failed = next(filter(None, failures), None)

    def parse(self, source: bytes) -> ast.Module | None:
        """The syntax tree of the file, or None if its syntax is wrong."""
        try:
            tree = ast.parse(source, self.file)
            if not self.in_notebook:
                compile(tree, self.file, "exec")
            return tree
        except SyntaxError as error:
            said, line = error.msg, error.lineno
            if line:
                said = sentences.AT_LINE.format(error=said, line=line)
        except (ValueError, RecursionError, MemoryError) as error:
            said, line = str(error), None
        said = sentences.NOT_PYTHON.format(error=said)
        self.failure = Outcome(failure="syntax", message=said, line=line)
        return None

    def run(self, tree: ast.Module) -> Outcome | None:
        """Run the code of the file; returns how it failed, or None."""
        try:
            exec(compile(tree, self.file, "exec"), self.names)
        except BaseException as error:
            outcome = self.outcome_of_any(error)
            if outcome.failure in ("raised", "stub"):
                said = sentences.CANNOT_BE_RUN.format(error=outcome.message)
                outcome = replace(outcome, failure="syntax", message=said)
            return outcome
        return None

    def call(self, name: str, inputs: tuple[Any, ...]) -> Outcome:
        """What a function of the file returns for these inputs."""
        if self.failure is not None:
            return self.failure
        function = self.names.get(name)
        if not callable(function):
            if name not in self.names and self.failed is not None:
                return self.failed
            said = sentences.NO_FUNCTION.format(name=name)
            return Outcome(
                failure="missing",
                message=said if self.has_text else sentences.NOTHING_IN_FILE,
            )
        arguments = self.given(*inputs) if self.given else inputs
        try:
            outcome = call(function, arguments, self.file)
        except BaseException as error:
            return self.outcome_of_any(error)
        if outcome.message.startswith("MemoryError"):
            return out_of_memory(outcome.line)
        size = sum(array.size for array in outcome.results)
        if size > MOST_NUMBERS:
            return Outcome(
                failure="type", message=sentences.RETURNS_MUCH.format(count=size)
            )
        return outcome

    def call_variant(
        self, functions: str, name: str, inputs: tuple[Any, ...]
    ) -> Outcome:
        """The same if some of its functions were written like this."""
        arguments = self.given(*inputs) if self.given else inputs
        return call_variant(functions, self.names, name, arguments)

    def outcome_of_any(self, error: BaseException) -> Outcome:
        """The outcome of code that raised anything, even to end the process."""
        line, name = last_line(error, self.file), type(error).__name__
        if isinstance(error, MemoryError):
            return out_of_memory(line)
        if not isinstance(error, Exception):
            said = sentences.ENDS_PROGRAM.format(name=name)
            return Outcome(failure="crashed", message=said, line=line)
        try:
            return outcome_of_error(error, self.file)
        except BaseException:  # its text cannot be made
            return Outcome(failure="raised", message=f"{name}: ", line=line)


def out_of_memory(line: int | None) -> Outcome:
    """A call that asked for too much memory."""
    return Outcome(failure="memory", message=sentences.NEEDS_MEMORY, line=line)
