"""The command line: python -m tinygraph trace, start, check and so on."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tinygraph.errors import TinygraphError
from tinygraph.exercises.command import add_exercises
from tinygraph.exercises.grading_command import add_grade
from tinygraph.tracing import trace
from tinygraph.tracing.export import steps_in_words
from tinygraph.tracing.order import ORDERS
from tinygraph.tracing.script import ScriptError, tensor_in

USER_ERROR, RUN_TIME_ERROR, INTERRUPTED = 2, 1, 130
PAGE = Path("backward.html")


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        """Print the error and leave."""
        text = f"{message}; see python -m tinygraph --help."
        self.exit(USER_ERROR, f"tinygraph: error: {text}\n")


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that `words` (by default the command line) spell.

    Returns the exit code: 0, 1 where a script failed, 2 where the user can mend it, 130
    after Ctrl-C.  argparse raises SystemExit for unknown words and for --help.
    """
    commands = parser()
    arguments = commands.parse_args(words)
    if "command" not in arguments:
        commands.print_help()
        return 0
    try:
        code: int = arguments.command(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # such as `| head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return RUN_TIME_ERROR
    except ScriptError as error:
        print(error, end="", file=sys.stderr)
        return RUN_TIME_ERROR
    except TinygraphError as error:
        print(f"tinygraph: error: {sentence(str(error))}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print("tinygraph: stopped.", file=sys.stderr)
        return INTERRUPTED


def sentence(text: str) -> str:
    """An error in one line that ends in a full stop."""
    return f"{' '.join(text.split()).rstrip('.')}."


def parser() -> Parser:
    """The commands and their options."""
    main = Parser(
        prog="python -m tinygraph",
        description="Automatic differentiation on a graph that you can see.",
    )
    commands = main.add_subparsers(title="commands", metavar="COMMAND")
    add_trace(commands)
    add_exercises(commands)
    add_grade(commands)
    return main


Commands = argparse._SubParsersAction  # argparse has no public name for it


def add_trace(subparsers: Commands[Parser]) -> None:
    """trace: the backward pass of a script's tensor."""
    command = subparsers.add_parser("trace", help="show a backward pass step by step")
    command.set_defaults(command=trace_script)
    add = command.add_argument
    add(
        "script",
        metavar="SCRIPT[:NAME]",
        help="a .py file, and the name of the tensor in it (default loss)",
    )
    add(
        *("--out", "-o"),
        type=Path,
        metavar="FILE",
        help=f".html (default {PAGE}), .gif, .json, or a folder for one .svg a step",
    )
    add(
        "--order",
        type=lambda name: name.replace("-", "_"),
        choices=ORDERS,
        default="topological",
        help="how to go through the graph (default topological)",
    )
    add("--lr", type=float, metavar="X", help="show updates with this learning rate")
    add("--depth", type=int, metavar="N", help="show scopes inside N others as one box")
    add("--play", action="store_true", help="step through it in the terminal")
    add("--print", action="store_true", help="print all steps as a table")


def trace_script(arguments: argparse.Namespace) -> int:
    """Run a script, trace its tensor, and show the trace in the ways asked for."""
    shown = trace(tensor_in(arguments.script), order=arguments.order, lr=arguments.lr)
    if arguments.print:
        print(shown)
    if arguments.out or not (arguments.print or arguments.play):
        path = shown.save(arguments.out or PAGE, depth=arguments.depth)
        print(f"{path} shows the backward pass in {steps_in_words(len(shown))}")
    if arguments.play:
        shown.play()
    return 0


if __name__ == "__main__":
    sys.exit(main())
