"""Recorded functions: what a function returned in some cases, without its code."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import Parameter, Signature
from typing import Any

from .running.frames import encode
from .running.outcome import Outcome


class NotRecorded(LookupError):
    """A recorded function was called with inputs for which it has no answer."""


class Recorded:
    """A function that is known by its outcomes alone: it looks them up."""

    def __init__(
        self, name: str, parameters: Sequence[str], outcomes: dict[bytes, Outcome]
    ) -> None:
        kind = Parameter.POSITIONAL_OR_KEYWORD
        self.__name__ = name
        self.__signature__ = Signature([Parameter(p, kind) for p in parameters])
        self.outcomes = outcomes

    def outcome(self, inputs: Sequence[Any]) -> Outcome:
        """What a call returned, or how it failed; a failure if it was never made."""
        unknown = Outcome(failure="raised", message="not recorded")
        return self.outcomes.get(key_of_inputs(inputs), unknown)

    def __call__(self, *inputs: Any) -> Any:
        """What the function returned. Raises NotRecorded if that is unknown."""
        outcome = self.outcome(inputs)
        if outcome.failure:
            raise NotRecorded(self.__name__)
        return outcome.results if outcome.several else outcome.results[0]


def key_of_inputs(inputs: Sequence[Any]) -> bytes:
    """A key that is equal for equal inputs."""
    return encode(tuple(inputs))
