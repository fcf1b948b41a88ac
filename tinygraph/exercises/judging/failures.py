"""What a call says about its failure, in the current language."""

from __future__ import annotations

import functools
import re

from ..language import translated
from ..running.sentences import SENTENCES


def translated_failure(message: str) -> str:
    """The message of a failure; it is as it was if its sentence is unknown."""
    for sentence in SENTENCES:
        found = pattern_of(sentence).fullmatch(message)
        if found:
            fields = {k: translated_failure(v) for k, v in found.groupdict().items()}
            return translated(sentence, **fields)
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
