"""HTML pages: each is a single file, in which no text becomes a tag or a script.

Names and messages come from students' files, and are escaped wherever they appear. A
browser that is asked to runs only the script that was given, by its digest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from pathlib import Path

from ...legible import for_xml
from ..language import ENGLISH

STYLE = Path(__file__).with_name("page.css").read_bytes().decode()  # of every page


def as_html(value: object) -> str:
    """A value as text in HTML."""
    return escape(for_xml(str(value)), quote=True)


def name_html(student: str) -> str:
    """A student's name, with places where a line may break."""
    found = as_html(student)
    for sign in "_-.@":
        found = found.replace(sign, f"{sign}<wbr>")
    return f"<bdi>{found}</bdi>"


def names_html(found: Iterable[str]) -> str:
    """Names in a list."""
    return ", ".join(map(name_html, found))


def page_html(
    title: str, style: str, body: str, script: str = "", language: str = ENGLISH
) -> bytes:
    """A whole page, in which nothing runs but the script and nothing is loaded."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"script-src 'sha256-{digest}'" if script else "script-src 'none'"
    policy = f"default-src 'none'; style-src 'unsafe-inline'; {allowed}"
    running = f"<script>{script}</script>" if script else ""
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{as_html(title)}</title><style>{STYLE}{style}</style></head>"
        f"<body>{body}{running}</body></html>\n"
    ).encode()
