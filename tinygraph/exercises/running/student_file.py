"""A student's file in a worker process, and its functions, called one by one."""

from __future__ import annotations

import ast
import traceback
from types import CodeType
from typing import Any

from .frames import MOST_CHARACTERS, MOST_NUMBERS
from .outcome import call


class StudentFile:
    """A file whose functions can be called.  What comes of it is ready to be sent."""

    def __init__(self, job: dict[str, Any], given: dict[str, Any]) -> None:
        self.file: str = job["file"]
        self.failure: dict[str, Any] = {}
        self.names: dict[str, Any] = {"__name__": "student", "__file__": self.file}
        self.given: Any = given.get("given")
        code = self.compile(job["source"].tobytes())
        if code is not None:
            self.load(code)

    def compile(self, source: bytes) -> CodeType | None:
        """The code of the file, or None if its syntax is wrong."""
        try:
            return compile(ast.parse(source, self.file), self.file, "exec")
        except SyntaxError as error:
            said = f"the file is not valid Python: {error.msg}, line {error.lineno}"
            self.failure = no_answer("syntax", said, error.lineno)
        except (ValueError, RecursionError, MemoryError) as error:
            self.failure = no_answer("syntax", f"the file is not valid Python: {error}")
        return None

    def load(self, code: CodeType) -> None:
        """Run the file itself."""
        try:
            exec(code, self.names)
        except BaseException as error:
            failure = self.caught(error)
            if failure["failure"] in ("raised", "stub"):
                failure["failure"] = "syntax"
                failure["message"] = f"the file cannot be run: {failure['message']}"
            self.failure = failure

    def answer(self, name: str, inputs: tuple[Any, ...]) -> dict[str, Any]:
        """What a function of the file returns for these inputs."""
        if self.failure:
            return self.failure
        function = self.names.get(name)
        if not callable(function):
            return no_answer("missing", f"the file has no function {name}")
        arguments = self.given(*inputs) if self.given else inputs
        try:
            outcome = vars(call(function, arguments, self.file))
        except BaseException as error:
            return self.caught(error)
        if outcome["message"].startswith("MemoryError"):
            return self.caught(MemoryError())
        size = sum(array.size for array in outcome["answers"])
        if size > MOST_NUMBERS:
            return no_answer("type", f"returns {size} numbers")
        message = outcome["message"][:MOST_CHARACTERS]
        return {**outcome, "answers": list(outcome["answers"]), "message": message}

    def caught(self, error: BaseException) -> dict[str, Any]:
        """An exception of student code."""
        steps = traceback.extract_tb(error.__traceback__)
        lines = [step.lineno for step in steps if step.filename == self.file]
        line = lines[-1] if lines else None
        if isinstance(error, NotImplementedError):
            return no_answer("stub", "not written yet", line)
        if isinstance(error, MemoryError):
            return no_answer("memory", "needs more memory than is allowed", line)
        if not isinstance(error, Exception):
            name = type(error).__name__
            return no_answer("crashed", f"the code ends the program ({name})", line)
        try:
            text = str(error)
        except Exception:
            text = ""
        return no_answer("raised", f"{type(error).__name__}: {text}", line)


def no_answer(failure: str, message: str, line: int | None = None) -> dict[str, Any]:
    """A call that gave no answer, and why."""
    return {"failure": failure, "message": message[:MOST_CHARACTERS], "line": line}
