"""Zip files whose bytes depend on nothing but what is in them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip file can hold
UNIX = 3  # the system on which files have modes


def zip_bytes(files: Mapping[str, bytes], programs: Mapping[str, bytes] = {}) -> bytes:
    """A zip file with these contents by path; `programs` can be executed.

    >>> zip_bytes({"a": b"1", "b": b"2"}) == zip_bytes({"b": b"2", "a": b"1"})
    True
    """
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for path, content in sorted({**files, **programs}.items()):
            entry = ZipInfo(path, EPOCH)
            entry.create_system, entry.compress_type = UNIX, ZIP_DEFLATED
            entry.external_attr = (0o100755 if path in programs else 0o100644) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
