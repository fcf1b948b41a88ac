"""The command line: python -m tinygraph trace, start, check and so on."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .command_line import Parser, run
from .exercises.authoring.commands import add_authoring_commands
from .exercises.grading.autograder import add_gradescope
from .exercises.grading.command import add_grade
from .exercises.student.commands import add_student_commands
from .tracing.command import add_trace


def main(words: Sequence[str] | None = None) -> int:
    """Run the command in `words`, by default those of the command line.

    Returns the exit code: 0, 1 if a script failed, 2 for an error that the user can
    fix, 130 after Ctrl-C.  argparse raises SystemExit for unknown words and for --help.
    """
    return run("tinygraph", lambda: run_command(words))


def run_command(words: Sequence[str] | None) -> int:
    """Run the command, or list the commands if there is none."""
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
    add_student_commands(commands)
    add_authoring_commands(commands)
    add_grade(commands)
    add_gradescope(commands)
    return main


if __name__ == "__main__":
    sys.exit(main())
