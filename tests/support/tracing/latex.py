r"""What the LaTeX formula of a VJP says, calculated: a small reader of such formulas.

It knows sums, products, quotients, powers, `\top`, conditions in brackets (1 or 0), and
functions by name. Juxtaposition is a product, of matrices where there are such.
"""

import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

TOKEN = re.compile(
    r"\\bar\{(?:\\mathrm\{)?(?P<bar>\w+)\}?\}"
    r"|\\(?:mathrm|text)\{(?P<word>[^}]*)\}"
    r"|\\(?P<command>[a-zA-Z]+|#)"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<letter>[a-zA-Z])"
    r"|(?P<sign>[-+/^_()\[\]{}|<>=,])"
    r"|(?P<blank>\\,|\s+)"
)
RELATIONS = {
    ">": np.greater,
    "<": np.less,
    "=": np.equal,
    "leq": np.less_equal,
    "geq": np.greater_equal,
    "neq": np.not_equal,
}
SILENT = {"textstyle", "cdot", "circ", "star"}  # between factors, or for the look
FUNCTIONS = {
    "sin": np.sin,
    "cos": np.cos,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "ln": np.log,
    "sigma": lambda x: 1 / (1 + np.exp(-x)),
    "sign": np.sign,
    "trunc": np.trunc,
    "erf": np.vectorize(math.erf),
}


@dataclass(frozen=True)
class Meaning:
    """What letters, bars and words mean when a formula is calculated."""

    values: dict[str, Any]  # of letters and words
    bars: dict[str, Any]  # the gradients of the results
    functions: dict[str, Any] = field(default_factory=dict)
    matrices: bool = False
    axes: Any = None  # that sums and means run over, kept at size 1
    star: Any = None  # the convolution
    places: dict[str, int] = field(default_factory=dict)  # of indices, inside a sum


def tokens(text: str) -> list[tuple[str, str]]:
    """The words of a formula: (kind, text)."""
    found, place = [], 0
    while place < len(text):
        match = TOKEN.match(text, place)
        assert match, f"cannot read {text[place:]!r}"
        kind = match.lastgroup or ""
        if kind != "blank" and match[kind] not in ("textstyle",):
            found.append((kind, match[kind]))
        place = match.end()
    return found


class Reader:
    """A formula as a tree of tuples, by recursive descent."""

    def __init__(self, text: str) -> None:
        self.tokens = [*tokens(text), ("end", "")]
        self.place = 0

    @property
    def next(self) -> tuple[str, str]:
        return self.tokens[self.place]

    def take(self, *wanted: str) -> str:
        _, text = self.next
        assert not wanted or text in wanted, f"{text!r} where {wanted} should stand"
        self.place += 1
        return text

    def whole(self) -> Any:
        tree = self.sum()
        assert self.next[0] == "end", f"{self.tokens[self.place :]} is left over"
        return tree

    def sum(self) -> Any:
        negative = self.next[1] == "-" and bool(self.take())
        tree = ("minus", self.term()) if negative else self.term()
        while self.next[1] in ("+", "-"):
            tree = (self.take(), tree, self.term())
        return tree

    def term(self) -> Any:
        tree, divided = self.factor(), False
        while self.next[1] not in {*"+-)]}|<>=,", *RELATIONS, "rfloor", ""}:
            if self.next[1] == "/":
                self.take()
                tree, divided = ("/", tree, self.factor()), True
                continue
            assert not divided, "what follows a quotient may be meant to stand below it"
            between = self.take() if self.next[1] in SILENT else "juxtaposed"
            tree = (between, tree, self.factor())
        return tree

    def factor(self) -> Any:
        tree = self.base()
        while self.next[1] in ("^", "_") or self.is_taken_apart():
            sign = self.take()
            if sign == "[":
                self.take("ldots")
                self.take("]")
                tree = ("call", "index", [tree])
            elif sign == "_":
                tree = ("indexed", tree, self.take())
            else:
                tree = self.raised(tree)
        return tree

    def is_taken_apart(self) -> bool:
        return self.next[1] == "[" and self.tokens[self.place + 1][1] == "ldots"

    def raised(self, tree: Any) -> Any:
        if self.next[1] != "{":
            return ("T", tree) if self.next[1] == "top" and self.take() else (
                "^", tree, self.base()
            )  # fmt: skip
        self.take("{")
        if [t for _, t in self.tokens[self.place : self.place + 3]] == [
            "-",
            "top",
            "}",
        ]:
            self.place += 3
            return ("T", ("^", tree, ("minus", ("number", 1.0))))
        power = self.sum()
        self.take("}")
        return ("^", tree, power)

    def base(self) -> Any:
        kind, text = self.next
        self.take()
        if kind in ("number", "letter", "bar"):
            return (kind, float(text) if kind == "number" else text)
        if kind == "word" or text in FUNCTIONS or text == "Phi":
            if self.next[1] == "(" and not (len(text) == 1 and text.isupper()):
                return ("call", text, self.arguments())
            return ("word", text)
        if kind == "sign":
            return self.enclosed(text)
        return self.command(text)

    def arguments(self) -> list[Any]:
        self.take("(")
        found = [self.sum()]
        while self.next[1] == ",":
            self.take()
            found.append(self.sum())
        self.take(")")
        return found

    def enclosed(self, opening: str) -> Any:
        closing = {"(": ")", "{": "}", "|": "|", "[": "]"}.get(opening, "")
        assert closing, f"{opening!r} is where a factor should be"
        tree = self.sum()
        if opening == "[" and self.next[1] in RELATIONS:
            tree = ("condition", self.take(), tree, self.sum())
        self.take(closing)
        return ("call", "abs", [tree]) if opening == "|" else tree

    def command(self, name: str) -> Any:
        if name in ("sum", "prod"):
            return (name, self.below(), self.term())
        if name == "frac":
            return ("/", self.base(), self.base())
        if name == "sqrt":
            return ("call", "sqrt", [self.base()])
        if name == "lfloor":
            tree = self.sum()
            self.take("rfloor")
            return ("call", "floor", [tree])
        if name == "#":
            return ("call", "count", [self.base()])
        if name in ("pi", "max"):
            return ("word", name)
        raise AssertionError(f"cannot read \\{name}")

    def below(self) -> list[str]:
        """The text below a sum: nothing, indices, or a condition on two."""
        if self.next[1] != "_":
            return []
        self.take("_")
        self.take("{")
        found = []
        while self.next[1] != "}":
            found.append(self.take())
        self.take("}")
        return [text for text in found if text != ","]


