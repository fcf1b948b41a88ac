"""When a file was handed in, as far as anything tells.

Blackboard and Gradescope tell the time, and Canvas tells whether it was late. All else
that is known is the time of the file: when it was last changed, if nobody copied it.
"""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH, FIRST_YEAR = datetime(1970, 1, 1, tzinfo=UTC), 2000  # earlier times mean nothing
TIMES_FIELD = 0x5455  # of a file in a zip: times as seconds since 1970


@dataclass(frozen=True)
class HandIn:
    """What is known about when a file was handed in."""

    time: datetime | None = None  # a time without a zone is that of an unknown clock
    platform: str = ""  # that tells the time; without one, it is that of the file
    is_late: bool | None = None  # what a platform tells; None if none does


UNKNOWN = HandIn()


def file_time(seconds: float) -> HandIn:
    """The time of a file in seconds since 1970, if it can be one."""
    try:
        time = EPOCH + timedelta(seconds=int(seconds))
    except (OverflowError, ValueError):
        return UNKNOWN
    return HandIn(time) if time.year >= FIRST_YEAR else UNKNOWN


def zip_time(info: zipfile.ZipInfo) -> HandIn:
    """The time of a file in a zip: exact if it has a field of its own for it.

    Otherwise it is what the clock showed where the zip was made.
    """
    rest = info.extra
    while len(rest) >= 4:
        kind, size = struct.unpack_from("<HH", rest)
        if kind == TIMES_FIELD and size >= 5 and len(rest) >= 9 and rest[4] & 1:
            return file_time(struct.unpack_from("<i", rest, 5)[0])
        rest = rest[4 + size :]
    try:
        time = datetime(*info.date_time)
    except ValueError:
        return UNKNOWN
    return HandIn(time) if time.year >= FIRST_YEAR else UNKNOWN
