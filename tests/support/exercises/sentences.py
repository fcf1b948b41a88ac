"""The sentences in the source, translated or not, found by their syntax."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import tinygraph.exercises
from tinygraph import command_line
from tinygraph.exercises.running.sentences import SENTENCES

FUNCTIONS = {"translated": 1, "marked": 1, "translated_plural": 2}
FOLDER = Path(tinygraph.exercises.__file__).parent
TWO_WORDS = re.compile(r"[^\W\d_]{2,}['’]?[,:;]? [a-z]{2,}")
PATTERN = re.compile(r"\\|\(\?|\|")  # in a regular expression, and in no sentence
MARKUP = re.compile(r"<[^>]*>")
NOT_SAID = ("catalogue", "locale")  # an exercise speaks its own language


def sentences_in(source: str) -> Iterator[tuple[str, ...]]:
    """The constant sentences that a source text has translated; a pair has a plural."""
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if name in FUNCTIONS:
            first = node.args[: FUNCTIONS[name]]
            if all(isinstance(part, ast.Constant) for part in first):
                yield tuple(part.value for part in first)


def name_of(path: Path) -> str:
    """The path of a file in the exercises, or in the package around them."""
    inside = path.is_relative_to(FOLDER)
    return path.relative_to(FOLDER if inside else FOLDER.parent).as_posix()


def all_sentences() -> dict[tuple[str, ...], str]:
    """All sentences of the checker, each with a file in which it is."""
    found = {(sentence,): "running/sentences.py" for sentence in SENTENCES}
    found |= {(sentence,): "command_line.py" for sentence in command_line.SENTENCES}
    for path in [*sorted(FOLDER.rglob("*.py")), FOLDER.parent / "__main__.py"]:
        for sentence in sentences_in(path.read_text()):
            found.setdefault(sentence, name_of(path))
    return found


def fields_of(sentence: str) -> set[tuple[str, str]]:
    """The fields of a template, each with its format."""
    parts = string.Formatter().parse(sentence)
    return {(name, spec or "") for _, name, spec, _ in parts if name is not None}


def prose_without_translation(source: str) -> Iterator[str]:
    """The texts in a source that read like sentences, and are not translated.

    Two words in a row make a sentence; a field is no word. Docstrings, regular
    expressions and markup are none.
    """
    tree = ast.parse(source)
    passed = {id(node) for node in ast.walk(tree) for node in not_said_by(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in passed:
            text = text_of(node)
            if TWO_WORDS.search(MARKUP.sub("<>", text)) and not PATTERN.search(text):
                yield text


def not_said_by(node: ast.AST) -> Iterator[ast.AST]:
    """The texts in a node that are a docstring, are translated, or are parts."""
    name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
    if name in FUNCTIONS:
        for part in node.args[: FUNCTIONS[name]]:
            yield from ast.walk(part)
    if isinstance(node, ast.JoinedStr):
        yield from node.values
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
        yield body[0].value


def text_of(node: ast.JoinedStr | ast.Constant) -> str:
    """The text of a constant or of an f-string, whose fields are {}."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    constants = (getattr(part, "value", "") for part in parts)
    return "".join(c if isinstance(c, str) else "{}" for c in constants)


def all_prose_without_translation() -> dict[str, set[str]]:
    """All texts that read like sentences and are not translated, by file."""
    found = {}
    for path in FOLDER.rglob("*.py"):
        name = name_of(path)
        if not name.startswith(NOT_SAID):
            found[name] = set(prose_without_translation(path.read_text()))
    return {name: texts for name, texts in found.items() if texts}
