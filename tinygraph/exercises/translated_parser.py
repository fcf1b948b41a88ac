"""The command line in the current language, with what argparse says of itself."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from ..command_line import Parser
from .language import (
    FILE_ERRORS,
    code_of,
    language_of_environment,
    languages,
    marked,
    said_again,
    translated,
)

# What argparse says, which it does not translate. The first that fits counts.
ERRORS = (
    marked("the following arguments are required: {names}"),
    marked("unrecognized arguments: {names}"),
    marked("invalid choice: {value} (choose from {names})"),
    marked("expected one argument"),
    marked("expected at least one argument"),
    marked("invalid int value: {value}"),
    marked("ignored explicit argument {value}"),
    marked("ambiguous option: {option} could match {names}"),
    marked("not allowed with argument {argument}"),
)
ABOUT_ONE = marked("argument {argument}: {message}")
HEADINGS = (
    marked("usage:"),
    marked("positional arguments:"),
    marked("options:"),
    marked("show this help message and exit"),
)


class TranslatedParser(Parser):
    """An argument parser that speaks the current language."""

    phrase = staticmethod(translated)

    def error(self, message: str) -> NoReturn:
        """Print the error and leave."""
        about, _, rest = message.partition(": ")
        if about.startswith("argument ") and rest:
            name, text = about.removeprefix("argument "), said_again(rest, ERRORS)
            super().error(translated(ABOUT_ONE, argument=name, message=text))
        super().error(said_again(message, ERRORS))

    def format_help(self) -> str:
        """The help, with argparse's own words translated."""
        text = super().format_help()
        for words in HEADINGS:
            # A long sentence may have been wrapped.
            pattern = re.escape(words).replace(r"\ ", r"\s+")
            text = re.sub(pattern, lambda found: said_of_help(found[0]), text, count=1)
        return text


def phrase(sentence: str, /, **fields: object) -> str:
    """A sentence of a command in the current language, with the error in it."""
    fields = {name: said_again(str(v), FILE_ERRORS) for name, v in fields.items()}
    return translated(sentence, **fields)


def said_of_help(words: str) -> str:
    """Some of argparse's own words in the current language."""
    return translated(" ".join(words.split()))


def language_asked(words: Sequence[str]) -> str:
    """The language of a command line: that of --language, or of the environment.

    >>> language_asked(["check", "09", "--language", "de"])
    'de'
    """
    asked = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    asked.add_argument("--language")
    try:
        found = asked.parse_known_args(list(words))[0].language
    except (argparse.ArgumentError, SystemExit):
        found = None
    known = found is not None and code_of(found) in languages()
    return str(found) if known else language_of_environment()


def add_language(command: argparse.ArgumentParser) -> None:
    """Add --language to a command."""
    text = translated(
        "the language of what is printed (default: the course's, or your computer's)"
    )
    command.add_argument("--language", choices=languages(), help=text)
