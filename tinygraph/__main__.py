"""The command line: python -m tinygraph trace, start, check and so on."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tinygraph.command_line import RUN_TIME_ERROR, Commands, Parser, run
from tinygraph.exercises.command import add_exercises
from tinygraph.exercises.grading_command import add_grade
from tinygraph.files import escaped, expanded
from tinygraph.tracing import trace
from tinygraph.tracing.export import steps_in_words
from tinygraph.tracing.order import ORDERS
from tinygraph.tracing.script import ScriptError, tensor_in

PAGE = Path("backward.html")


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that `words` (by default the command line) spell.

    Returns the exit code: 0, 1 where a script failed, 2 where the user can mend it, 130
    after Ctrl-C.  argparse raises SystemExit for unknown words and for --help.
    """
    return run("tinygraph", lambda: carry_out(words))


def carry_out(words: Sequence[str] | None) -> int:
    """Run the command, or show which there are."""
    commands = parser()
    arguments = commands.parse_args(words)
    if "command" not in arguments:
        commands.print_help()
        return 0
    return int(arguments.command(arguments))


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
        type=expanded,
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
    try:
        tensor = tensor_in(arguments.script)
    except ScriptError as error:
        print(error, end="", file=sys.stderr)
        return RUN_TIME_ERROR
    shown = trace(tensor, order=arguments.order, lr=arguments.lr)
    if arguments.print:
        print(shown)
    if arguments.out or not (arguments.print or arguments.play):
        saved = shown.save(arguments.out or PAGE, depth=arguments.depth)
        steps = steps_in_words(len(shown))
        print(f"{escaped(saved)} shows the backward pass in {steps}")
    if arguments.play:
        shown.play()
    return 0


if __name__ == "__main__":
    sys.exit(main())
