"""The operations of the package, those without a public name, too."""

import importlib
import pkgutil
from collections.abc import Iterator

import tinygraph as tg
from tinygraph import ops


def primitives() -> Iterator[tg.Primitive]:
    """Each primitive, from the module that makes it."""
    for module in pkgutil.iter_modules(ops.__path__, "tinygraph.ops."):
        for item in vars(importlib.import_module(module.name)).values():
            if isinstance(item, tg.Primitive) and item.__module__ == module.name:
                yield item
