"""What the command lines share.

An error is one sentence and an exit code. Every stream can print every text, whatever
its encoding, and a stream that nobody reads any more does not stop the work.
"""

from __future__ import annotations

import argparse
import codecs
import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, TextIO

from .errors import TinygraphError, TinygraphWarning
from .files import escaped
from .interrupts import INTERRUPTED as INTERRUPTED
from .interrupts import catch_again

USER_ERROR, RUN_TIME_ERROR = 2, 1
Commands = argparse._SubParsersAction  # argparse has no public name for it
Phrase = Callable[..., str]  # a sentence and its fields, as one text

ERROR, STOPPED = "{module}: error: {error}.", "{module}: stopped."
SEE_HELP = "{message}; see python -m {module} --help"
UNUSABLE = "{path} cannot be used: {error}"
OUTPUT_UNUSABLE = "the output cannot be used: {error}"
SENTENCES = (ERROR, STOPPED, SEE_HELP, UNUSABLE, OUTPUT_UNUSABLE)

# Replacements for signs that an encoding does not have; others are escaped.
SIGNS = {"−": "-", "–": "-", "×": "x", "·": "*", "…": "...", "→": "->", "←": "<-"}
SIGNS |= {"∂": "d", "Σ": "sum", "Δ": "delta", "½": "1/2", "²": "^2", "─": "-", "━": "-"}
SPELLED = "tinygraph.spelled"


def filled_in(sentence: str, **fields: object) -> str:
    """A sentence with its fields filled in."""
    return sentence.format(**fields)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence."""

    phrase: Phrase = staticmethod(filled_in)

    def error(self, message: str) -> NoReturn:
        """Print the error and leave."""
        module = self.prog.removeprefix("python -m ").split()[0]
        text = self.phrase(SEE_HELP, message=message, module=module)
        self.exit(fail(module, text, USER_ERROR, self.phrase))


def run(
    module: str,
    command: Callable[[], int],
    failures: tuple[type[TinygraphError], ...] = (),
    phrase: Phrase = filled_in,
) -> int:
    """Run a command, print its error in one sentence, and return its exit code.

    The code is the command's own, 1 for one of `failures` or a closed pipe, 2 for an
    error that the user can correct, and 130 after Ctrl-C. `phrase` fills in the fields
    of a sentence, perhaps in another language.
    """
    with fit_streams(), warnings_in_one_sentence(module):
        try:
            catch_again()
            code = command()
            sys.stdout.flush()
            return code
        except BrokenPipeError:  # such as `| head`
            return RUN_TIME_ERROR
        except failures as error:
            return fail(module, error, RUN_TIME_ERROR, phrase)
        except TinygraphError as error:
            return fail(module, error, USER_ERROR, phrase)
        except OSError as error:
            text = phrase(OUTPUT_UNUSABLE, error=error.strerror)
            if error.filename:
                text = phrase(UNUSABLE, path=error.filename, error=error.strerror)
            return fail(module, text, USER_ERROR, phrase)
        except KeyboardInterrupt:
            tell(phrase(STOPPED, module=module), file=sys.stderr)
            return INTERRUPTED


def fail(module: str, error: object, code: int, phrase: Phrase = filled_in) -> int:
    """Print the error on one line, and return the code."""
    text = " ".join(str(error).split()).rstrip(".")
    tell(phrase(ERROR, module=module, error=escaped(text)), file=sys.stderr)
    return code


def tell(*lines: str, file: TextIO | None = None) -> None:
    """Print lines at once, by default on standard output.

    If nobody reads the stream any more, these and later lines are dropped.
    """
    stream = file or sys.stdout
    try:
        for line in lines:
            print(line, file=stream)
        stream.flush()
    except (OSError, ValueError):  # ValueError: it is closed
        silence(stream)


@contextmanager
def fit_streams() -> Iterator[None]:
    """Let standard output and error print every character and close quietly."""
    open_streams()
    with accept_all(sys.stdout), accept_all(sys.stderr):
        yield


def open_streams() -> None:
    """Connect standard streams that are closed to the null device.

    Otherwise the next file to be opened gets their number, and what is printed.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(getattr(sys, name), "closed", True):
            hold(number)
            stream = open(number, "w" if number else "r", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


@contextmanager
def accept_all(stream: TextIO) -> Iterator[None]:
    """Replace characters that a stream cannot encode, and flush it at the end."""
    before = stream.errors
    wrapper = stream if isinstance(stream, io.TextIOWrapper) else None
    try:
        if wrapper is not None:
            wrapper.reconfigure(errors=SPELLED)
        yield
    finally:
        try:
            stream.flush()
            if wrapper is not None:
                wrapper.reconfigure(errors=before)
        except (OSError, ValueError):
            silence(stream)


def silence(stream: TextIO) -> None:
    """Send everything that is still to be written to the null device."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def hold(number: int) -> None:
    """Open the null device under a file number if that is free."""
    try:
        os.fstat(number)
    except OSError:
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere != number:
            os.dup2(nowhere, number)
            os.close(nowhere)


def spell(error: UnicodeError) -> tuple[str, int]:
    r"""Replacements for characters that an encoding does not have.

    >>> "− ∂ 日 \udcff".encode("ascii", SPELLED).decode()
    '- d \\u65e5 \\udcff'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    escapes = (c.encode("ascii", "backslashreplace").decode() for c in text)
    signs = (SIGNS.get(c, escape) for c, escape in zip(text, escapes, strict=True))
    return "".join(signs), error.end


codecs.register_error(SPELLED, spell)


@contextmanager
def warnings_in_one_sentence(module: str) -> Iterator[None]:
    """Print a warning of tinygraph in one sentence, without code, and only once."""
    before, said = warnings.showwarning, set[str]()

    def show(message: Any, category: type[Warning], *more: Any, **named: Any) -> None:
        if not issubclass(category, TinygraphWarning):
            before(message, category, *more, **named)
        elif str(message) not in said:
            said.add(str(message))
            tell(f"{module}: {str(message).rstrip('.')}.", file=sys.stderr)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before