def calculated(text: str, meaning: Meaning) -> Any:
    """The value of a formula."""
    return value(Reader(text).whole(), meaning)


def value(tree: Any, at: Meaning) -> Any:
    """The value of a part of it."""
    kind, *parts = tree
    if kind == "number":
        return parts[0]
    if kind in ("letter", "word"):
        return named(parts[0], at)
    if kind == "bar":
        return at.bars[parts[0]]
    if kind == "call":
        return called(parts[0], [value(part, at) for part in parts[1]], at)
    if kind in ("sum", "prod"):
        return over(kind, *parts, at)
    if kind == "indexed":
        place = at.places[parts[1]]
        return np.asarray(value(parts[0], at))[..., place : place + 1]
    if kind == "condition":
        sides = [value(part, at) for part in parts[1:]]
        return RELATIONS[parts[0]](*sides).astype(float)
    operands = [value(part, at) for part in parts]
    return OPERATIONS[kind](*operands, at)


def named(name: str, at: Meaning) -> Any:
    """The value of a letter; e and π where nothing else is called so."""
    if name not in at.values and name in ("e", "pi"):
        return np.e if name == "e" else np.pi
    return at.values[name]


def called(name: str, arguments: list[Any], at: Meaning) -> Any:
    """The value of a function."""
    if name in at.functions:
        return at.functions[name](*arguments)
    if name == "count":
        return np.sum(arguments[0], axis=at.axes, keepdims=True)
    if name == "mean":
        return np.mean(arguments[0], axis=at.axes, keepdims=True)
    if name == "softmax":
        powers = np.exp(arguments[0])
        return powers / powers.sum(axis=at.axes, keepdims=True)
    return FUNCTIONS.get(name, getattr(np, name, None))(*arguments)


def over(kind: str, below: list[str], body: Any, at: Meaning) -> Any:
    """A sum or a product: over axes, or over an index with a condition on two."""
    if not any(text in RELATIONS for text in below):
        return np.sum(value(body, at), axis=at.axes, keepdims=True)
    bound, relation, free = below
    size = at.values["size"]
    fold = np.sum if kind == "sum" else np.prod
    found = []
    for there in range(size):
        parts = [
            value(body, replace(at, places={bound: here, free: there}))
            for here in range(size)
            if RELATIONS[relation](here, there)
        ]
        nothing = np.full((1,), float(kind == "prod"))
        found.append(fold(parts, axis=0) if parts else nothing)
    like = max(found, key=np.ndim)
    return np.concatenate([np.broadcast_to(part, np.shape(like)) for part in found], -1)


def is_number(x: Any) -> bool:
    """Whether it scales matrices, and is none: a number, or one for each of a batch."""
    return np.ndim(x) < 2 or np.shape(x)[-2:] == (1, 1)


def product(x: Any, y: Any, at: Meaning) -> Any:
    """The product of matrices where both are such, or else of elements."""
    return x @ y if at.matrices and not (is_number(x) or is_number(y)) else x * y


def added(x: Any, y: Any, at: Meaning) -> Any:
    """The sum, in which a number beside a matrix is that multiple of the identity."""
    if at.matrices and is_number(x) != is_number(y):
        if is_number(x):
            x = x * np.eye(y.shape[-1])
        else:
            y = y * np.eye(x.shape[-1])
    return x + y


def power(x: Any, y: Any, at: Meaning) -> Any:
    """A power, or the inverse of a matrix."""
    return np.linalg.inv(x) if at.matrices and y == -1 else np.power(x, y)


def turned(x: Any, at: Meaning) -> Any:
    """The transposed matrix, or what is called so."""
    turn = at.functions.get("top", lambda x: np.swapaxes(x, -1, -2))
    return turn(np.asarray(x))


OPERATIONS = {
    "minus": lambda x, at: -x,
    "+": added,
    "-": lambda x, y, at: added(x, -y, at),
    "juxtaposed": product,
    "cdot": product,
    "circ": lambda x, y, at: x * y,
    "star": lambda x, y, at: at.star(x, y),
    "/": lambda x, y, at: x / y,
    "^": power,
    "T": turned,
}
