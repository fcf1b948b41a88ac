"""Names of people as platforms and students write them, and who is meant by one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..language import translated
from ..similar_names import most_similar
from ..submissions.alphabet import plain

SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
MOST_WORDS = 8  # of a name whose words may be in another order


@dataclass(frozen=True)
class Person:
    """A student, as a roster describes one."""

    name: str
    id: str = ""
    email: str = ""
    login: str = ""
    section: str = ""
    sis_id: str = ""  # another number, in Canvas
    identifier: str = ""  # in the names of files: Canvas's ID, Moodle's "Participant 7"

    @property
    def bare_name(self) -> str:
        """The name without what tells it apart from another student's."""
        return self.name.removesuffix(f" ({self.id or self.email})")


def letters_of(text: str) -> str:
    """The letters and digits of a text, in small letters without accents.

    >>> letters_of(" E-Mail-Adresse ")
    'emailadresse'
    """
    return "".join(re.findall(r"[^\W_]+", plain(text)))


def words_of(text: str) -> list[str]:
    """The words and numbers of a text, in small letters without accents."""
    return re.findall(r"[^\W_]+", plain(text))


@lru_cache(10_000)
def spellings_of(name: str, extra: str = "") -> frozenset[str]:
    """What a name may look like: in any order, without spaces, with ue for ü.

    `extra` may be among the words, such as the number of a student.

    >>> sorted(spellings_of("Müller, Ann"))[:4]
    ['ann mueller', 'ann muller', 'annmueller', 'annmuller']
    """
    found = set[str]()
    composed = unicodedata.normalize("NFC", name.casefold())
    for text in (composed, composed.translate(SPELLED_OUT)):
        words = words_of(text)
        if not words or len(words) > MOST_WORDS:
            continue
        found.add(" ".join(sorted(words)))
        found.add(" ".join(sorted([*words, *words_of(extra)])))
        turned = (words[n:] + words[:n] for n in range(len(words)))
        found.update("".join(turn) for turn in turned)
    return frozenset(found)


def find_person(
    name: str, people: Sequence[Person], identifier: str = ""
) -> Person | str:
    """The student whom a name means, or why it is not clear who that is.

    The name may be an address, a login or a number as well. What a platform calls the
    student counts more, if the roster has it too.
    """
    own, written = spellings_of(name), name.strip().casefold()
    steps: tuple[Callable[[Person], bool], ...] = (
        lambda p: is_same_identifier(p.identifier, identifier),
        lambda p: written in known_by(p),
        lambda p: plain(name) in (plain(p.name), plain(p.bare_name)),
        lambda p: bool(own & spellings_of(p.bare_name, p.id)),
        lambda p: written == p.email.casefold().partition("@")[0] != "",
    )
    for is_meant in steps:
        fitting = [person for person in people if is_meant(person)]
        if len(fitting) > 1:
            numbered = [p for p in fitting if p.id in words_of(identifier)]
            fitting = numbered if len(numbered) == 1 else fitting
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            return translated(
                "the name fits {names}",
                names=translated(" and ").join(p.name for p in fitting[:3]),
            )
    near = closest_name(name, [person.name for person in people])
    return translated("the closest name is {near}", near=near) if near else ""


def is_same_identifier(identifier: str, other: str) -> bool:
    """Whether a platform means the same student; Moodle's word has several languages.

    >>> is_same_identifier("Teilnehmer/in 7", "Participant 7")
    True
    >>> is_same_identifier("7", "Participant 7")
    False
    """
    numbers = words_of(identifier)[-1:], words_of(other)[-1:]
    same_kind = identifier.isdigit() == other.isdigit()
    return identifier != "" and same_kind and numbers[0] == numbers[1]


def known_by(person: Person) -> set[str]:
    """What means a student and nobody else, in small letters."""
    said = (person.id, person.email, person.login, person.sis_id, person.identifier)
    return {text.casefold() for text in said if text}


def closest_name(name: str, names: Iterable[str]) -> str:
    """The name that looks most like another one, or has a word that does; or none."""
    looks = {"".join(words_of(one)): one for one in names}
    looks |= {" ".join(sorted(words_of(one))): one for one in looks.values()}
    words = {w: one for one in looks.values() for w in words_of(one) if w.isalpha()}
    for known in (looks, words):
        for own in (" ".join(sorted(words_of(name))), *words_of(name)):
            if near := most_similar(own, known, 0.5):
                return known[near]
    return ""
