"""The sentences in the source that are translated, found by their syntax."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import tinygraph.exercises
from tinygraph.exercises.running.sentences import SENTENCES

FUNCTIONS = {"translated": 1, "marked": 1, "translated_plural": 2}
FOLDER = Path(tinygraph.exercises.__file__).parent


def sentences_in(source: str) -> Iterator[tuple[str, ...]]:
    """The constant sentences that a source text has translated; a pair has a plural."""
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if name in FUNCTIONS:
            first = node.args[: FUNCTIONS[name]]
            if all(isinstance(part, ast.Constant) for part in first):
                yield tuple(part.value for part in first)


def all_sentences() -> dict[tuple[str, ...], str]:
    """All sentences of the checker, each with a file in which it is."""
    found = {(sentence,): "running/sentences.py" for sentence in SENTENCES}
    for path in sorted(FOLDER.rglob("*.py")):
        for sentence in sentences_in(path.read_text()):
            found.setdefault(sentence, path.relative_to(FOLDER).as_posix())
    return found


def fields_of(sentence: str) -> set[tuple[str, str]]:
    """The fields of a template, each with its format."""
    parts = string.Formatter().parse(sentence)
    return {(name, spec or "") for _, name, spec, _ in parts if name is not None}
