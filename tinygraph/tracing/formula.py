"""Formulas of VJPs, with the names of a computation for the letters of a textbook."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..drawing.box import number
from ..primitive import Primitive

# A letter that stands alone: no part of a command, a word or a subscript.
LETTER = re.compile(r"(?<![\\A-Za-z_])([A-Za-z])(?![A-Za-z])")
BARRED = re.compile(r"\\bar\{([A-Za-z])\}")
SPECIAL = {c: rf"\{c}" for c in "&%$#_"} | dict(zip(r"\^~{}", "∖ˆ∼❴❵", strict=True))
LONGEST = 24  # letters of a name
FEW = 4  # numbers of an array that are plugged in
NONE: Mapping[str, str] = {}
LETTER_OF = {"negative_slope": "s"}  # where the first one means something else
MATRIX = {"matmul", "linear", "dot"}  # whose products are those of matrices


def letters(primitive: Primitive, position: int) -> list[str]:
    """The letters that a VJP's formula is written in: the result's, the arguments'."""
    rule = primitive.rule(position)
    assert rule is not None
    try:
        names = list(inspect.signature(rule).parameters)
    except ValueError:  # a function that is written in C
        names = []
    return names[1 : 2 + primitive.arity] or ["y"]


def of_argument(primitive: Primitive, position: int) -> str:
    """The formula of an argument's VJP, in these letters."""
    text = primitive.formulas[position if primitive.rule_for_each is None else 0]
    return text or rf"\mathrm{{vjp}}(\bar{{{letters(primitive, position)[0]}}})"


def formula(
    primitive: Primitive,
    position: int,
    names: Sequence[str],
    constants: Mapping[str, str] = NONE,
) -> str:
    r"""The VJP of one argument, with names in place of letters.

    `names` are the result's and the arguments'; `constants` are numbers for letters
    that stand for something else.

    >>> from tinygraph import multiply
    >>> formula(multiply, 0, ["loss", "w", "x"])
    '\\overline{\\text{loss}}\\, \\text{x}'
    """
    words = zip(letters(primitive, position), map(upright, names), strict=False)
    return written(of_argument(primitive, position), {**constants, **dict(words)})


def constants(parameters: Mapping[str, Any], values: Sequence[Any]) -> dict[str, str]:
    """What letters stand for that are no values: parameters and counts.

    A parameter goes by its first letter, or by the one in `LETTER_OF`; n is the number
    of elements that one of the result is made of, N that of rows, k that of a window,
    where windows have one.
    """
    found = {
        LETTER_OF.get(name, name[0]): digits(value)
        for name, value in parameters.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    result, *arguments = values
    largest = max(arguments, key=np.size)
    if "norm" not in parameters:  # of a Fourier transform, whose n is another
        found["n"] = str(np.size(largest) // max(1, np.size(result)))
    last = np.shape(largest)[-1] if np.ndim(largest) else 1
    found["N"] = str(np.size(largest) // max(1, last))
    if "kernel" in parameters:
        found.pop("k", None)
        found.update(of_windows(**parameters))
    return found


def of_windows(
    kernel: Any,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: float | None = None,
    **_: Any,
) -> dict[str, str]:
    """How many elements a window has, unless windows differ."""
    if divisor_override is not None:
        return {"k": digits(divisor_override)}
    if ceil_mode or not count_include_pad:
        return {}
    rows, columns = (kernel, kernel) if np.ndim(kernel) == 0 else kernel
    return {"k": str(rows * columns)}


def written(text: str, words: Mapping[str, str]) -> str:
    """A formula with words in place of single letters, gradients with a bar above."""
    parts = BARRED.split(text)  # every other part is the letter of a gradient
    return "".join(
        rf"\overline{{{words.get(part, part)}}}"
        if place % 2
        else LETTER.sub(lambda match: words.get(match[1], match[1]), part)
        for place, part in enumerate(parts)
    )


def accumulation(source: str, vjp: str, first: bool) -> str:
    r"""How a gradient grows by a VJP: x̄ ← x̄ + …, or x̄ ← … where it is the first.

    >>> accumulation("x", r"\bar{y}", first=True)
    '\\overline{\\text{x}} \\leftarrow \\bar{y}'
    """
    bar = rf"\overline{{{upright(source)}}}"
    if first:
        return rf"{bar} \leftarrow {vjp}"
    term = f"- {vjp[1:]}" if vjp.startswith("-") else f"+ {vjp}"
    return rf"{bar} \leftarrow {bar} {term}"


def summed(vjp: str) -> str:
    """A VJP whose result is summed, since the argument was stretched."""
    return rf"\textstyle\sum \left( {vjp} \right)"


def plugged_in(
    primitive: Primitive,
    position: int,
    gradient: Any,
    values: Sequence[Any],
    constants: Mapping[str, str],
) -> str | None:
    """The VJP with numbers in place of letters.

    None where a number is missing, because an array is too long to be written out, and
    where a row of numbers is a column in truth.
    """
    text = of_argument(primitive, position)
    named = dict(zip(letters(primitive, position), values, strict=False))
    parts = BARRED.split(text)
    used = {match[1] for part in parts[::2] for match in LETTER.finditer(part)}
    arrays = [gradient, *(named[letter] for letter in used & named.keys())]
    is_matrix = primitive.name in MATRIX
    if is_matrix and any(np.ndim(array) != 2 for array in arrays):
        return None
    numbers = {letter: matrix(value) for letter, value in named.items()}
    numbers = {**constants, **numbers}
    arriving = matrix(gradient)
    if arriving is None or any(numbers.get(letter) is None for letter in used):
        return None
    plugged = "".join(
        arriving if place % 2 else LETTER.sub(lambda m: str(numbers[m[1]]), part)
        for place, part in enumerate(parts)
    )
    elementwise = not is_matrix and sum(np.ndim(array) > 0 for array in arrays) > 1
    return plugged.replace(r"\,", r" \odot " if elementwise else r" \cdot ")


def matrix(value: Any) -> str | None:
    """A number, or a short table of numbers, in LaTeX; None for anything else."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or array.ndim > 2 or not 0 < array.size <= FEW:
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
    """A name in LaTeX, which no command can hide in."""
    short = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
    return rf"\text{{{''.join(SPECIAL.get(letter, letter) for letter in short)}}}"
