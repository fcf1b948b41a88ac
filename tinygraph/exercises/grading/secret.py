"""The secret from which the seeds of a class are made."""

from __future__ import annotations

import secrets
from pathlib import Path

from ...errors import ArgumentError, FileError
from ...files import require_regular
from ..language import translated


def read_secret(path: Path | None, out: Path | None) -> bytes:
    """Read the secret in the file that was named, or else that of the output folder."""
    try:
        if path is not None:
            require_regular(path)
            text: bytes = path.read_bytes().strip()
            if not text:
                raise ArgumentError(
                    translated("the secret in {path} is empty", path=path)
                )
            return text
        return secrets.token_bytes(32) if out is None else keep_secret(out / "secret")
    except FileError:
        raise
    except OSError as error:
        file = path or out
        raise FileError(
            translated(
                "{file} cannot be used: {error}", file=file, error=error.strerror
            )
        ) from None


def keep_secret(path: Path) -> bytes:
    """Read the secret in a file; it is made when it is first needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    require_regular(path)
    text = path.read_bytes()
    if not text.strip():
        raise ArgumentError(
            translated(
                "the secret in {path} is empty: delete that file to make a new one,"
                " with which everything is graded again",
                path=path,
            )
        )
    return text
