"""Formulas as MathML, which every browser shows without a library."""

from __future__ import annotations

import html
import re
from functools import cache

TEXT = re.compile(r"\\(?:text|mathrm)\{([^{}]*)\}|(\d[\d.]*(?:e[-+]\d+)?)")


def mathml(latex: str) -> str:
    """MathML for a LaTeX formula; the LaTeX itself without latex2mathml.

    Words and numbers are inserted after the conversion: latex2mathml does not escape
    words, and formulas that differ only in those are converted once.
    """
    inserted: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        word, number = match.groups()
        if number is None:
            text = html.escape(re.sub(r"\\(.)", r"\1", word))
            inserted.append(f"<mtext>{text}</mtext>")
        else:
            inserted.append(f"<mn>{number}</mn>")
        return rf"{{\text{{word{len(inserted) - 1}}}}}"

    try:
        text = converted(TEXT.sub(numbered, latex))
    except ModuleNotFoundError:
        return f"<code>{html.escape(latex)}</code>"
    return re.sub(r"<mtext>word(\d+)</mtext>", lambda m: inserted[int(m[1])], text)


@cache
def converted(latex: str) -> str:
    """MathML from LaTeX."""
    from latex2mathml.converter import convert

    return str(convert(latex, display="block"))
