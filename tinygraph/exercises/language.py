"""The language in which the checker speaks, by the standard library's `gettext`.

Sentences are in English in the source, as templates with named fields:

    translated("the result does not depend on {name}", name="x")

`locale/LANGUAGE/LC_MESSAGES/exercises.po` has their translations. It is read as it is,
so there is nothing to compile.
"""

from __future__ import annotations

import ast
import functools
import gettext
import io
import os
import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..errors import ArgumentError, FileError

LOCALE = Path(__file__).with_name("locale")
CATALOGUE_FILE = Path("LC_MESSAGES", "exercises.po")
ENGLISH = "en"
VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # in the order of gettext
CURRENT: dict[str, gettext.NullTranslations] = {}  # one entry, once a sentence is said


def translated(sentence: str, /, **fields: object) -> str:
    """A sentence in the current language, with its fields filled in.

    >>> translated("the result does not depend on {name}", name="x")
    'the result does not depend on x'
    """
    for name, value in fields.items():
        if isinstance(value, FileError):
            fields[name] = said_again(str(value), FILE_ERRORS)
    return current_translations().gettext(sentence).format(**fields)


def translated_plural(one: str, many: str, /, count: int, **fields: object) -> str:
    """One of two sentences in the current language, as suits a number.

    >>> translated_plural("{count} result", "{count} results", count=2)
    '2 results'
    """
    text = current_translations().ngettext(one, many, count)
    return text.format(count=count, **fields)


def number_of_exercises(count: int) -> str:
    """A number of exercises, in words that suit it.

    >>> number_of_exercises(1)
    '1 exercise'
    """
    return translated_plural("{count} exercise", "{count} exercises", count)


def number_of_points(points: float) -> str:
    """A number of points, in words that suit it.

    >>> number_of_points(1), number_of_points(0.5)
    ('1 point', '0.5 points')
    """
    count = 1 if points == 1 else 2  # a half has the plural
    return translated_plural(
        "{points:g} point", "{points:g} points", count, points=points
    )


def marked(sentence: str) -> str:
    """A sentence as it is, for a table whose sentences are translated when used."""
    return sentence


def said_again(message: str, sentences: Sequence[str]) -> str:
    """A message in the current language that was made of one of some sentences.

    It is as it was if it was made of none. What fills its fields may be made of them
    as well.
    """
    for sentence in sentences:
        found = pattern_of(sentence).fullmatch(message)
        if found:
            own = {k: said_again(v, sentences) for k, v in found.groupdict().items()}
            return translated(sentence, **own)
    return message


@functools.cache
def pattern_of(sentence: str) -> re.Pattern[str]:
    """A pattern for what a template becomes, with a group for each of its fields."""
    parts = re.split(r"\{(\w+)\}", sentence)
    texts = [
        f"(?P<{part}>.*)" if place % 2 else re.escape(part)
        for place, part in enumerate(parts)
    ]
    return re.compile("".join(texts), re.DOTALL)


# What reading and writing a file says, which other packages use as well.
FILE_ERRORS = (
    marked("cannot write {path}: the folder {folder} does not exist"),
    marked("cannot write {path}: it is a link that leads back to itself"),
    marked("cannot write {path}: {error}"),
    marked("cannot make {path}: {error}"),
    marked("{path} is a folder, not a file"),
    marked("{path} is a pipe, not a file"),
    marked("{path} is a device, not a file"),
    marked("{path} is a socket, not a file"),
)


def current_translations() -> gettext.NullTranslations:
    """The translations that are used."""
    if not CURRENT:
        use_language(language_of_environment())
    return next(iter(CURRENT.values()))


def use_language(language: str) -> None:
    """Speak a language from now on, such as "de"; "de_AT.UTF-8" is the same.

    Raises ArgumentError for a language without translations.
    """
    code = code_of(language)
    if code not in languages():
        known = ", ".join(languages())
        raise ArgumentError(
            translated(
                "there is no language {language!r}; choose from {known}",
                language=language,
                known=known,
            )
        )
    CURRENT.clear()
    CURRENT[code] = translations_of(code)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language for a while."""
    before = current_language()
    use_language(language)
    try:
        yield
    finally:
        use_language(before)


def current_language() -> str:
    """The code of the language that is spoken."""
    current_translations()
    return next(iter(CURRENT))


def languages() -> list[str]:
    """The codes of all languages, English first."""
    return [ENGLISH, *sorted(path.parents[1].name for path in catalogue_files())]


def catalogue_files() -> Iterator[Path]:
    """The files with translations."""
    return LOCALE.glob(f"*/{CATALOGUE_FILE}")


def language_of_environment() -> str:
    """The first language in the environment that there is; otherwise English."""
    value = next((os.environ[name] for name in VARIABLES if os.environ.get(name)), "")
    wanted = map(code_of, value.split(":"))
    return next((code for code in wanted if code in languages()), ENGLISH)


def code_of(language: str) -> str:
    """The two letters of a language, without country and encoding.

    >>> code_of("de_AT.UTF-8"), code_of("de-AT")
    ('de', 'de')
    """
    return language.replace("-", "_").partition("_")[0].partition(".")[0].lower()


@functools.cache
def translations_of(code: str) -> gettext.NullTranslations:
    """The translations to a language; to English there are none."""
    if code == ENGLISH:
        return gettext.NullTranslations()
    text = (LOCALE / code / CATALOGUE_FILE).read_text(encoding="utf-8")
    entries: dict[str, str] = {}
    for singular, plural, forms in read_entries(text):
        key = f"{singular}\0{plural}" if plural else singular
        entries[key] = "\0".join(forms)
    return gettext.GNUTranslations(io.BytesIO(compiled(entries)))


def read_entries(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """The entries of a .po file: a sentence, its plural or "", and its translations."""
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("msg"):
                name, _, line = line.partition(" ")
                fields[name] = ""
            if line.startswith('"'):
                fields[name] += ast.literal_eval(line)
        if "msgid" in fields:
            singular, plural = fields.pop("msgid"), fields.pop("msgid_plural", "")
            yield singular, plural, list(fields.values())


def compiled(entries: dict[str, str]) -> bytes:
    """Translations in the binary form that `gettext` reads, a .mo file."""
    pairs = sorted((k.encode(), v.encode()) for k, v in entries.items() if v)
    head, size = 28, 8 * len(pairs)
    data, tables = b"", (b"", b"")
    places: list[list[bytes]] = [[], []]
    for column in (0, 1):
        for pair in pairs:
            offset = head + 2 * size + len(data)
            places[column].append(struct.pack("<II", len(pair[column]), offset))
            data += pair[column] + b"\0"
    tables = (b"".join(places[0]), b"".join(places[1]))
    numbers = (0x950412DE, 0, len(pairs), head, head + size, 0, head + 2 * size)
    return struct.pack("<7I", *numbers) + tables[0] + tables[1] + data
