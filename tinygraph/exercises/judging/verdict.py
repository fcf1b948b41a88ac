"""A verdict: points for one exercise, what was checked, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..language import marked, translated
from ..running.outcome import NOT_RUN


@dataclass(frozen=True)
class Check:
    """One thing that was checked."""

    name: str
    passed: bool


@dataclass(frozen=True)
class Finding:
    """What is wrong with an answer: one message, and where."""

    message: str
    mistake: str = ""  # the name of a known mistake or of a probe
    status: str = "failed"
    function: str = ""
    case: int | None = None
    index: tuple[int, ...] | None = None
    yours: float | None = None
    right: float | None = None
    line: int | None = None


@dataclass(frozen=True)
class Verdict:
    """What an answer to one exercise is worth, and why."""

    exercise: str
    points: float
    maximum: float
    seed: int
    finding: Finding | None  # None if all is right
    checks: list[Check]
    notes: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether the answer is right in every case."""
        return self.finding is None

    @property
    def status(self) -> str:
        """passed, failed, error, stub, missing, timeout, memory or crashed."""
        return "passed" if self.finding is None else self.finding.status


PASSED, FAILED = "passed", "failed"  # states of a check
NOT_STARTED, NOT_COUNTED = marked("not run"), marked("not counted")


def state_of_check(check: Check, checks: Sequence[Check], mistake: str) -> str:
    """Whether one of the checks of an answer passed, failed, or meant nothing.

    As long as no value is right, neither right shapes nor corner cases count.
    """
    if check.passed:
        return PASSED
    if mistake in NOT_RUN:
        return NOT_STARTED
    result, _, kind = check.name.rpartition(": ")
    failed = [other.name for other in checks if not other.passed]
    nothing = f"{result}: shape" in failed and f"{result}: values" in failed
    about = "shape" if mistake in ("shape", "count") else "values"
    return NOT_COUNTED if nothing and kind not in (about, "values") else FAILED


def translated_check(name: str) -> str:
    """The name of a check, such as "dx: shape", in the current language."""
    result, colon, kind = name.rpartition(": ")
    return f"{result}{colon}{translated(kind)}"
