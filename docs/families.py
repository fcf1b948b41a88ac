"""The reference's lists of operations, made from what each family calls public."""

import importlib
import re

PLACE = re.compile(r"^```\{operations\} (.+)\n```$", re.MULTILINE)


def fill_in(source: str) -> str:
    """Replace each `{operations}` block by the names of its families, in source order.

    >>> print(fill_in("```{operations} ops.loss ops.linalg\\n```"))
    ```{eval-rst}
    .. autofunction:: tinygraph.mse
    ```
    """
    return PLACE.sub(lambda place: block(place[1].split()), source)


def block(families: list[str]) -> str:
    """What Sphinx reads instead of the names of families."""
    names = [name for family in families for name in public(family)]
    lines = [f".. autofunction:: tinygraph.{name}" for name in names]
    return "\n".join(["```{eval-rst}", *lines, "```"])


def public(family: str) -> list[str]:
    """The public names of a family, as attributes of tinygraph."""
    module = importlib.import_module(f"tinygraph.{family}")
    room = family.rpartition(".")[2]
    prefix = (
        f"{room}." if room in ("linalg", "fft") and "compositions" in family else ""
    )
    names = set(getattr(module, "__all__", ()))
    return [prefix + name for name in vars(module) if name in names]
