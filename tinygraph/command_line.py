"""What the command lines have in common: an error is one sentence and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from .errors import TinygraphError

USER_ERROR, RUN_TIME_ERROR, INTERRUPTED = 2, 1, 130
Commands = argparse._SubParsersAction  # argparse has no public name for it


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        """Print the error and leave."""
        module = self.prog.removeprefix("python -m ").split()[0]
        text = f"{message}; see python -m {module} --help"
        self.exit(fail(module, text, USER_ERROR))


def run(
    module: str,
    command: Callable[[], int],
    failures: tuple[type[TinygraphError], ...] = (),
) -> int:
    """The exit code of a command, whatever comes of it.

    Its own, 1 for one of `failures` or when nobody reads on, 2 where the user can mend
    it, 130 after Ctrl-C.
    """
    try:
        code = command()
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # such as `| head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return RUN_TIME_ERROR
    except failures as error:
        return fail(module, error, RUN_TIME_ERROR)
    except TinygraphError as error:
        return fail(module, error, USER_ERROR)
    except OSError as error:
        text = f"{error.filename or 'a file'} cannot be used: {error.strerror}"
        return fail(module, text, USER_ERROR)
    except KeyboardInterrupt:
        print(f"{module}: stopped.", file=sys.stderr)
        return INTERRUPTED


def fail(module: str, error: object, code: int) -> int:
    """Say in one line what is wrong; returns the code."""
    text = " ".join(str(error).split()).rstrip(".")
    print(f"{module}: error: {text}.", file=sys.stderr)
    return code
