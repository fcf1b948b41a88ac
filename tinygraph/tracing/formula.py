"""Formulas of VJPs in LaTeX, with the names or the numbers of a computation.

A primitive has one formula for each argument, written in the letters of its VJP.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..drawing.box import number
from ..primitive import Primitive
from ..value import REAL_KINDS, fetched

# A single letter that is not part of a command, a word or a subscript.
LETTER = re.compile(r"(?<![\\A-Za-z_])([A-Za-z])(?![A-Za-z])")
BARRED = re.compile(r"\\bar\{([A-Za-z])\}")
SPECIAL = {c: rf"\{c}" for c in "&%$#_"} | dict(zip(r"\^~{}", "∖ˆ∼❴❵", strict=True))
LONGEST = 24  # characters of a name
FEW = 4  # elements of an array that is written out
NONE: Mapping[str, str] = {}
LETTER_OF = {"negative_slope": "s"}  # whose first letter means something else
MATRIX = {"matmul", "linear", "dot"}  # whose products are matrix products


def letters(primitive: Primitive, position: int) -> list[str]:
    """The letters in a VJP's formula for the result and for the arguments."""
    vjp = primitive.vjp_at(position)
    assert vjp is not None
    try:
        names = list(inspect.signature(vjp).parameters)
    except ValueError:  # a function that is written in C
        names = []
    return names[1 : 2 + primitive.arity] or ["y"]


def of_argument(primitive: Primitive, position: int) -> str:
    """The formula of the VJP of one argument, in these letters."""
    text = primitive.formulas[position if primitive.shared_vjp is None else 0]
    return text or rf"\mathrm{{vjp}}(\bar{{{letters(primitive, position)[0]}}})"


def formula(
    primitive: Primitive,
    position: int,
    names: Sequence[str],
    constants: Mapping[str, str] = NONE,
) -> str:
    r"""The VJP of one argument, with names instead of letters.

    `names` are those of the result and the arguments; `constants` has the numbers for
    letters that mean something else.

    >>> from tinygraph import multiply
    >>> formula(multiply, 0, ["loss", "w", "x"])
    '\\overline{\\text{loss}}\\, \\text{x}'
    """
    words = zip(letters(primitive, position), map(upright, names), strict=False)
    return with_words(of_argument(primitive, position), {**constants, **dict(words)})


def constants(parameters: Mapping[str, Any], values: Sequence[Any]) -> dict[str, str]:
    """The numbers for letters that mean parameters and counts.

    The letter of a parameter is its first one, or the one in `LETTER_OF`; n is the
    number of elements that an element of the result is computed from, N the number of
    rows, k the number of elements in a window, if that is fixed.
    """
    found = {
        LETTER_OF.get(name, name[0]): digits(value)
        for name, value in parameters.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    result, *arguments = values
    largest = max(arguments, key=np.size)
    if "norm" not in parameters:  # that of a Fourier transform, whose n is its length
        found["n"] = str(np.size(largest) // max(1, np.size(result)))
    last = np.shape(largest)[-1] if np.ndim(largest) else 1
    found["N"] = str(np.size(largest) // max(1, last))
    if "kernel" in parameters:
        found.pop("k", None)
        found.update(window_size(**parameters))
    return found


def window_size(
    kernel: Any,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: float | None = None,
    **_: Any,
) -> dict[str, str]:
    """The number of elements in a window, unless windows differ in size."""
    if divisor_override is not None:
        return {"k": digits(divisor_override)}
    if ceil_mode or not count_include_pad:
        return {}
    rows, columns = (kernel, kernel) if np.ndim(kernel) == 0 else kernel
    return {"k": str(rows * columns)}


def with_words(text: str, words: Mapping[str, str]) -> str:
    """A formula with words instead of letters, and a bar over those of gradients."""
    parts = BARRED.split(text)  # every second part is the letter of a gradient
    return "".join(
        rf"\overline{{{words.get(part, part)}}}"
        if place % 2
        else LETTER.sub(lambda match: words.get(match[1], match[1]), part)
        for place, part in enumerate(parts)
    )


def accumulation(source: str, vjp: str, first: bool) -> str:
    r"""How a gradient grows by a VJP: x̄ ← x̄ + …, or x̄ ← … for the first.

    >>> accumulation("x", r"\bar{y}", first=True)
    '\\overline{\\text{x}} \\leftarrow \\bar{y}'
    """
    bar = rf"\overline{{{upright(source)}}}"
    if first:
        return rf"{bar} \leftarrow {vjp}"
    term = f"- {vjp[1:]}" if vjp.startswith("-") else f"+ {vjp}"
    return rf"{bar} \leftarrow {bar} {term}"


def summed(vjp: str) -> str:
    """A VJP whose result is summed, because the argument was broadcast."""
    return rf"\textstyle\sum \left( {vjp} \right)"


def plugged_in(
    primitive: Primitive,
    position: int,
    gradient: Any,
    values: Sequence[Any],
    constants: Mapping[str, str],
) -> str | None:
    """The VJP with numbers instead of letters.

    None if an array is too long to be written out, and if a row of numbers would stand
    for a column.
    """
    text = of_argument(primitive, position)
    named = dict(zip(letters(primitive, position), values, strict=False))
    parts = BARRED.split(text)
    used = {match[1] for part in parts[::2] for match in LETTER.finditer(part)}
    arrays = [gradient, *(named[letter] for letter in used & named.keys())]
    is_matrix = primitive.name in MATRIX
    if is_matrix and any(np.ndim(array) != 2 for array in arrays):
        return None
    numbers = {letter: in_latex(value) for letter, value in named.items()}
    numbers = {**constants, **numbers}
    arriving = in_latex(gradient)
    if arriving is None or any(numbers.get(letter) is None for letter in used):
        return None
    plugged = "".join(
        arriving if place % 2 else LETTER.sub(lambda m: str(numbers[m[1]]), part)
        for place, part in enumerate(parts)
    )
    elementwise = not is_matrix and sum(np.ndim(array) > 0 for array in arrays) > 1
    return plugged.replace(r"\,", r" \odot " if elementwise else r" \cdot ")


def in_latex(value: Any) -> str | None:
    """A number or a small matrix in LaTeX; None for anything else."""
    array = np.asarray(fetched(value))
    if (
        array.dtype.kind not in REAL_KINDS
        or array.ndim > 2
        or not 0 < array.size <= FEW
    ):
        return None
    if array.ndim == 0:
        text = digits(array.item())
        return f"({text})" if text.startswith("-") else text
    rows = [" & ".join(map(digits, row)) for row in np.atleast_2d(array).tolist()]
    return r"{\begin{bmatrix}" + r" \\ ".join(rows) + r"\end{bmatrix}}"


def digits(value: float) -> str:
    """A number in LaTeX."""
    text = number(value).lstrip("+")
    return text if math.isfinite(value) else rf"\text{{{text}}}"


def upright(name: str) -> str:
    """A name in LaTeX, in which nothing is taken for a command."""
    short = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
    return rf"\text{{{''.join(SPECIAL.get(letter, letter) for letter in short)}}}"
