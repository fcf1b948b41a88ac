"""What a call says about its failure, in the current language."""

from __future__ import annotations

from ..language import said_again
from ..running.sentences import SENTENCES


def translated_failure(message: str) -> str:
    """The message of a failure; it is as it was if its sentence is unknown."""
    return said_again(message, SENTENCES)
