"""The command line: python -m tinygraph trace, start, check and so on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from .command_line import Commands, run
from .exercises.authoring.commands import add_authoring_commands
from .exercises.grading.autograder import add_gradescope
from .exercises.grading.command import add_grade
from .exercises.language import translated, use_language
from .exercises.student.commands import add_student_commands
from .exercises.translated_parser import TranslatedParser, language_asked, phrase
from .tracing.command import add_trace


def main(words: Sequence[str] | None = None) -> int:
    """Run the command in `words`, by default those of the command line.

    Returns the exit code: 0, 1 if a script failed, 2 for an error that the user can
    fix, 130 after Ctrl-C.  argparse raises SystemExit for unknown words and for --help.
    """
    arguments = sys.argv[1:] if words is None else list(words)
    use_language(language_asked(arguments))
    return run("tinygraph", lambda: run_command(arguments), phrase=phrase)


def run_command(words: Sequence[str]) -> int:
    """Run the command, or list the commands if there is none."""
    commands = parser()
    arguments = commands.parse_args(words)
    if "command" not in arguments:
        commands.print_help()
        return 0
    return int(arguments.command(arguments))


def parser() -> TranslatedParser:
    """The commands and their options."""
    main = TranslatedParser(
        prog="python -m tinygraph",
        description=translated(
            "Automatic differentiation on a graph that you can see."
        ),
    )
    commands: Commands[Any] = main.add_subparsers(
        title=translated("commands"), metavar="COMMAND"
    )
    add_trace(commands)
    add_student_commands(commands)
    add_authoring_commands(commands)
    add_grade(commands)
    add_gradescope(commands)
    return main


if __name__ == "__main__":
    sys.exit(main())
