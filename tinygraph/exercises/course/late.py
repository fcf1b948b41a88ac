"""The late rule: what an answer loses that was handed in after its due date."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class LateRule:
    """What a late answer loses, in percent of the points that it would have had."""

    percent_per_day: float = 0.0  # of each day that has begun
    at_most: float = 100.0  # percent
    grace_minutes: float = 0.0  # for which an answer is not late
    refused_after_days: float = math.inf

    def is_late(self, handed_in: datetime, due: datetime) -> bool:
        """Whether a time is later than is still in time."""
        return handed_in > due + timedelta(minutes=self.grace_minutes)

    def percent_after(self, days: float) -> float:
        """The percentage that is lost if an answer is so many days late.

        >>> rule = LateRule(percent_per_day=10, at_most=25, refused_after_days=7)
        >>> [rule.percent_after(days) for days in (0.5, 2, 3, 8)]
        [10.0, 20.0, 25.0, 100.0]
        """
        if days > self.refused_after_days:
            return 100.0
        return float(min(self.percent_per_day * math.ceil(days), self.at_most, 100))


ACCEPTED = LateRule()
REFUSED = LateRule(refused_after_days=0.0)


def days_between(due: datetime, handed_in: datetime) -> float:
    """How many days after a due date a time is, by the clock on the wall.

    The day on which clocks change is a day, although it has 23 or 25 hours.
    """
    return (handed_in.astimezone(due.tzinfo) - due) / DAY
